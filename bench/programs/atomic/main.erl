-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Value = counters:new(1, [atomics]),
    Self = self(),
    [spawn_link(fun() -> add(N div 8, Value), Self ! done end) || _ <- lists:seq(1, 8)],
    [receive done -> ok end || _ <- lists:seq(1, 8)],
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N div 8 * 8, Took, counters:get(Value, 1)]).

add(0, _Value) -> ok;
add(N, Value) ->
    counters:add(Value, 1, 1),
    add(N - 1, Value).
