-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Pong = spawn_link(fun pong/0),
    Sum = ping(0, N, Pong, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N, Took, Sum]).

pong() ->
    receive
        {From, V} ->
            From ! {self(), V + 1},
            pong()
    end.

ping(N, N, _Pong, Sum) -> Sum;
ping(I, N, Pong, Sum) ->
    Pong ! {self(), I},
    receive
        {Pong, V} -> ping(I + 1, N, Pong, Sum + V)
    end.
