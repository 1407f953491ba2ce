-module(main).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    {ok, Counter} = gen_server:start_link(?MODULE, 0, []),
    Self = self(),
    [spawn_link(fun() -> Self ! ask(N div 8, Counter, 0) end) || _ <- lists:seq(1, 8)],
    Sum = lists:sum([receive V -> V end || _ <- lists:seq(1, 8)]),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~b~n", [N div 8 * 8, Took, Sum]).

ask(0, _Counter, Sum) -> Sum;
ask(N, Counter, Sum) -> ask(N - 1, Counter, Sum + gen_server:call(Counter, {add, 1}, infinity)).

init(Value) -> {ok, Value}.

handle_call({add, D}, _From, Value) -> {reply, Value + D, Value + D}.

handle_cast(_Message, Value) -> {noreply, Value}.
