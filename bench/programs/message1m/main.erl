-module(main).
-export([main/1]).

main([Size]) ->
    N = list_to_integer(Size),
    Start = erlang:monotonic_time(nanosecond),
    Self = self(),
    spawn_link(fun() -> produce(0, N, Self) end),
    Sum = consume(N, 0),
    Took = erlang:monotonic_time(nanosecond) - Start,
    io:format("~b ~b ~w~n", [N, Took, Sum]).

-define(SIZE, 1048576).

%% Each message is a new binary, of which every byte is written; four may be on their way.
produce(N, N, _To) -> ok;
produce(I, N, To) ->
    if
        I >= 4 -> receive taken -> ok end;
        true -> ok
    end,
    To ! {self(), binary:copy(<<I:8>>, ?SIZE)},
    produce(I + 1, N, To).

consume(0, Sum) -> Sum;
consume(N, Sum) ->
    receive
        {From, Data} ->
            From ! taken,
            consume(N - 1, Sum + pages(Data, 0, 0))
    end.

pages(_Data, ?SIZE, Sum) -> Sum;
pages(Data, At, Sum) -> pages(Data, At + 4096, Sum + binary:at(Data, At)).
