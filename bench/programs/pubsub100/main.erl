-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    Subscribers = [spawn_link(fun() -> subscribe(Self, N, 0) end) || _ <- lists:seq(1, 100)],
    publish(0, N, Subscribers),
    Sum = lists:sum([receive V -> V end || _ <- Subscribers]),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N * 100, Took, Sum]).

subscribe(To, 0, Sum) -> To ! Sum;
subscribe(To, N, Sum) ->
    receive
        V -> subscribe(To, N - 1, Sum + V)
    end.

publish(N, N, _Subscribers) -> ok;
publish(I, N, Subscribers) ->
    [Subscriber ! I || Subscriber <- Subscribers],
    publish(I + 1, N, Subscribers).
