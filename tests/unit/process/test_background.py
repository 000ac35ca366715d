"""What is done in turns: soon after the start, again after a failure of any kind, and never less often."""

import asyncio

import pytest

from sertantai.accounts.guests.purge import GuestPurge
from sertantai.accounts.retention import Retention
from sertantai.accounts.second_factor.resealing import Resealing
from sertantai.audit.partitions import AuditPartitions
from sertantai.core.errors import Conflict, DatabaseUnavailable
from sertantai.engine.rejection_retries import RejectionRetries
from sertantai.lists.deleted_lists import DeletedLists
from sertantai.postgres.settled_time import SettledTime
from sertantai.process import background
from sertantai.process.background import BackgroundService, Failures, RegularTurns
from sertantai.security.retention import EventRetention

LIMIT_S = 60
TIMED: tuple[type[RegularTurns], ...] = (
    AuditPartitions,
    DeletedLists,
    EventRetention,
    GuestPurge,
    RejectionRetries,
    Resealing,
    Retention,
    SettledTime,
)


class Turns(RegularTurns):
    """Fails with each of ``errors``, then works."""

    task_name = "turns"
    first_after_s = 0.0
    every_s = 3600.0
    retry_s = 0.0

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.done = asyncio.Event()

    async def turn(self) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.done.set()


async def test_a_turn_that_fails_is_done_again_whatever_the_failure() -> None:
    turns = Turns(DatabaseUnavailable("It is away."), RuntimeError("a fault"), Conflict("Not now."))
    await turns.start()
    async with asyncio.timeout(LIMIT_S):
        await turns.done.wait()
    await turns.stop()


class Faulty(BackgroundService):
    task_name = "faulty"

    async def _run(self) -> None:
        raise RuntimeError("a fault")


class Told:
    """Takes the place of the log, wherever other tests have it written to."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def error(self, event: str, **_about: object) -> None:
        self.events.append(event)


async def test_a_service_that_ends_by_a_fault_is_told_of_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    monkeypatch.setattr(background, "log", told)
    service = Faulty()
    await service.start()
    assert service._task is not None
    await asyncio.wait((service._task,), timeout=LIMIT_S)
    assert told.events == ["background_service_ended"]
    await service.stop()


@pytest.mark.parametrize("service", TIMED)
def test_the_first_turn_comes_soon_after_the_start(service: type[RegularTurns]) -> None:
    """A server that is started anew every day must have its turns too."""
    assert service.first_after_s <= 120
    assert service.retry_s <= min(600, service.every_s)


async def test_what_fails_for_one_is_passed_over_and_what_fails_for_all_ends_the_turn() -> None:
    failures, away = Failures(), DatabaseUnavailable("It is away.")
    for _ in range(10):
        failures.failed(Conflict("Only this one."))
    for _ in range(Failures.IN_A_ROW_MAX - 1):
        failures.failed(away)
    failures.passed()
    for _ in range(Failures.IN_A_ROW_MAX - 1):
        failures.failed(away)
    with pytest.raises(DatabaseUnavailable):
        failures.failed(away)
