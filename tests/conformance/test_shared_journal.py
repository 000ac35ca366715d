"""What holds of a journal that several servers have open, and of answers that are lost on their way."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import OwnerId, Position
from sertantai.journal.errors import (
    JournalCorrupt,
    JournalFenced,
    JournalNotReplicated,
    JournalOutcomeUnknown,
)
from sertantai.journal.protocol import Checkpoint
from sertantai.journal.shared import entries
from sertantai.journal.shared import hub as hub_module
from sertantai.journal.shared import journal as journal_module
from sertantai.journal.shared.hub import Durability, Hub
from sertantai.journal.shared.journal import SharedJournal
from sertantai.journal.shared.primaries import HOSTS_MAX, Primaries, hosts_of
from sertantai.process.new_ids import new_id
from tests.conformance.shared_journals import hub, shared_journal, where
from tests.conformance.test_journal import _shards as shards
from tests.conformance.test_journal import everything
from tests.fixtures.proxy import Proxy
from tests.fixtures.quorum import ANY_OF_BOTH, Quorum, running_quorum

FIRST = 10_000
"""Shards of these tests begin here."""


@pytest.fixture
def shard(journals_database: str) -> int:
    return FIRST + next(shards)


@pytest.fixture
async def journal(shard: int, tmp_path: Path) -> AsyncIterator[SharedJournal]:
    made = shared_journal(tmp_path, shard)
    await made.open()
    yield made
    await made.close()


async def another(folder: Path, shard: int, of: Hub | None = None) -> SharedJournal:
    made = shared_journal(folder, shard, of)
    await made.open()
    return made


# ------------------------------------------------------------------------------------ who may write


async def test_who_was_overtaken_never_writes_again_whatever_waits(
    journal: SharedJournal, shard: int, tmp_path: Path
) -> None:
    await journal.append([b"before"])
    waiting = [asyncio.ensure_future(journal.append([b"%d" % number])) for number in range(50)]
    other = await another(tmp_path, shard)
    ended = other.last
    assert await other.append([b"theirs"]) == ended + 1
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    told = {f"{n}".encode(): at for n, at in enumerate(answers) if isinstance(at, int)}
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(answer, JournalFenced) for answer in refused)
    held = await everything(other)
    assert held == [(1, b"before"), *((at, body) for body, at in told.items()), (ended + 1, b"theirs")]
    for late in (journal.append([b"late"]), journal.advance(Position(99)), journal.forget(OwnerId(new_id()))):
        with pytest.raises(JournalFenced):
            await late
    with pytest.raises(JournalFenced):
        await journal.trim(Position(1), {})
    assert await everything(other) == held
    await other.close()


async def test_a_checkpoint_of_before_takes_the_place_of_none(
    journal: SharedJournal, shard: int, tmp_path: Path
) -> None:
    owner = OwnerId(new_id())
    await journal.append([b"a", b"b"])
    other = await another(tmp_path, shard)
    await other.trim(Position(0), {owner: Checkpoint(Position(2), b"newer")})
    with pytest.raises(JournalFenced):
        await journal.trim(Position(2), {owner: Checkpoint(Position(1), b"older")})
    assert await other.checkpoint(owner) == Checkpoint(Position(2), b"newer")
    assert (other.first, len(await everything(other))) == (1, 2)
    await other.close()


async def test_of_two_who_claim_at_once_one_writes(shard: int, tmp_path: Path) -> None:
    both = [shared_journal(tmp_path, shard) for _ in range(6)]
    opened = await asyncio.gather(*(one.open() for one in both), return_exceptions=True)
    alive = [one for one, error in zip(both, opened, strict=True) if error is None]
    done = await asyncio.gather(*(one.append([b"mine"]) for one in alive), return_exceptions=True)
    assert sum(isinstance(answer, int) for answer in done) == 1
    for one in alive:
        await one.close()


async def test_all_shards_of_a_hub_stay_consecutive_each(shard: int, tmp_path: Path) -> None:
    shared = hub()
    several = [await another(tmp_path, shard + 1_000 * number, shared) for number in range(8)]

    async def write(journal: SharedJournal, number: int) -> None:
        for part in range(30):
            assert await journal.append([b"%d.%d" % (number, part)]) == part + 1

    await asyncio.gather(*(write(journal, number) for number, journal in enumerate(several)))
    for number, journal in enumerate(several):
        assert await everything(journal) == [(part + 1, b"%d.%d" % (number, part)) for part in range(30)]
    for journal in several:
        await journal.close()


async def test_one_that_is_fenced_stops_none_of_the_others(shard: int, tmp_path: Path) -> None:
    shared = hub()
    mine, lost = [await another(tmp_path, shard + 1_000 * number, shared) for number in range(2)]
    other = await another(tmp_path, shard + 1_000)
    answers = await asyncio.gather(mine.append([b"a"]), lost.append([b"b"]), return_exceptions=True)
    assert answers[0] == 1
    assert isinstance(answers[1], JournalFenced)
    assert await everything(other) == []
    for journal in (mine, lost, other):
        await journal.close()


# ----------------------------------------------------------------------------------- lost answers


class Losing:
    """A connection that breaks now and then: before something was sent, or before its answer is heard."""

    def __init__(self, connection: Any, chance: random.Random) -> None:
        self._connection, self._chance = connection, chance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetchrow(self, *asked: Any) -> Any:
        fate = self._chance.random()
        if fate < 0.2:
            raise ConnectionResetError("before it was sent")
        found = await self._connection.fetchrow(*asked)
        if fate < 0.4:
            raise ConnectionResetError("before the answer was heard")
        return found


async def test_what_has_no_answer_is_acknowledged_if_and_only_if_it_is_there(
    journal: SharedJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, connected = random.Random(5), Hub._connected

    async def losing(of: Hub) -> Any:
        return Losing(await connected(of), chance)

    monkeypatch.setattr(Hub, "_connected", losing)
    told: dict[int, bytes] = {}
    refused = 0
    for number in range(120):
        try:
            told[await journal.append([b"%d" % number])] = b"%d" % number
        except JournalUnavailable:
            refused += 1
    assert dict(await everything(journal)) == told
    assert 0 < refused < 60


async def test_what_comes_late_is_refused(journal: SharedJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose client has gone may still begin what it was sent."""
    connected, sent = Hub._connected, list[Any]()

    class Slow(Losing):
        async def fetchrow(self, *asked: Any) -> Any:
            sent.append(asked)
            raise ConnectionResetError("it is on its way")

    async def slow(of: Hub) -> Any:
        return Slow(await connected(of), random.Random())

    await journal.append([b"before"])
    with monkeypatch.context() as once:
        once.setattr(Hub, "_connected", slow)
        with pytest.raises(JournalUnavailable):
            await journal.append([b"refused"])
    connection = await Primaries(where[0]).connect()
    late = await connection.fetchrow(*sent[0])
    assert late is not None
    assert late["shards"] == []
    assert await journal.append([b"next"]) == 2
    assert await everything(journal) == [(1, b"before"), (2, b"next")]
    await connection.close()


async def test_connections_that_are_ended_lose_and_double_nothing(journal: SharedJournal, shard: int) -> None:
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'journal'"

    async def disturb() -> None:
        connection = await Primaries(where[0]).connect()
        await connection.execute("SET application_name = 'somebody'")
        for _ in range(25):
            await connection.execute(ends)
            await asyncio.sleep(0.03)
        await connection.close()

    disturbing = asyncio.ensure_future(disturb())
    told: dict[int, bytes] = {}
    number = 0
    while not disturbing.done() or len(told) < 40:
        number += 1
        try:
            told[await journal.append([b"%d" % number])] = b"%d" % number
        except JournalUnavailable:
            await asyncio.sleep(0.01)
    await disturbing
    assert dict(await everything(journal)) == told
    assert list(told) == list(range(1, len(told) + 1))


async def test_positions_that_were_given_up_without_an_answer_are_not_given_out(
    journal: SharedJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = Hub.beside

    def breaking(of: Hub, fence: Any = None) -> Any:
        context = beside(of, fence)
        leave = context.__aexit__

        async def left(*error: Any) -> Any:
            await leave(*error)
            raise JournalUnavailable("before the answer was heard")

        cast(Any, context).__aexit__ = left
        return Broken(context)

    class Broken:
        def __init__(self, context: Any) -> None:
            self._context = context

        async def __aenter__(self) -> Any:
            return await self._context.__aenter__()

        async def __aexit__(self, *error: Any) -> Any:
            await self._context.__aexit__(*error)

    await journal.append([b"a"])
    with monkeypatch.context() as once:
        once.setattr(Hub, "beside", breaking)
        with pytest.raises(JournalUnavailable):
            await journal.advance(Position(100))
    assert await journal.append([b"b"]) == 101
    assert await everything(journal) == [(1, b"a"), (101, b"b")]


# --------------------------------------------------------------------------------------- damage


async def test_what_was_changed_in_the_tables_is_told(
    journal: SharedJournal, shard: int, tmp_path: Path
) -> None:
    for body in (b"one", b"two", b"three", b"four"):
        await journal.append([body])
    await journal.close()
    connection = await Primaries(where[0]).connect()
    await connection.execute("DELETE FROM sertantai_journal.batches WHERE shard = $1 AND first = 2", shard)
    again = await another(tmp_path, shard)
    assert [damage.lost for damage in again.damages] == [[(2, 2)]]
    await again.close()
    await connection.execute("DELETE FROM sertantai_journal.batches WHERE shard = $1 AND first = 4", shard)
    again = await another(tmp_path, shard)
    assert [damage.lost for damage in again.damages] == [[(2, 2)], [(4, 4)]]
    await connection.execute(
        "UPDATE sertantai_journal.batches SET body = body || 'x' WHERE shard = $1 AND first = 3", shard
    )
    with pytest.raises(JournalCorrupt, match="position 3 does not match its checksum"):
        await everything(again)
    await again.close()
    await connection.close()


# ------------------------------------------------------------------------------------- durability


@pytest.fixture(scope="module")
def quorum() -> Iterator[Quorum]:
    with running_quorum() as running:
        yield running


@pytest.fixture
async def copied(quorum: Quorum, tmp_path: Path) -> AsyncIterator[SharedJournal]:
    """Of which nothing is answered that one server alone has."""
    await quorum.are_here()
    await quorum.wait_for(ANY_OF_BOTH)
    of = Hub(Primaries(quorum.primary.dsn), new_id(), Durability.QUORUM)
    made = await another(tmp_path, next(shards), of)
    yield made
    for standby in quorum.standbys.values():
        standby.go_on()
    await made.close()


async def test_one_standby_is_enough_and_none_is_not(copied: SharedJournal, quorum: Quorum) -> None:
    assert await copied.append([b"both"]) == 1
    quorum.standbys["a"].pause()
    assert await copied.append([b"one of them"]) == 2
    quorum.standbys["b"].pause()
    waiting = asyncio.ensure_future(copied.append([b"nobody has it"]))
    done, _ = await asyncio.wait([waiting], timeout=1.0)
    assert not done
    quorum.standbys["a"].go_on()
    assert await waiting == 3


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
async def test_a_wait_that_is_broken_off_is_no_answer(
    copied: SharedJournal, quorum: Quorum, how: str
) -> None:
    await copied.append([b"both"])
    for standby in quorum.standbys.values():
        standby.pause()
    waiting = asyncio.ensure_future(copied.append([b"here alone"]))
    broken_off = f"SELECT {how}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    times = 0
    async with asyncio.timeout(30):
        while times < 6 and not waiting.done():  # what is asked then waits as well
            times += bool(await quorum.ask(broken_off))
            await asyncio.sleep(0.02)
    assert not waiting.done(), "It was acknowledged, and one server has it."
    for standby in quorum.standbys.values():
        standby.go_on()
    assert await waiting == 2
    assert await everything(copied) == [(1, b"both"), (2, b"here alone")]


async def test_nothing_is_taken_while_no_standby_is_named(copied: SharedJournal, quorum: Quorum) -> None:
    await copied.append([b"copied"])
    await quorum.wait_for("")
    for _ in range(2):
        with pytest.raises(JournalNotReplicated):
            await copied.append([b"not copied"])
    await quorum.wait_for(ANY_OF_BOTH)
    assert await copied.append([b"copied again"]) == 2
    assert await everything(copied) == [(1, b"copied"), (2, b"copied again")]


async def test_a_standby_is_no_place_to_write(quorum: Quorum, tmp_path: Path) -> None:
    standby = Hub(Primaries(quorum.standbys["a"].dsn), new_id(), Durability.QUORUM)
    with pytest.raises(JournalUnavailable, match="it is a stand-by"):
        await another(tmp_path, next(shards), standby)


async def test_a_host_that_is_frozen_keeps_nobody_from_the_primary(quorum: Quorum, tmp_path: Path) -> None:
    frozen = socket.create_server(("127.0.0.1", 0))  # where connections wait for somebody to take them
    alive = Proxy(quorum.primary.home / ".s.PGSQL.5432")
    await alive.listen()
    await quorum.wait_for(ANY_OF_BOTH)
    ports = frozen.getsockname()[1], alive.port
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    primaries = Primaries(f"postgresql://postgres@{hosts}/postgres?sslmode=disable")
    journal = await another(tmp_path, next(shards), Hub(primaries, new_id(), Durability.QUORUM))
    assert await journal.append([b"a"]) == 1
    await journal.close()
    frozen.close()
    alive.close()


# ------------------------------------------------------------------------------------------ bounds


def test_an_address_names_so_many_hosts() -> None:
    hosts = [f"db{number}:5432" for number in range(HOSTS_MAX)]
    found = hosts_of(f"postgresql://me:secret@{','.join(hosts)}/name?sslmode=require")
    assert found[1] == "postgresql://me:secret@db1:5432/name?sslmode=require"
    assert len(found) == HOSTS_MAX
    for address in (
        f"postgresql://{','.join([*hosts, 'one-more'])}/name",
        "redis://db/0",
        "postgresql://[::1",
    ):
        with pytest.raises(Exception, match="journal_url") as refused:
            hosts_of(address)
        assert cast(Any, refused.value).field == "journal_url"


async def test_a_read_takes_so_many_batches_and_so_many_bytes(
    journal: SharedJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        await journal.append([b"%d" % number])
    size = journal.size_bytes // 6
    monkeypatch.setattr(entries, "READ_BATCHES_MAX", 2)
    assert len(await journal.read(Position(0), 100)) == 2
    monkeypatch.setattr(entries, "READ_BATCHES_MAX", 2_000)
    monkeypatch.setattr(entries, "READ_BYTES_MAX", 3 * size)
    assert len(await journal.read(Position(0), 100)) == 3


async def test_what_does_not_answer_in_time_is_settled(
    journal: SharedJournal, shard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "ANSWER_S_MAX", 0.3)
    connection = await Primaries(where[0]).connect()
    async with connection.transaction():
        await connection.execute("SELECT FROM sertantai_journal.shards WHERE shard = $1 FOR UPDATE", shard)
        waiting = asyncio.ensure_future(journal.append([b"late"]))
        done, _ = await asyncio.wait([waiting], timeout=1.0)
        assert not done
    # Whichever of the two came first: it is there, or it never will be.
    try:
        told: dict[int, bytes] = {await waiting: b"late"}
    except JournalUnavailable:
        told = {}
    assert await journal.append([b"next"]) == len(told) + 1
    assert dict(await everything(journal)) == {**told, len(told) + 1: b"next"}
    await connection.close()


async def _sent(journal: SharedJournal) -> None:
    async with asyncio.timeout(30):
        while journal._hub._appending is None or journal._hub._waiting:  # noqa: ASYNC110  # nobody calls
            await asyncio.sleep(0.01)


async def test_closing_waits_so_long_for_an_answer(
    journal: SharedJournal, shard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "CLOSING_S_MAX", 0.2)
    connection = await Primaries(where[0]).connect()
    async with connection.transaction():
        await connection.execute("SELECT FROM sertantai_journal.shards WHERE shard = $1 FOR UPDATE", shard)
        waiting = asyncio.ensure_future(journal.append([b"late"]))
        await _sent(journal)
        closing = asyncio.ensure_future(journal.close())
        with pytest.raises(JournalOutcomeUnknown):
            await waiting
    await closing
    await connection.close()
