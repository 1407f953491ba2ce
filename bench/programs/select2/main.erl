-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    %% A long queue of messages is no part of the heap that is collected.
    process_flag(message_queue_data, off_heap),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    [spawn_link(fun() -> produce(0, N div 2, Factor, Self) end) || Factor <- lists:seq(1, 2)],
    Count = N div 2 * 2,
    Sum = consume(Count, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [Count, Took, Sum]).

%% What other languages select from comes into one mailbox, with a tag.
produce(N, N, _Factor, _To) -> ok;
produce(I, N, Factor, To) ->
    To ! {Factor, I},
    produce(I + 1, N, Factor, To).

consume(0, Sum) -> Sum;
consume(N, Sum) ->
    receive
        {Factor, V} -> consume(N - 1, Sum + Factor * V)
    end.
