#!/usr/bin/env escript
%%! +S 1:1
%% The plan's own hot tier: an ETS set of {{User, Record}, true}, ids as 16 bytes. Answers commands on
%% standard input, one line each: fill N | insert_us | lookup_us BATCH | bytes_per_entry | quit.
-mode(compile).

main(_) ->
    Table = ets:new(selections, [set, public, {read_concurrency, true}]),
    io:format("ready~n"),
    loop(Table, 0).

loop(Table, Count) ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            case string:lexemes(string:trim(Line), " ") of
                ["fill", N] ->
                    Total = list_to_integer(N),
                    ets:delete_all_objects(Table),
                    [ets:insert(Table, {key(I), true}) || I <- lists:seq(1, Total)],
                    answer(Total),
                    loop(Table, Total);
                ["insert_us"] ->
                    Keys = [key(Count + I) || I <- lists:seq(1, 100000)],
                    {Time, _} = timer:tc(fun() -> [ets:insert(Table, {K, true}) || K <- Keys], ok end),
                    [ets:delete(Table, K) || K <- Keys],
                    answer(Time / length(Keys)),
                    loop(Table, Count);
                ["lookup_us", B] ->
                    Batch = list_to_integer(B),
                    Rounds = 2000,
                    %% Every second key is there, as on a page of which half is ticked.
                    Pages = [[key((R * 7919 + I) rem (2 * Count) + 1) || I <- lists:seq(1, Batch)]
                             || R <- lists:seq(1, Rounds)],
                    {Time, _} = timer:tc(fun() ->
                        lists:foreach(fun(Page) -> [ets:member(Table, K) || K <- Page] end, Pages) end),
                    answer(Time / Rounds),
                    loop(Table, Count);
                ["bytes_per_entry"] ->
                    answer(ets:info(Table, memory) * erlang:system_info(wordsize) / max(1, Count)),
                    loop(Table, Count);
                _ -> ok
            end
    end.

key(I) -> {uuid(1), uuid(I)}.

%% A UUID's worth of bytes, spread like one, without the crypto application.
uuid(I) -> <<(erlang:phash2({a, I}, 4294967296)):32, (erlang:phash2({b, I}, 4294967296)):32, I:64>>.

answer(Value) -> io:format("~p~n", [Value]).
