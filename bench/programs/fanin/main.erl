-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    %% A long queue of messages is no part of the heap that is collected.
    process_flag(message_queue_data, off_heap),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    [spawn_link(fun() -> produce(0, N div 8, Self) end) || _ <- lists:seq(1, 8)],
    Count = N div 8 * 8,
    Sum = consume(Count, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [Count, Took, Sum]).

produce(N, N, _To) -> ok;
produce(I, N, To) ->
    To ! I,
    produce(I + 1, N, To).

consume(0, Sum) -> Sum;
consume(N, Sum) ->
    receive
        V -> consume(N - 1, Sum + V)
    end.
