-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Before = resident(),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    Pids = [spawn(fun() -> wait(Self) end) || _ <- lists:seq(1, N)],
    collect(N, 0),
    Each = (resident() - Before) div N,
    spawn(fun() -> wake(Pids, 0) end),
    Sum = collect(N, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~b bytes=~b~n", [N, Took, Sum, Each]).

wait(Main) ->
    Main ! 1,
    receive
        V -> Main ! V
    end.

wake([], _I) -> ok;
wake([Pid | Rest], I) ->
    Pid ! I,
    wake(Rest, I + 1).

collect(0, Sum) -> Sum;
collect(N, Sum) ->
    receive
        V -> collect(N - 1, Sum + V)
    end.

%% How many bytes of memory the process has now.
resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = binary:split(Text, <<" ">>, [global]),
    binary_to_integer(Pages) * 4096.
