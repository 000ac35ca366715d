"""Who waits is always answered, and what one caller did wrong is nobody else's trouble."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from sertantai.core.errors import InvalidInput, JournalUnavailable, Unavailable
from sertantai.core.fold import Change, Outcome
from sertantai.core.ids import OperationId, Position, RecordNo, UserId
from sertantai.core.operations import Annotate, Operation, Origin, Select
from sertantai.core.state import OwnerState
from sertantai.engine.bounds import Bounds
from sertantai.engine.committing import GroupCommit, OutcomeUnknown
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.owners_life import Lives
from sertantai.journal.protocol import Journal
from sertantai.process.new_ids import new_id
from sertantai.sync.folding import Folded
from tests.unit.core.strategies import AT, DEFAULT, OWNER
from tests.unit.engine.engine_house import ANN, LIST_OF, House, by


def select(record: int = 1) -> Operation:
    return Select(record=RecordNo(record), **_common())


def _common() -> dict[str, Any]:
    return {
        "id": OperationId(new_id()),
        "owner": OWNER,
        "group": DEFAULT,
        "at": AT,
        "origin": Origin(UserId(OWNER)),
    }


class Disk:
    """A journal that answers when it is let."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.answers.set()
        self.error: Exception | None = None
        self.groups: list[int] = []
        self.last = 0

    async def append(self, bodies: list[bytes]) -> Position:
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        self.groups.append(len(bodies))
        first, self.last = self.last + 1, self.last + len(bodies)
        return Position(first)


class Desk:
    """A group commit on a `Disk`, and what it did."""

    def __init__(self, **bounds: Any) -> None:
        self.disk = Disk()
        self.applied: list[Position] = []
        self.folded = Position(0)
        self.hot = HotOwner(OwnerState(OWNER, {}), Position(0), Lives().of(OWNER))
        self.commits = GroupCommit(
            cast(Journal, self.disk), self._apply, self._land, self._fold_group, Bounds(**bounds)
        )

    def submit(self, operation: Operation) -> "asyncio.Future[Change]":
        future = self.commits.submit(operation, self.hot)
        self.hot.life.in_flight += 1
        return future

    def _apply(
        self, position: Position, operation: Operation, _body: bytes, hot: HotOwner, _folded: Folded | None
    ) -> Change:
        assert hot is self.hot
        self.applied.append(position)
        return Change(position, operation, Outcome.UNCHANGED, None)

    def failure(self) -> str | None:
        return self.commits.failure

    def _land(self, hot: HotOwner) -> None:
        hot.life.in_flight -= 1

    def _fold_group(self, position: Position) -> None:
        self.folded = position


async def test_what_waits_shares_a_write_and_is_answered_in_order() -> None:
    desk = Desk()
    await desk.commits.start()
    changes = await asyncio.gather(*(desk.submit(select(number)) for number in range(1, 6)))
    assert [change.position for change in changes] == [1, 2, 3, 4, 5]
    assert desk.disk.groups == [5]
    assert (desk.folded, desk.hot.life.in_flight) == (5, 0)
    await desk.commits.finish(1)


async def test_fifty_at_once_share_one_write_of_the_real_journal(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds())
    await house.open()
    await house.engine.state(ANN)
    await asyncio.gather(
        *(
            house.engine.perform(Select(record=RecordNo(record), **by(ANN, LIST_OF[ANN])))
            for record in range(1, 51)
        )
    )
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as connection:
        batches = connection.execute("SELECT first, last FROM batch ORDER BY first").fetchall()
    assert batches == [(1, 50)]
    await house.close()


async def test_an_operation_that_cannot_be_written_is_refused_alone() -> None:
    desk = Desk()
    await desk.commits.start()
    good = desk.submit(select())
    with pytest.raises(InvalidInput):
        _ = desk.submit(Annotate(records=b"", changes={"rank": 2**70}, **_common()))
    assert (await good).position == 1
    await desk.commits.finish(1)


async def test_a_failing_disk_refuses_the_group_and_the_next_one_goes_on() -> None:
    desk = Desk()
    await desk.commits.start()
    desk.disk.error = JournalUnavailable("full", retry_after_s=1)
    with pytest.raises(JournalUnavailable, match="full"):
        await desk.submit(select())
    assert desk.failure() == "full"
    desk.disk.error = None
    assert (await desk.submit(select())).position == 1
    assert desk.failure() is None
    assert desk.hot.life.in_flight == 0
    await desk.commits.finish(1)


async def test_an_unforeseen_failure_is_told_too() -> None:
    desk = Desk()
    await desk.commits.start()
    desk.disk.error = MemoryError("no more")
    with pytest.raises(JournalUnavailable, match="no more"):
        await desk.submit(select())
    await desk.commits.finish(1)


async def test_nobody_waits_for_a_disk_that_does_not_answer() -> None:
    """What is on its way may still be made and is; what waits behind it is refused and never made."""
    desk = Desk(commit_wait_s=0.5)
    await desk.commits.start()
    desk.disk.answers.clear()
    on_its_way = desk.submit(select())
    await asyncio.sleep(0)
    behind = desk.submit(select())
    with pytest.raises(OutcomeUnknown):
        await on_its_way
    with pytest.raises(Unavailable, match="nothing was changed"):
        await behind
    with pytest.raises(Unavailable, match="does not answer"):
        _ = desk.submit(select())
    assert desk.hot.life.in_flight == 1
    desk.disk.answers.set()
    await desk.commits.finish(1)
    assert desk.applied == [1]
    assert desk.hot.life.in_flight == 0


async def test_a_caller_that_goes_away_does_not_take_its_change_back() -> None:
    desk = Desk()
    await desk.commits.start()
    gone, stays = desk.submit(select(1)), desk.submit(select(2))
    gone.cancel()
    assert (await stays).position == 2
    assert desk.applied == [1, 2]
    assert desk.hot.life.in_flight == 0
    await desk.commits.finish(1)


async def test_a_stop_gives_up_on_a_disk_that_does_not_answer() -> None:
    desk = Desk()
    await desk.commits.start()
    desk.disk.answers.clear()
    waiting = desk.submit(select())
    async with asyncio.timeout(60):
        await desk.commits.finish(0.01)
    waiting.cancel()


async def test_too_many_or_too_large_are_refused_before_they_wait() -> None:
    few, small = Desk(waiting_operations_max=2), Desk(waiting_bytes_max=10)
    for desk, allowed in ((few, 2), (small, 1)):
        await desk.commits.start()
        desk.disk.answers.clear()
        waiting = [desk.submit(select()) for _ in range(allowed)]
        with pytest.raises(Unavailable, match="Too many"):
            _ = desk.submit(select())
        desk.disk.answers.set()
        await asyncio.gather(*waiting)
        await desk.commits.finish(1)


async def test_a_caller_that_goes_away_does_not_stop_the_others() -> None:
    desk = Desk()
    await desk.commits.start()
    gone, stays = desk.submit(select()), desk.submit(select())
    gone.cancel()
    assert (await stays).position == 2
    assert desk.applied == [1, 2]
    await desk.commits.finish(1)
