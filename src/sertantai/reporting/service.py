"""Reports for whoever asks: how the trail is read for them, and when a report was made."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sertantai.audit.snapshots import Snapshots
from sertantai.core.clock import Clock
from sertantai.core.ids import OwnerId, UserId
from sertantai.postgres import Connection, Database, Role
from sertantai.reporting.asked import Asked
from sertantai.reporting.report import Report
from sertantai.reporting.sight import Reading, Sight

_T = TypeVar("_T")


def no_head() -> str:
    """Where no log is sealed."""
    return ""


class Reporting:
    """``head``: the newest of the sealed log, in words."""

    def __init__(
        self, snapshots: Snapshots, database: Database, clock: Clock, head: Callable[[], str] = no_head
    ) -> None:
        self._snapshots = snapshots
        self._database = database
        self._clock = clock
        self._head = head

    def report(self, sight: Sight, asked: Asked) -> Report:
        return Report(sight, asked, self._clock.now(), self._head())

    def reading(self, owner: OwnerId) -> Reading:
        """Of one owner's rows, as far as row level security shows them to whoever asks."""

        async def ask(read: Callable[[Connection], Awaitable[Any]], waits: bool = False, /) -> Any:
            return (await self._snapshots.read(owner, read, waits=waits)).answer

        return ask

    def auditing(self, who: UserId) -> Reading:
        """Of all rows: what is asked says whose. It takes the connections of whoever asks."""

        async def ask(read: Callable[[Connection], Awaitable[Any]], _waits: bool = False, /) -> Any:
            async with self._database.transaction(Role.AUDITOR, who, readonly=True) as connection:
                return await read(connection)

        return ask
