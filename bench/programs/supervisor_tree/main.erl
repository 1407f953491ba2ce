-module(main).
-behaviour(supervisor).
-export([main/1, init/1, start_branch/2, start_leaf/1]).

-define(BRANCHES, 100).

main([Size]) ->
    process_flag(trap_exit, true),
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Sum = lists:sum([start_and_stop(N div ?BRANCHES) || _ <- lists:seq(1, 10)]),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~b~n", [Sum, Took, Sum]).

%% How many leaves there were.
start_and_stop(Leaves) ->
    {ok, Root} = supervisor:start_link(?MODULE, {root, Leaves, self()}),
    Sum = collect(Leaves * ?BRANCHES, 0),
    exit(Root, shutdown),
    receive
        {'EXIT', Root, shutdown} -> Sum
    end.

init({root, Leaves, Main}) ->
    {ok, {#{}, [branch(I, Leaves, Main) || I <- lists:seq(1, ?BRANCHES)]}};
init({branch, Leaves, Main}) ->
    {ok, {#{}, [#{id => I, start => {?MODULE, start_leaf, [Main]}} || I <- lists:seq(1, Leaves)]}}.

branch(I, Leaves, Main) ->
    #{id => I, type => supervisor, start => {?MODULE, start_branch, [Leaves, Main]}}.

start_branch(Leaves, Main) -> supervisor:start_link(?MODULE, {branch, Leaves, Main}).

start_leaf(Main) ->
    {ok, spawn_link(fun() -> Main ! 1, receive stop -> ok end end)}.

collect(0, Sum) -> Sum;
collect(N, Sum) ->
    receive
        V when is_integer(V) -> collect(N - 1, Sum + V)
    end.
