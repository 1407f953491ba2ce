-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Result = fib(N),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [Result, Took, Result]).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
