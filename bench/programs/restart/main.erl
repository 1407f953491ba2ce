-module(main).
-behaviour(supervisor).
-export([main/1, init/1, start_worker/1]).

main([Size]) ->
    %% Nothing is printed for a crash, as in the other languages.
    logger:set_primary_config(level, none),
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    {ok, _} = supervisor:start_link(?MODULE, {N + 1, self()}),
    Sum = give(0, N, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~b~n", [N, Took, Sum]).

init({Restarts, Main}) ->
    Flags = #{strategy => one_for_one, intensity => Restarts, period => 3600},
    {ok, {Flags, [#{id => worker, start => {?MODULE, start_worker, [Main]}, restart => transient}]}}.

start_worker(Main) ->
    {ok, proc_lib:spawn_link(fun() -> Main ! {ready, self()}, worker() end)}.

worker() ->
    receive
        {From, Job} ->
            From ! {done, Job},
            exit(crash_after_each_job)
    end.

give(N, N, Sum) -> Sum;
give(I, N, Sum) ->
    receive
        {ready, Worker} -> Worker ! {self(), I}
    end,
    receive
        {done, V} -> give(I + 1, N, Sum + V)
    end.
