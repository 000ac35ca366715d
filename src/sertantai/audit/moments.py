"""A list as it was at a moment, what differs between two, and how busy each day was."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

import msgspec
from pyroaring import BitMap

from sertantai.audit import sql
from sertantai.audit.days import start_of
from sertantai.core.audit_words import ADDING, NOTES, REMOVING
from sertantai.core.bitmaps import numbers, sent
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.operations import Annotation
from sertantai.postgres import Connection, Database, Role

ACTIVITY_DAYS_MAX: Final = 400


class BeforeTheTrail(NotFound):
    """The trail of that time has been dropped, as the retention setting asks."""

    code = "before_the_trail"


class Difference(msgspec.Struct, frozen=True):
    """What has to be added to the earlier list, and removed from it, to make the later one."""

    added: BitMap
    removed: BitMap


class Moments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def as_of(self, owner: OwnerId, group: GroupId, moment: datetime) -> BitMap:
        """The records that were selected at ``moment``; a change at that very moment counts.

        Raises `BeforeTheTrail`, `DatabaseUnavailable`.
        """
        async with self._reading(owner) as connection:
            return await _as_of(connection, owner, group, moment)

    async def between(self, owner: OwnerId, group: GroupId, earlier: datetime, later: datetime) -> Difference:
        async with self._reading(owner) as connection:
            before = await _as_of(connection, owner, group, earlier)
            after = await _as_of(connection, owner, group, later)
        return Difference(after - before, before - after)

    async def notes_left_with(
        self, owner: OwnerId, group: GroupId, moment: datetime, records: BitMap
    ) -> dict[int, Annotation]:
        """The notes, tags and places that ``records`` had when they left the list after ``moment``."""
        async with self._reading(owner) as connection:
            rows = await connection.fetch(sql.LEFT_WITH, owner, group, moment, numbers(records), REMOVING)
        return {row["record_no"]: row["dropped"] for row in rows}

    async def activity(self, owner: OwnerId, first: date, last: date, zone: tzinfo = UTC) -> dict[date, int]:
        """How many changes on each day of ``zone`` from ``first`` to ``last``; days without any left out."""
        if not first <= last <= first + timedelta(days=ACTIVITY_DAYS_MAX):
            raise InvalidInput(f"to: at most {ACTIVITY_DAYS_MAX} days after from.", field="to")
        days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
        # The database may know other zones than this machine, so it is told where each day begins.
        starts = [start_of(day, zone) for day in days]
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            rows = await connection.fetch(sql.ACTIVITY, owner, starts[:-1], starts[1:])
        return {days[row["number"] - 1]: row["changes"] for row in rows if row["changes"]}

    def _reading(self, owner: OwnerId) -> AbstractAsyncContextManager[Connection]:
        return self._database.transaction(Role.APP, owner, readonly=True, isolation="repeatable_read")


async def _as_of(connection: Connection, owner: OwnerId, group: GroupId, moment: datetime) -> BitMap:
    reaches_back_to = await connection.fetchval(sql.REACHES_BACK_TO)
    if reaches_back_to is not None and moment < reaches_back_to:
        kept_from = reaches_back_to.astimezone(UTC)
        raise BeforeTheTrail(f"The history goes back to {kept_from.day} {kept_from:%B %Y, %H:%M} UTC.")
    return sent(await connection.fetchval(sql.AS_OF, owner, group, moment, NOTES, ADDING) or b"")
