"""Events are taken without waiting, written in batches, and dropped in numbers only, never in silence."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, InvalidInput
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.security.model import SecurityEvent
from sertantai.security.recording import EventRecorder

ANNA = UserId(UUID(int=1))


class Kept:
    """A store in memory that can be away."""

    def __init__(self) -> None:
        self.events: dict[UUID, SecurityEvent] = {}
        self.is_away = False
        self.refused_ip = ""

    async def add(self, events: Sequence[SecurityEvent]) -> None:
        if self.is_away:
            raise DatabaseUnavailable("away")
        if any(event.ip == self.refused_ip for event in events):
            raise InvalidInput("A value has the wrong form.")
        for event in events:
            self.events.setdefault(event.id, event)

    async def forget(self, days_kept: int) -> int:
        return 0


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def recorder(kept: Kept) -> EventRecorder:
    return EventRecorder(kept, ManualClock(), waiting_max=10)  # type: ignore[arg-type]  # in memory


async def test_equal_events_of_one_moment_are_one_row_that_counts_them(
    kept: Kept, recorder: EventRecorder
) -> None:
    for _ in range(1_000):
        recorder.record(Kind.SIGN_IN_FAILED, None, "192.0.2.1")
    recorder.record(Kind.SIGN_IN_FAILED, None, "192.0.2.2")
    await recorder.write_batch()
    assert sorted(event.times for event in kept.events.values()) == [1, 1_000]


async def test_events_wait_while_the_database_is_away_and_are_written_once(
    kept: Kept, recorder: EventRecorder
) -> None:
    kept.is_away = True
    recorder.record(Kind.TOKEN_MISUSED, None, "192.0.2.1")
    with pytest.raises(DatabaseUnavailable):
        await recorder.write_batch()
    recorder.record(Kind.TOKEN_MISUSED, None, "192.0.2.1")
    kept.is_away = False
    await recorder.write_batch()
    assert sum(event.times for event in kept.events.values()) == 2


async def test_one_that_can_never_be_written_does_not_hold_up_the_others(
    kept: Kept, recorder: EventRecorder
) -> None:
    kept.refused_ip = "192.0.2.2"
    for last in (1, 2, 3):
        recorder.record(Kind.TOKEN_MISUSED, None, f"192.0.2.{last}")
    await recorder.write_batch()
    assert {event.ip for event in kept.events.values()} == {"192.0.2.1", "192.0.2.3"}
    await recorder.write_batch()
    (told,) = [event for event in kept.events.values() if event.kind == Kind.EVENTS_DROPPED]
    assert told.details == {"dropped": 1}


async def test_beyond_the_bound_events_are_counted_and_the_count_is_an_event(
    kept: Kept, recorder: EventRecorder
) -> None:
    for number in range(25):
        recorder.record(Kind.SIGN_IN_FAILED, None, f"192.0.2.{number}")
    await recorder.write_batch()
    await recorder.write_batch()
    dropped = [event for event in kept.events.values() if event.kind == Kind.EVENTS_DROPPED.value]
    assert len(kept.events) == 11
    assert dropped[0].details == {"dropped": 15}


async def test_what_waits_is_written_at_the_end(kept: Kept, recorder: EventRecorder) -> None:
    await recorder.start()
    recorder.record(Kind.SIGNED_OUT, ANNA)
    await recorder.stop()
    assert [event.user_id for event in kept.events.values()] == [ANNA]


async def test_details_are_bounded(kept: Kept, recorder: EventRecorder) -> None:
    recorder.record(Kind.SIGNED_OUT, ANNA, None, {"text": "x" * 100_000})
    await recorder.write_batch()
    assert [event.details for event in kept.events.values()] == [{"details": "too long"}]
