-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    First = lists:foldl(fun(_, Next) -> spawn_link(fun() -> member(Next) end) end, Self, lists:seq(1, 502)),
    Hops = go_round(0, N, First),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [Hops, Took, Hops]).

member(Next) ->
    receive
        Hops ->
            Next ! Hops + 1,
            member(Next)
    end.

go_round(Hops, N, _First) when Hops >= N -> Hops;
go_round(Hops, N, First) ->
    First ! Hops + 1,
    receive
        Arrived -> go_round(Arrived, N, First)
    end.
