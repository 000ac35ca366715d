"""Reports for whoever asks: how the trail is read for them, and when a report was made."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sertantai.audit.reports import find_owner
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.tallies.everybody import Activity, activity_of_everybody
from sertantai.core.clock import Clock
from sertantai.core.ids import OwnerId, UserId
from sertantai.postgres import Connection, Database, Role
from sertantai.reporting.asked import Asked
from sertantai.reporting.report import Report
from sertantai.reporting.sight import Reading, Sight
from sertantai.sealing.notices import Kind, Notices

_T = TypeVar("_T")


def no_head() -> str:
    """Where no log is sealed."""
    return ""


class Reporting:
    """``head``: the newest of the sealed log, in words."""

    def __init__(
        self,
        snapshots: Snapshots,
        database: Database,
        clock: Clock,
        head: Callable[[], str] = no_head,
        notices: Notices | None = None,
    ) -> None:
        self._snapshots = snapshots
        self.notices = notices
        self._database = database
        self.clock = clock
        self._head = head

    def report(self, sight: Sight, asked: Asked) -> Report:
        return Report(sight, asked, self.clock.now(), self._head())

    async def tell(self, report: Report, form: str, by: UserId) -> None:
        """That a report is taken along, before the first byte goes out. Raises `DatabaseUnavailable`."""
        owner, asked = report.sight.owner, report.asked
        if self.notices is None or owner is None:
            return
        body: dict[str, Any] = {"what": "report", "question": report.question.key, "form": form}
        if asked.list is not None:
            body["list"] = str(report.sight.list_named(asked.list).id)
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await self.told(connection, owner, body, by)

    async def person_named(self, text: str) -> UserId:
        """Whom an e-mail address or an id means. Raises `NotFound` and `InvalidInput`."""
        return UserId(await find_owner(self._database, text))

    async def activity_of_everybody(self, who: UserId, first: date, last: date) -> Activity:
        """How much was done each day from ``first`` to ``last`` (UTC). Raises `DatabaseUnavailable`."""
        return await activity_of_everybody(self._database, who, first, last)

    async def looked(self, asked: Asked, by: UserId) -> None:
        """That an administrator asks this of everybody, before they see anything. Raises
        `DatabaseUnavailable`."""
        body: dict[str, Any] = {"what": "looked_over_everybody", "question": asked.question.key}
        if asked.person is not None:
            body["person"] = str(asked.person)
        if asked.list is not None:
            body["list"] = str(asked.list)
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            if self.notices is not None:
                await self.notices.tell(connection, Kind.ACCESS, by=by, body=body)

    async def told(self, connection: Connection, subject: UUID, body: dict[str, Any], by: UserId) -> None:
        """As part of a transaction."""
        if self.notices is not None:
            await self.notices.tell(connection, Kind.ACCESS, subject=subject, by=by, body=body)

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
