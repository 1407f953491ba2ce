-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Long = bottom_up(N),
    {Nodes, Trees} = depths(4, N, 2 bsl N - 1, 0),
    Sum = Trees + check(Long),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [Nodes, Took, Sum]).

bottom_up(0) -> {none, none};
bottom_up(Depth) -> {bottom_up(Depth - 1), bottom_up(Depth - 1)}.

check(none) -> 0;
check({Left, Right}) -> 1 + check(Left) + check(Right).

depths(D, Depth, Nodes, Sum) when D > Depth -> {Nodes, Sum};
depths(D, Depth, Nodes, Sum) ->
    Trees = 1 bsl (Depth - D + 4),
    depths(D + 4, Depth, Nodes + Trees * (2 bsl D - 1), Sum + build(Trees, D, 0)).

build(0, _D, Sum) -> Sum;
build(Trees, D, Sum) -> build(Trees - 1, D, Sum + check(bottom_up(D))).
