-module(main).
-behaviour(supervisor).
-export([main/1, init/1, start_worker/1]).

-define(ROUNDS, 10).

main([Size]) ->
    %% Nothing is printed for a crash, as in the other languages.
    logger:set_primary_config(level, none),
    N = list_to_integer(Size),
    {ok, Supervisor} = supervisor:start_link(?MODULE, ?ROUNDS * N + 1),
    [{ok, _} = supervisor:start_child(Supervisor, [self()]) || _ <- lists:seq(1, N)],
    Ups = [receive {up, Worker} -> Worker end || _ <- lists:seq(1, N)],
    Start = erlang:monotonic_time(nanosecond),
    [Worker ! job || Worker <- Ups],
    crash((?ROUNDS - 1) * N),
    Sum = ?ROUNDS * N - N + length([receive {up, Worker} -> Worker end || _ <- Ups]),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~b~n", [?ROUNDS * N, Took, Sum]).

init(Restarts) ->
    %% The shortest period: OTP goes through the list of all restarts within it at each restart.
    Flags = #{strategy => simple_one_for_one, intensity => Restarts, period => 1},
    {ok, {Flags, [#{id => worker, start => {?MODULE, start_worker, []}, restart => transient}]}}.

start_worker(Main) ->
    {ok, proc_lib:spawn_link(fun() -> worker(Main) end)}.

%% Each worker says that it is there, and crashes with its first job.
worker(Main) ->
    Main ! {up, self()},
    receive
        job -> exit(crash_with_each_job)
    end.

%% Whoever comes up gets a job.
crash(0) -> ok;
crash(N) ->
    receive
        {up, Worker} -> Worker ! job
    end,
    crash(N - 1).
