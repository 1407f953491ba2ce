-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    %% A long queue of messages is no part of the heap that is collected.
    process_flag(message_queue_data, off_heap),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    spawn_link(fun() -> start(0, N, Self) end),
    Sum = collect(N, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N, Took, Sum]).

start(N, N, _To) -> ok;
start(I, N, To) ->
    spawn(fun() -> To ! I end),
    start(I + 1, N, To).

collect(0, Sum) -> Sum;
collect(N, Sum) ->
    receive
        V -> collect(N - 1, Sum + V)
    end.
