"""What would go at a moment, by which policy, and what a hold keeps: what then goes is this, to the row."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.postgres import Database, Role
from sertantai.retention import sql

YEARS_AHEAD_MAX: Final = 100


class Going(msgspec.Struct, frozen=True):
    """``act``: the month is dropped, or rewritten without these rows (or their origins), or the rows are
    deleted. ``by``: whose policy it is. ``held``: rows that would go but for a hold."""

    about: str
    act: str
    month: str | None
    organization_id: UUID | None
    organization: str | None
    by: str
    rows: int
    held: int
    bytes: int


class Plan(msgspec.Struct, frozen=True):
    on: datetime
    going: list[Going]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.going)

    @property
    def held(self) -> int:
        return sum(one.held for one in self.going)

    @property
    def can_no_longer_be_asked(self) -> list[str]:
        return lost(self.going)


async def plan_on(database: Database, on: datetime | None = None) -> Plan:
    """Of what there is now; ``on`` None: what goes in the next night. Holds are those of now, and policies
    those that will count then."""
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        moment = on or await connection.fetchval(sql.SETTLED_NOW)
        rows = await connection.fetch(sql.PLAN, moment)
    return Plan(moment, await asyncio.to_thread(_going, rows))


def _going(rows: Sequence[Any]) -> list[Going]:
    """A line a month and organization: there may be many."""
    return [
        Going(
            row["class"],
            row["act"],
            row["month"],
            row["organization_id"],
            row["organization"],
            row["by"],
            row["rows"],
            row["held"],
            row["bytes"],
        )
        for row in rows
    ]


def lost(going: list[Going]) -> list[str]:
    """In sentences, what nobody can ask any more once it is gone."""
    said = []
    deeds = sorted({one.month for one in going if one.about == "deeds" and one.rows and one.month})
    if deeds:
        until = _after(deeds[-1])
        said.append(
            f"How lists were before {until}, of those whose rows go; and who changed what in them then."
        )
        said.append("To undo what was done then.")
        said.append(
            "The words of notes from then: that something was sealed is still proved, not what it said."
        )
    origins = sorted({one.month for one in going if one.about == "origins" and one.rows and one.month})
    if origins:
        said.append(f"From which address, browser and session things were done before {_after(origins[-1])}.")
    if any(one.about == "security_events" and one.rows for one in going):
        said.append("Who signed in, and what was refused, longer ago than security events are kept.")
    if any(one.about == "access" and one.rows for one in going):
        said.append("Who looked at what of others, or took it along, longer ago than that is kept.")
    return said


def parse_day(text: str, now: datetime, name: str = "on") -> datetime:
    """A day such as 2027-03-01, at its beginning in UTC. Raises `InvalidInput`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{name}: a day such as 2027-03-01.", field=name) from None
    if not now.date() <= day < date(now.year + YEARS_AHEAD_MAX, 1, 1):
        raise InvalidInput(f"{name}: today or a later day.", field=name)
    return max(now, datetime.combine(day, time(), UTC))


def _after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    then = date(year + number // 12, number % 12 + 1, 1)
    return f"{then.day} {then:%B %Y}"
