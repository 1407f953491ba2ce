-module(main).
-behaviour(supervisor).
-export([main/1, init/1, start_worker/1]).

-define(ROUNDS, 10).

main([Size]) ->
    %% Nothing is printed for a crash, as in the other languages.
    logger:set_primary_config(level, none),
    N = list_to_integer(Size),
    {ok, _} = supervisor:start_link(?MODULE, {N, self()}),
    Ups = collect(N),
    Start = erlang:monotonic_time(nanosecond),
    Sum = rounds(?ROUNDS, N, Ups, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~b~n", [?ROUNDS * N, Took, Sum]).

init({N, Main}) ->
    Flags = #{strategy => one_for_all, intensity => ?ROUNDS + 1, period => 3600},
    {ok, {Flags, [#{id => I, start => {?MODULE, start_worker, [Main]}} || I <- lists:seq(1, N)]}}.

start_worker(Main) ->
    {ok, proc_lib:spawn_link(fun() -> worker(Main) end)}.

%% Each worker says that it is there, and crashes with the first job.
worker(Main) ->
    Main ! {up, self()},
    receive
        job -> exit(crash_with_each_job)
    end.

rounds(0, _, _, Sum) -> Sum;
rounds(Left, N, [Worker | _], Sum) ->
    Worker ! job,
    Ups = collect(N),
    rounds(Left - 1, N, Ups, Sum + length(Ups)).

collect(N) -> [receive {up, Worker} -> Worker end || _ <- lists:seq(1, N)].
