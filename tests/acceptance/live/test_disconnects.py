"""Whoever loses the connection a hundred times in the midst of work has in the end what HTTP reads."""

from tests.fixtures.live.node import observed
from tests.fixtures.process import ServerProcess

SEED = 15
DROPS = 100
TICKS = 300
"""At least; it goes on until the last is back."""


async def test_a_hundred_lost_connections_lose_nothing_and_repeat_nothing(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as ada:
        list_ = (await ada.http.post("/groups", json={"name": "name"})).json()["id"]
        records = [record["id"] for record in await ada.records(limit=30)]
        given = {"url": shared_server.url, "token": ada.token, "list": list_, "records": records}
        lines = await observed("disconnects.mjs", seed=SEED, drops=DROPS, ticks=TICKS, **given)
        selected = await ada.selected(list_)
    assert {line["who"] for line in lines} == {"1.8.16", "1.5.14"}
    for line in lines:
        assert line["faults"] == [], line["who"]
        assert line["laws"] == sorted(selected)
        assert (line["cuts"], line["done"] >= TICKS) == (DROPS, True)
        assert line["modes"].pop("snapshot") == 1, "the first time; later it gets the difference"
        assert line["modes"].pop("changes") + line["modes"].pop("current", 0) >= DROPS
        assert line["modes"] == {}
