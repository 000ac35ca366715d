"""A list as it was at a moment, what differs between two, and how busy each day was."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from pyroaring import BitMap

from sertantai.audit import sql
from sertantai.audit.days import start_of
from sertantai.audit.snapshots import Snapshots
from sertantai.core.audit_words import ADDING, NOTES, REMOVING
from sertantai.core.bitmaps import numbers, sent
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.operations import Annotation
from sertantai.core.told import Told
from sertantai.postgres import Connection

ACTIVITY_DAYS_MAX: Final = 400


class BeforeTheTrail(NotFound):
    """The trail of that time has been dropped, as the retention setting asks."""

    code = "before_the_trail"


class Moments:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def as_of(self, owner: OwnerId, group: GroupId, *moments: datetime) -> Told[list[BitMap]]:
        """The records that were selected at each moment; a change at that very moment counts.

        Raises `BeforeTheTrail`.
        """

        async def read(connection: Connection) -> list[BitMap]:
            return [await _as_of(connection, owner, group, moment) for moment in moments]

        return await self._snapshots.read(owner, read)

    async def notes_left_with(
        self, owner: OwnerId, group: GroupId, moment: datetime, records: BitMap
    ) -> Told[dict[int, Annotation]]:
        """The notes, tags and places that ``records`` had when they left the list after ``moment``."""

        async def read(connection: Connection) -> dict[int, Annotation]:
            rows = await connection.fetch(sql.LEFT_WITH, owner, group, moment, numbers(records), REMOVING)
            return {row["record_no"]: row["dropped"] for row in rows}

        return await self._snapshots.read(owner, read)

    async def activity(
        self, owner: OwnerId, first: date, last: date, zone: tzinfo = UTC
    ) -> Told[dict[date, int]]:
        """How many changes on each day of ``zone`` from ``first`` to ``last``; days without any left out.
        As it is known now."""
        if not first <= last <= first + timedelta(days=ACTIVITY_DAYS_MAX):
            raise InvalidInput(f"to: at most {ACTIVITY_DAYS_MAX} days after from.", field="to")
        days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
        # The database may know other zones than this machine, so it is told where each day begins.
        starts = [start_of(day, zone) for day in days]

        async def read(connection: Connection) -> dict[date, int]:
            rows = await connection.fetch(sql.ACTIVITY, owner, starts[:-1], starts[1:])
            return {days[row["number"] - 1]: row["changes"] for row in rows if row["changes"]}

        return await self._snapshots.read(owner, read, waits=False)


async def _as_of(connection: Connection, owner: OwnerId, group: GroupId, moment: datetime) -> BitMap:
    reaches_back_to = await connection.fetchval(sql.REACHES_BACK_TO)
    if reaches_back_to is not None and moment < reaches_back_to:
        kept_from = reaches_back_to.astimezone(UTC)
        raise BeforeTheTrail(f"The history goes back to {kept_from.day} {kept_from:%B %Y, %H:%M} UTC.")
    return sent(await connection.fetchval(sql.AS_OF, owner, group, moment, NOTES, ADDING) or b"")
