-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Leaves = leaves(1, N),
    Self = self(),
    spawn_link(fun() -> skynet(Self, 0, Leaves) end),
    Sum = collect(1, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [Leaves, Took, Sum]).

leaves(Count, N) when Count * 10 =< N -> leaves(Count * 10, N);
leaves(Count, _N) -> Count.

skynet(Out, Number, 1) -> Out ! Number;
skynet(Out, Number, Size) ->
    Self = self(),
    Part = Size div 10,
    [spawn_link(fun() -> skynet(Self, Number + I * Part, Part) end) || I <- lists:seq(0, 9)],
    Out ! collect(10, 0).

collect(0, Sum) -> Sum;
collect(N, Sum) ->
    receive
        V when is_integer(V) -> collect(N - 1, Sum + V)
    end.
