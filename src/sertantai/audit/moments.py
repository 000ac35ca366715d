"""A list as it was at a moment, what differs between two, and how busy each day was."""

from bisect import bisect_right
from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from pyroaring import BitMap

from sertantai.audit import sql
from sertantai.audit.days import start_of, stretches_of
from sertantai.audit.lineage import MOVED, Former, came_without_history, formers_of, looking_back, whose_then
from sertantai.audit.snapshots import Snapshots
from sertantai.core.audit_words import ADDING, NOTES, REMOVING
from sertantai.core.bitmaps import sent
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import GroupId, OwnerId, Position
from sertantai.core.operations import Annotation
from sertantai.core.told import Told
from sertantai.postgres import Connection
from sertantai.postgres.arrays import records_as_text

ACTIVITY_DAYS_MAX: Final = 400


class BeforeTheTrail(NotFound):
    """The trail of that time has been dropped, as the retention setting asks."""

    code = "before_the_trail"


class Moments:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def as_of(self, owner: OwnerId, group: GroupId, *moments: datetime) -> Told[list[BitMap]]:
        """The records that were selected at each moment, whoever's the list was; a change at that very moment
        counts.

        Raises `BeforeTheTrail`, also for what was done before the list was handed over without its history.
        """

        async def read(connection: Connection) -> list[BitMap]:
            return [await held_at(connection, owner, group, moment) for moment in moments]

        return await self._snapshots.read(owner, read)

    async def notes_left_with(
        self, owner: OwnerId, group: GroupId, moment: datetime, records: BitMap
    ) -> Told[dict[int, tuple[OwnerId, Annotation]]]:
        """The notes, tags and places that ``records`` had when they left the list after ``moment``; and whose
        list it was then."""
        wanted = await records_as_text(records)

        async def read(connection: Connection) -> dict[int, tuple[OwnerId, Annotation]]:
            asked = (group, moment, wanted, REMOVING, MOVED)
            left = [(owner, await connection.fetch(sql.LEFT_WITH, owner, *asked))]
            for former in await formers_of(connection, owner, group):
                async with looking_back(connection, owner, former):
                    left.append((former.owner, await connection.fetch(sql.LEFT_WITH, former.owner, *asked)))
            first: dict[int, tuple[Position, OwnerId, Annotation | None]] = {}
            for whose, rows in left:
                for row in rows:
                    known = first.get(row["record_no"])
                    if known is None or row["position"] < known[0]:
                        first[row["record_no"]] = (row["position"], whose, row["dropped"])
            return {number: (whose, dropped) for number, (_, whose, dropped) in first.items() if dropped}

        return await self._snapshots.read(owner, read)

    async def begins(self, owner: OwnerId, group: GroupId) -> Told[datetime | None]:
        """When a list came from another owner without its history, the last time; None: it never did."""

        async def read(connection: Connection) -> datetime | None:
            return await came_without_history(connection, group)

        return await self._snapshots.read(owner, read, waits=False)

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
        stretches = stretches_of(starts)

        async def read(connection: Connection) -> dict[date, int]:
            found: Counter[date] = Counter()
            for stretch in stretches:
                for row in await connection.fetch(sql.ACTIVITY, owner, *stretch):
                    # Of a day of 25 hours there are two.
                    found[days[bisect_right(starts, row["day"]) - 1]] += row["changes"]
            return {day: changes for day, changes in found.items() if changes}

        return await self._snapshots.read(owner, read, waits=False)


async def held_at(connection: Connection, owner: OwnerId, group: GroupId, moment: datetime) -> BitMap:
    """The records that a list held at a moment. Raises as `Moments.as_of`."""
    whose = await whose_then(connection, owner, group, moment)
    if whose is None:
        at = await came_without_history(connection, group)
        since = "" if at is None else f" on {in_words(at)}"
        raise BeforeTheTrail(
            f"This list was handed over without its earlier history{since}. It goes back to then."
        )
    if not isinstance(whose, Former):
        return await _held(connection, owner, group, moment)
    async with looking_back(connection, owner, whose):
        return await _held(connection, whose.owner, group, moment)


async def _held(connection: Connection, owner: OwnerId, group: GroupId, moment: datetime) -> BitMap:
    """As far as the trail of whoever had it then reaches back."""
    reaches_back_to = await connection.fetchval(sql.REACHES_BACK_TO, owner)
    if reaches_back_to is not None and moment < reaches_back_to:
        raise BeforeTheTrail(f"The history goes back to {in_words(reaches_back_to)}.")
    return sent(await connection.fetchval(sql.AS_OF, owner, group, moment, NOTES, ADDING) or b"")


def in_words(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
