-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    spawn(fun() -> start(0, N, Self) end),
    All = [receive Late -> Late end || _ <- lists:seq(1, N)],
    Took = erlang:monotonic_time(nanosecond) - Start,
    P99 = lists:nth(N * 99 div 100 + 1, lists:sort(All)),
    io:format("~b ~b ~b p99=~b~n", [N, Took, length(All), P99]).

start(N, N, _To) -> ok;
start(I, N, To) ->
    spawn(fun() -> sleeper(I, To) end),
    start(I + 1, N, To).

%% The unit of Erlang's timers is a millisecond; they never fire early.
sleeper(I, To) ->
    D = (I * 7368787 rem 1000000) div 1000,
    Start = erlang:monotonic_time(nanosecond),
    timer:sleep(D),
    To ! erlang:monotonic_time(nanosecond) - Start - D * 1000000.
