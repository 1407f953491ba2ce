-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    spawn_link(fun() -> produce(0, N, erlang:make_tuple(128, 0), Self) end),
    Sum = consume(N, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N, Took, Sum]).

%% A tuple of 128 words: what is sent is copied, as in the other languages.
produce(N, N, _Message, _To) -> ok;
produce(I, N, Message, To) ->
    Next = setelement(I rem 127 + 2, setelement(1, Message, I), I),
    To ! Next,
    produce(I + 1, N, Next, To).

consume(0, Sum) -> Sum;
consume(N, Sum) ->
    receive
        Message ->
            Id = element(1, Message),
            consume(N - 1, Sum + Id + element(Id rem 127 + 2, Message))
    end.
