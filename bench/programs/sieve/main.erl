-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Generator = spawn_link(fun() -> generate(2) end),
    Sum = primes(N, Generator, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N, Took, Sum]).

%% Who wants a number asks for it: a mailbox alone would let the generator run ahead without end.
generate(I) ->
    receive
        {next, From} ->
            From ! {self(), I},
            generate(I + 1)
    end.

filter(Source, Prime) ->
    receive
        {next, From} ->
            From ! {self(), next(Source, Prime)},
            filter(Source, Prime)
    end.

next(Source, Prime) ->
    case take(Source) of
        V when V rem Prime =:= 0 -> next(Source, Prime);
        V -> V
    end.

take(Source) ->
    Source ! {next, self()},
    receive
        {Source, V} -> V
    end.

primes(0, _Source, Sum) -> Sum;
primes(N, Source, Sum) ->
    Prime = take(Source),
    primes(N - 1, spawn_link(fun() -> filter(Source, Prime) end), Sum + Prime).
