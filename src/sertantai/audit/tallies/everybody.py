"""How much was done in the whole installation: each day, and of each kind in each month. No names."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from sertantai.audit.tallies import sql
from sertantai.core.audit_words import ADDING, NOTES, REMOVING
from sertantai.core.ids import UserId
from sertantai.postgres import Connection, Database, Role

MONTHS_SHOWN: Final = 13


class Month(msgspec.Struct, frozen=True):
    """``first``: its first day (UTC), ``last`` the last on which anything was done. ``other``: done to lists,
    members, rights and settings. ``owners``: in whose lists."""

    first: date
    last: date
    ticked: int
    unticked: int
    noted: int
    other: int
    owners: int

    @property
    def total(self) -> int:
        return self.ticked + self.unticked + self.noted + self.other


class Activity(msgspec.Struct, frozen=True):
    days: dict[date, int]
    months: list[Month]


async def activity_of_everybody(database: Database, who: UserId, first: date, last: date) -> Activity:
    """Of the days from ``first`` to ``last`` (UTC), months newest first; it takes the connections of ``who``.
    Raises `DatabaseUnavailable`."""
    async with database.transaction(Role.AUDITOR, who, readonly=True) as connection:
        days = await connection.fetch(sql.DAYS, first, last)
        months = await _months(connection, first, last)
    return Activity({row["day"]: row["n"] for row in days}, months)


async def _months(connection: Connection, first: date, last: date) -> list[Month]:
    words: Sequence[list[str]] = (list(ADDING), list(REMOVING), list(NOTES))
    rows = await connection.fetch(sql.MONTHS, first, last, *words, MONTHS_SHOWN)
    return [Month(**dict(row)) for row in rows]
