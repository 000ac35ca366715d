"""Two servers on one database, each with a data directory of its own, that are asked by the same person."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import httpx
import pytest
from litestar import Litestar

from sertantai.app import running
from sertantai.process.settings import Settings
from tests.postgres.sync.test_copied_journal import UNTIL_S, Person, client, registered, settings

KEPT = "SELECT journal_id FROM user_selection_groups WHERE is_default"
IN_ORDER_OF_TIME = "SELECT position FROM selection_audit_log ORDER BY created_at"
SET_ASIDE = "SELECT reason FROM sync_rejections"
CUT_PRESENCE = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks l
 WHERE l.locktype = 'advisory' AND l.classid = 24264::oid AND l.objid = sertantai_lock_of_journal($1)
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
async def one(database_dsn: str, tmp_path: Path) -> Settings:
    return settings(tmp_path / "one", database_dsn)


@pytest.fixture
async def other(database_dsn: str, tmp_path: Path) -> Settings:
    return settings(tmp_path / "other", database_dsn)


async def records_of(anna: Person) -> list[str]:
    listed = await anna.http.get("/api/v1/records", params={"limit": 30})
    return [item["id"] for item in listed.raise_for_status().json()["items"]]


def with_the_keys_of(one: Settings, other: Settings) -> None:
    shutil.copytree(one.data_path / "keys", other.data_path / "keys")


def at(server: Litestar, person: Person) -> Person:
    """The same person at another server."""
    return Person(server, person.token)


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and answer.json()["code"] == "lists_kept_elsewhere"


async def refuses(ask: Callable[[], Awaitable[httpx.Response]]) -> bool:
    """In those words; a database that is busy just then says others, and is asked again."""
    async with asyncio.timeout(UNTIL_S):
        answer = await ask()
        while answer.status_code == 503 and not refused(answer):
            answer = await ask()
    return refused(answer)


async def test_a_person_is_kept_by_one_server_and_refused_in_words_by_the_other(
    one: Settings, other: Settings
) -> None:
    async with running(one, durable=False) as first:
        anna = await registered(first, "anna")
        records = await records_of(anna)
        with_the_keys_of(one, other)
        async with running(other, durable=False) as second:
            assert (await anna.tick(records[0])).is_success
            there = at(second, anna)
            assert await refuses(lambda: there.tick(records[1]))
            assert await refuses(lambda: there.http.get("/api/v1/groups"))
            assert await refuses(lambda: there.http.post("/api/v1/groups", json={"name": "x"}))
            ben = await registered(second, "ben")
            assert (await ben.tick(records[2])).is_success, "others are not concerned"
            assert await refuses(lambda: at(first, ben).tick(records[3]))
            assert (await client(second).get("/health/ready")).is_success
            assert (await anna.tick(records[1])).is_success
        assert await anna.list() == anna.ticked
        assert (await at(first, ben).list()) == ben.ticked, "once the other has stopped"


async def test_whoever_moves_to_a_server_with_another_journal_keeps_everything(
    one: Settings, other: Settings
) -> None:
    async with running(one, durable=False) as first:
        anna = await registered(first, "anna")
        records = await records_of(anna)
        assert (await anna.tick(records[0])).is_success
    with_the_keys_of(one, other)
    for number, place in enumerate((other, one), 1):
        async with running(place, durable=False) as server:
            anna.moves_to(server)
            assert await anna.list() == anna.ticked
            assert (await anna.tick(records[number])).is_success
            assert await anna.list() == anna.ticked


async def test_a_list_goes_on_from_its_version_at_a_server_whose_journal_is_behind(
    one: Settings, other: Settings, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Positions of two journals say nothing of each other, but a version of a list only ever grows."""
    async with running(other, durable=False) as second:  # knows nothing of all that follows
        with_the_keys_of(other, one)
        async with running(one, durable=False) as first:
            anna = await registered(first, "anna")
            records = await records_of(anna)
            versions = [(await anna.tick(record)).json()["version"] for record in records[:9]]
        there = at(second, anna)
        since = await there.http.get(
            "/api/v1/groups/default/changes", params={"since": versions[0]}, timeout=60
        )
        assert (set(since.json()["added"]), since.json()["version"]) == (set(records[1:9]), versions[-1])
        versions.append((await there.tick(records[9])).json()["version"])
        versions.append((await there.tick(records[10])).json()["version"])
    assert versions == sorted(set(versions))
    positions = [row["position"] for row in await superuser.fetch(IN_ORDER_OF_TIME)]
    assert positions == versions, "and its trail is in the same order"


async def test_what_was_accepted_without_being_seen_by_others_is_set_aside_and_not_lost(
    one: Settings, other: Settings, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A server that PostgreSQL took for gone: its connection was cut, and another was asked just then."""
    async with running(one, durable=False) as first:
        anna = await registered(first, "anna")
        records = await records_of(anna)
        assert (await anna.tick(records[0])).is_success
        with_the_keys_of(one, other)
        async with running(other, durable=False) as second:
            there = at(second, anna)
            journal = await superuser.fetchval(KEPT)
            async with asyncio.timeout(UNTIL_S):
                answer = await there.tick(records[1])
                while answer.status_code == 503:  # also of a database that is busy
                    assert await superuser.fetch(CUT_PRESENCE, journal) is not None
                    answer = await there.tick(records[1])
            assert answer.is_success, answer.text
            answer = await anna.tick(records[2])
            async with asyncio.timeout(UNTIL_S):
                while not refused(await anna.http.get("/api/v1/groups/default/record-ids")):  # noqa: ASYNC110  # it asks
                    await asyncio.sleep(0.02)
            if answer.is_success:
                assert "keeps this person's lists" in await superuser.fetchval(SET_ASIDE)
            assert await there.list() == {records[0], records[1]}
            assert (await client(first).get("/health/ready")).is_success
