-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    spawn_link(fun() -> produce(0, N, Self) end),
    Sum = consume(N, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N, Took, Sum]).

%% Each message is acknowledged, so that the sender knows that it has arrived.
produce(N, N, _To) -> ok;
produce(I, N, To) ->
    To ! {self(), I},
    receive
        ok -> produce(I + 1, N, To)
    end.

consume(0, Sum) -> Sum;
consume(N, Sum) ->
    receive
        {From, V} ->
            From ! ok,
            consume(N - 1, Sum + V)
    end.
