"""What `sertantai.journal.protocol` promises, for every implementation."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import OwnerId, Position
from sertantai.journal.protocol import Checkpoint, Journal
from sertantai.journal.sqlite import SqliteJournal
from sertantai.process.new_ids import new_id
from tests.conformance.plain_journal import PlainFiles
from tests.conformance.shared_journals import shared_journal
from tests.simulation.disk import Disk, SimulatedJournal
from tests.simulation.faults import Chaos, Faults

Opener = Callable[[], Journal]
OWNER = OwnerId(UUID(int=7))
OTHER = OwnerId(UUID(int=8))


def sqlite_opener(folder: Path) -> Opener:
    return lambda: SqliteJournal(folder / "journal.sqlite3")


def simulated_opener(_folder: Path) -> Opener:
    rng = random.Random(1)
    disk = Disk(rng, lambda _position, _body: None)
    return lambda: SimulatedJournal(disk, Chaos(rng, Faults(set())))


def plain_opener(folder: Path) -> Opener:
    return PlainFiles(folder).journal


def shared_opener(folder: Path) -> Opener:
    shard = next(_shards)
    return lambda: shared_journal(folder, shard)


_shards = itertools.count()
OPENERS = {
    "sqlite": sqlite_opener,
    "simulated": simulated_opener,
    "plain": plain_opener,
    "shared": shared_opener,
}


def made_in(folder: Path, kind: str, request: pytest.FixtureRequest) -> Opener:
    if kind == "shared":
        request.getfixturevalue("journals_database")
    return OPENERS[kind](folder)


@pytest.fixture(params=OPENERS)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return made_in(tmp_path, request.param, request)


@pytest.fixture
async def journal(opener: Opener) -> AsyncIterator[Journal]:
    made = opener()
    await made.open()
    yield made
    await made.close()


async def everything(journal: Journal, after: int = 0, step: int = 1000) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    position = Position(after)
    while entries := await journal.read(position, step):
        found.extend((entry.position, entry.body) for entry in entries)
        position = entries[-1].position
    return found


async def reopened(journal: Journal, opener: Opener) -> Journal:
    await journal.close()
    again = opener()
    await again.open()
    return again


async def test_a_new_journal_is_empty_and_begins_at_one(journal: Journal) -> None:
    assert (journal.first, journal.last, journal.size_bytes) == (1, 0, 0)
    assert await journal.read(Position(0), 10) == []
    assert await journal.append([b"a"]) == 1


async def test_positions_are_consecutive_and_in_the_order_of_the_appends(journal: Journal) -> None:
    assert await journal.append([b"a", b"b"]) == 1
    assert await journal.append([b"c"]) == 3
    assert journal.last == 3
    assert await everything(journal) == [(1, b"a"), (2, b"b"), (3, b"c")]


async def test_appends_at_the_same_time_are_done_in_their_order_and_stay_whole(journal: Journal) -> None:
    appends = [[f"{number}.{part}".encode() for part in range(number % 4 + 1)] for number in range(200)]
    firsts = await asyncio.gather(*(journal.append(bodies) for bodies in appends))
    expected = [body for bodies in appends for body in bodies]
    assert [body for _, body in await everything(journal)] == expected
    assert [position for position, _ in await everything(journal)] == list(range(1, len(expected) + 1))
    assert firsts == [1 + sum(map(len, appends[:number])) for number in range(200)]


async def test_everything_is_there_after_opening_again(journal: Journal, opener: Opener) -> None:
    await journal.append([b"a", b"b"])
    identity = journal.id
    again = await reopened(journal, opener)
    assert (again.id, again.first, again.last) == (identity, 1, 2)
    assert await everything(again) == [(1, b"a"), (2, b"b")]
    assert await again.append([b"c"]) == 3
    await again.close()


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
async def test_reading_in_steps_misses_and_doubles_nothing(journal: Journal, step: int) -> None:
    for number in range(10):
        await journal.append([b"x%d.%d" % (number, part) for part in range(3)])
    whole = await everything(journal)
    assert len(whole) == 30
    assert await everything(journal, step=step) == whole
    for after in range(31):
        assert await everything(journal, after, step) == whole[after:]


async def test_trimming_forgets_the_oldest_entries_and_no_others(journal: Journal) -> None:
    for number in range(6):
        await journal.append([b"%d" % number])
    size = journal.size_bytes
    await journal.trim(Position(4), {})
    assert journal.first == 5
    assert journal.size_bytes < size
    assert await everything(journal) == [(5, b"4"), (6, b"5")]
    await journal.trim(Position(99), {})
    assert (journal.first, journal.last) == (7, 6)
    assert await journal.append([b"next"]) == 7


async def test_what_was_trimmed_stays_trimmed_and_no_position_comes_again(
    journal: Journal, opener: Opener
) -> None:
    await journal.append([b"a", b"b", b"c"])
    await journal.trim(Position(3), {})
    again = await reopened(journal, opener)
    assert (again.first, again.last, again.size_bytes) == (4, 3, 0)
    assert await again.append([b"d"]) == 4
    await again.close()


async def test_checkpoints_are_kept_replaced_and_forgotten(journal: Journal, opener: Opener) -> None:
    await journal.append([b"a", b"b"])
    await journal.trim(Position(1), {OWNER: Checkpoint(Position(1), b"one")})
    await journal.trim(
        Position(1), {OWNER: Checkpoint(Position(2), b"two"), OTHER: Checkpoint(Position(1), b"")}
    )
    again = await reopened(journal, opener)
    assert await again.checkpoint(OWNER) == Checkpoint(Position(2), b"two")
    assert await again.checkpoint_positions([OWNER, OTHER, OwnerId(new_id())]) == {OWNER: 2, OTHER: 1}
    await again.forget(OWNER)
    assert await again.checkpoint(OWNER) is None
    assert await again.checkpoint(OTHER) == Checkpoint(Position(1), b"")
    await again.close()


async def test_a_checkpoint_in_parts_keeps_those_that_it_names(journal: Journal, opener: Opener) -> None:
    await journal.append([b"a", b"b"])
    await journal.keep_parts({OWNER: {b"1": b"one", b"2": b"two"}, OTHER: {b"1": b"other"}})
    await journal.trim(Position(1), {OWNER: Checkpoint(Position(1), b"head", (b"1", b"2"))})
    await journal.keep_parts({OWNER: {b"3": b"three"}})
    await journal.trim(Position(1), {OWNER: Checkpoint(Position(2), b"newer", (b"1", b"3"))})
    again = await reopened(journal, opener)
    held = await again.checkpoint(OWNER)
    assert held is not None
    assert (held.position, held.state, set(held.parts)) == (2, b"newer", {b"1", b"3"})
    assert await again.checkpoint_parts(OWNER) == {b"1": b"one", b"3": b"three"}
    assert (await again.checkpoint_parts(OTHER)).get(b"1", b"other") == b"other"
    await again.forget(OWNER)
    assert await again.checkpoint_parts(OWNER) == {}
    await again.close()


async def test_what_was_forgotten_is_in_no_file_once_it_is_wiped(
    journal: Journal, opener: Opener, tmp_path: Path
) -> None:
    """Of somebody who is erased: what they wrote last is in the anchor, too, and in the log of writes."""
    secret = b"only between you and me"
    for size in (1, 400, 20_000, 300_000):
        await journal.append([secret * (size // len(secret) + 1), b"another's"])
    await journal.append([secret])
    await journal.keep_parts({OWNER: {b"part": secret * 900, b"small": secret}})
    kept = Checkpoint(Position(1), b"another's")
    await journal.trim(Position(0), {OWNER: Checkpoint(Position(1), secret * 30), OTHER: kept})
    await journal.append([b"another's last"])
    await journal.forget(OWNER)
    await journal.trim(Position(9), {})
    await journal.wipe()
    assert [one for one in tmp_path.rglob("*") if one.is_file() and secret in one.read_bytes()] == []
    assert await everything(journal) == [(10, b"another's last")]
    await journal.close()
    again = opener()
    await again.open()
    assert await everything(again) == [(10, b"another's last")]
    assert await again.checkpoint(OTHER) is not None
    await again.close()


async def test_a_read_ends_where_entries_are_large(journal: Journal) -> None:
    for _ in range(4):
        await journal.append([bytes(6_000_000)])
    read = await journal.read(Position(0), 1_000)
    assert 1 <= len(read) <= 3
    assert len(await everything(journal)) == 4


async def test_no_position_up_to_an_advance_is_ever_given_out(journal: Journal, opener: Opener) -> None:
    await journal.append([b"a"])
    await journal.advance(Position(100))
    assert (journal.first, journal.last) == (1, 100)
    again = await reopened(journal, opener)
    assert (again.first, again.last) == (1, 100)
    assert await again.append([b"b"]) == 101
    assert await everything(again) == [(1, b"a"), (101, b"b")]
    await again.close()


async def test_advancing_back_changes_nothing(journal: Journal) -> None:
    await journal.append([b"a", b"b"])
    await journal.advance(Position(1))
    assert journal.last == 2


async def test_advancing_past_what_was_appended_meanwhile_gives_no_position_out_twice(
    journal: Journal, opener: Opener
) -> None:
    """A list from another journal may come while people are ticking."""
    await asyncio.gather(journal.append([b"a"] * 20), journal.advance(Position(10)))
    assert await journal.append([b"b"]) == journal.last
    again = await reopened(journal, opener)
    held = [position for position, _ in await everything(again)]
    assert held == sorted(set(held))
    assert (len(held), again.last) == (21, held[-1])
    await again.close()


async def test_an_epoch_lasts_until_positions_are_skipped(journal: Journal, opener: Opener) -> None:
    first = journal.epoch
    await journal.append([b"a"])
    again = await reopened(journal, opener)
    assert first
    assert again.epoch == first
    await again.advance(Position(1))
    assert again.epoch == first, "nothing was skipped"
    await again.advance(Position(5))
    second = again.epoch
    assert second != first
    once_more = await reopened(again, opener)
    assert once_more.epoch == second
    await once_more.close()


async def test_skipped_positions_do_not_count_as_forgotten(journal: Journal) -> None:
    """A journal begun anew behind a database holds all it ever had: `first` must not say otherwise."""
    await journal.advance(Position(100))
    assert journal.first == 1
    await journal.trim(Position(100), {})
    assert journal.first == 1


async def test_a_closed_journal_refuses(journal: Journal) -> None:
    await journal.close()
    with pytest.raises(JournalUnavailable):
        await journal.append([b"a"])


async def test_what_waits_when_it_is_closed_is_answered(journal: Journal) -> None:
    """Written or refused, but never left waiting."""
    waiting = [asyncio.ensure_future(journal.append([b"a"])) for _ in range(50)]
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(journal.close())
    late = asyncio.ensure_future(journal.append([b"late"]))
    async with asyncio.timeout(60):
        await closing
        answers = await asyncio.gather(*waiting, late, return_exceptions=True)
    assert all(isinstance(answer, int | JournalUnavailable) for answer in answers)


async def test_a_caller_that_goes_away_does_not_stop_the_others(journal: Journal) -> None:
    first = asyncio.ensure_future(journal.append([b"a"]))
    gone = asyncio.ensure_future(journal.append([b"b"]))
    await asyncio.sleep(0)
    gone.cancel()
    assert await first == 1
    position = await journal.append([b"c"])
    assert (position, b"c") in await everything(journal)


Steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(st.binary(max_size=40), min_size=1, max_size=5)),
        st.tuples(st.just("trim"), st.integers(0, 30)),
        st.tuples(st.just("advance"), st.integers(0, 40)),
        st.tuples(st.just("reopen"), st.none()),
    ),
    max_size=20,
)


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(steps=Steps)
@pytest.mark.parametrize("kind", OPENERS)
def test_any_history_leaves_what_a_list_would_hold(
    kind: str,
    steps: list[tuple[str, object]],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> None:
    asyncio.run(_live(made_in(tmp_path_factory.mktemp("journal"), kind, request), steps))


async def _live(opener: Opener, steps: list[tuple[str, object]]) -> None:
    journal = opener()
    await journal.open()
    held: dict[int, bytes] = {}
    last = trimmed = 0
    for kind, what in steps:
        if kind == "append":
            assert isinstance(what, list)
            assert await journal.append(what) == last + 1
            held.update(enumerate(what, last + 1))
            last += len(what)
        elif kind == "trim":
            assert isinstance(what, int)
            await journal.trim(Position(what), {})
            # Entries that share a write may stay until the last of them can go.
            held = {position: body for position, body in held.items() if position >= journal.first}
            assert all(position >= journal.first for position in held)
            trimmed = max(trimmed, what)
            assert journal.first <= trimmed + 1
        elif kind == "advance":
            assert isinstance(what, int)
            await journal.advance(Position(what))
            last = max(last, what)
        else:
            journal = await reopened(journal, opener)
        assert journal.last == last
        assert await everything(journal, journal.first - 1) == sorted(held.items())
    await journal.close()


async def test_a_whole_journal_has_no_damage(journal: Journal, opener: Opener) -> None:
    await journal.append([b"a", b"b"])
    await journal.compare(Position(1), Position(1))
    assert not journal.damages
    again = await reopened(journal, opener)
    await again.compare(Position(2), Position(2))
    assert not again.damages
    await again.close()
