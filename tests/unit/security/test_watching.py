"""Who watches the feed: what is unusual is recorded, and a watch that was cut goes on."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from pyroaring import BitMap

from sertantai.core.fold import Change, Outcome
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, UserId
from sertantai.core.operations import ClearAll, Origin
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.engine.feed import Changed, Feed, Lost, Rejected
from sertantai.security.watching import FeedWatch
from sertantai.sync.store import Rejection
from tests.unit.engine.engine_house import AT

ANNA = UserId(UUID(int=1))


class Recorded:
    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def record(
        self,
        kind: Kind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        assert user_id == ANNA
        self.kinds.append(kind)


def cleared(removed: int) -> Changed:
    operation = ClearAll(
        id=OperationId(UUID(int=2)),
        owner=OwnerId(ANNA),
        group=GroupId(UUID(int=3)),
        at=AT,
        origin=Origin(ANNA, ip="192.0.2.7"),
    )
    change = Change(Position(1), operation, Outcome.APPLIED, None, removed=BitMap(range(removed)))
    return Changed(change, Position(0), 0)


def rejected() -> Rejected:
    return Rejected(
        Rejection(
            JournalId(UUID(int=9)),
            Position(1),
            OperationId(UUID(int=2)),
            OwnerId(ANNA),
            "select",
            b"",
            "code",
            "",
        )
    )


async def test_what_is_unusual_is_recorded_also_what_comes_last() -> None:
    feed, events = Feed(), Recorded()
    watch = FeedWatch(feed, events, removal_records=1_000, removal_fraction=0.5)
    await watch.start()
    for entry in (cleared(2_000), cleared(3), rejected(), Lost(OwnerId(ANNA))):
        feed.add(entry)
    feed.wake()
    async with asyncio.timeout(60):
        while len(events.kinds) < 2:  # noqa: ASYNC110  # a turn of the loop or two
            await asyncio.sleep(0)
    assert events.kinds == [Kind.MASS_REMOVAL, Kind.SYNC_REJECTED]
    feed.add(cleared(1_000))
    feed.close()
    await watch.stop()
    assert events.kinds[2:] == [Kind.MASS_REMOVAL]


async def test_a_watch_that_was_cut_goes_on() -> None:
    feed, events = Feed(entries_max=2), Recorded()
    watch = FeedWatch(feed, events, removal_records=1_000, removal_fraction=0.5)
    await watch.start()
    for _ in range(3):
        feed.add(cleared(2_000))
    feed.wake()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert events.kinds == []
    feed.add(cleared(2_000))
    feed.wake()
    async with asyncio.timeout(60):
        while not events.kinds:  # noqa: ASYNC110  # a turn of the loop or two
            await asyncio.sleep(0)
    await watch.stop()
    assert events.kinds == [Kind.MASS_REMOVAL]
