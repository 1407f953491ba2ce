-module(main).
-behaviour(supervisor).
-export([main/1, init/1, start_worker/1]).

main([Size]) ->
    %% Nothing is printed for a crash, as in the other languages.
    logger:set_primary_config(level, none),
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    {ok, _} = supervisor:start_link(?MODULE, {N + 1, self()}),
    {Sum, All} = give(0, N, 0, Start, []),
    Took = erlang:monotonic_time(nanosecond) - Start,
    P99 = lists:nth(N * 99 div 100 + 1, lists:sort(All)),
    io:format("~b ~b ~b p99=~b~n", [N, Took, Sum, P99]).

init({Restarts, Main}) ->
    %% The shortest period: OTP goes through the list of all restarts within it at each restart.
    Flags = #{strategy => one_for_one, intensity => Restarts, period => 1},
    {ok, {Flags, [#{id => worker, start => {?MODULE, start_worker, [Main]}, restart => transient}]}}.

start_worker(Main) ->
    {ok, proc_lib:spawn_link(fun() -> Main ! {ready, self()}, worker() end)}.

worker() ->
    receive
        {From, Job} ->
            From ! {done, Job},
            exit(crash_after_each_job)
    end.

%% How long each took: from the end of one job, with which its worker crashes, to that of the next one.
give(N, N, Sum, _, All) -> {Sum, All};
give(I, N, Sum, Before, All) ->
    receive
        {ready, Worker} -> Worker ! {self(), I}
    end,
    receive
        {done, V} ->
            Now = erlang:monotonic_time(nanosecond),
            give(I + 1, N, Sum + V, Now, [Now - Before | All])
    end.
