"""phoenix.js of eight versions, unmodified: over sockets, by long-poll, and where a proxy refuses sockets."""

import pytest
import pytest_asyncio

from tests.fixtures.live.node import Seen, observed
from tests.fixtures.live.wire import NOBODYS
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOCKETS = ["1.4.18", "1.5.14", "1.6.16", "1.7.23", "1.8.0", "1.8.1", "1.8.15", "1.8.16"]
POLLS = [*(f"{version} long-poll" for version in SOCKETS[4:]), "1.8.16 behind a proxy"]
TRIES_AT_MOST = 10
"""In five seconds, of who is refused before the upgrade."""


class Sight:
    def __init__(self, lines: list[Seen], list_: str, records: list[str]) -> None:
        self._lines = lines
        self.list = list_
        self.records = records

    def of(self, who: str, what: str) -> Seen:
        """The one line that says it."""
        found = [line for line in self._lines if (line["who"], line["what"]) == (who, what)]
        assert len(found) == 1, (who, what, found)
        return found[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sight(shared_server: ServerProcess) -> Sight:
    async with await shared_server.register() as ada:
        list_ = (await ada.http.post("/groups", json={"name": "followed"})).json()["id"]
        records = [record["id"] for record in await ada.records(limit=4)]
        given = {"url": shared_server.url, "token": ada.token, "list": list_, "records": records}
        return Sight(await observed("phoenix_clients.mjs", nobodys=NOBODYS, **given), list_, records)


@pytest.fixture(params=[*SOCKETS, *POLLS])
def who(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def test_each_joins_and_is_given_the_list(sight: Sight, who: str) -> None:
    answer = sight.of(who, "joined")["answer"]
    assert (answer["mode"], answer["ids"], answer["count"], answer["name"]) == ("snapshot", [], 0, "followed")


async def test_each_is_told_of_a_tick(sight: Sight, who: str) -> None:
    change, answer = sight.of(who, "told")["change"], sight.of(who, "joined")["answer"]
    assert change["from"] == answer["version"] < change["version"]
    assert (change["added"], change["removed"], change["count"]) == (sight.records[:1], [], 1)


@pytest.mark.parametrize("version", SOCKETS)
async def test_each_comes_back_and_gets_what_it_missed(sight: Sight, version: str) -> None:
    """Some of it may come as it happens, where a client is back before it does."""
    answer, changes = sight.of(version, "back")["answer"], sight.of(version, "back")["changes"]
    if changes == 1:
        assert answer["mode"] in ("changes", "current")
    assert answer["count"] in (1, 2)
    assert "ids" not in answer
    again = sight.of(version, "back again")["answer"]
    assert again["mode"] == "current"
    assert not {"ids", "added", "removed"} & again.keys()


async def test_each_stops_asking_for_what_it_cannot_have(sight: Sight, who: str) -> None:
    hopeless = sight.of(who, "hopeless")
    assert hopeless["refusals"] == [{"reason": "unmatched topic"}]
    assert (hopeless["answers"], hopeless["ends"], hopeless["state"]) == (1, 1, "closed")


@pytest.mark.parametrize("version", SOCKETS)
async def test_of_two_channels_for_one_list_the_second_stays(sight: Sight, version: str) -> None:
    twice = sight.of(version, "twice")
    assert (twice["closes"], twice["first"], twice["second"], twice["state"]) == (1, 0, 1, "joined")


async def test_each_leaves_and_hears_the_end_once(sight: Sight, who: str) -> None:
    left = sight.of(who, "left")
    assert (left["closes"], left["replies"], left["events"], left["seen"]) == (1, 1, 0, 1)


@pytest.mark.parametrize("version", SOCKETS)
async def test_each_is_answered_its_heartbeats_on_the_socket_it_has(sight: Sight, version: str) -> None:
    assert sight.of(version, "sockets")["made"] == 3, "the first, and one for each time that it was cut"


@pytest.mark.parametrize("version", SOCKETS)
async def test_who_is_refused_does_not_knock_all_the_time(sight: Sight, version: str) -> None:
    assert 1 < sight.of(version, "refused")["tries"] <= TRIES_AT_MOST
