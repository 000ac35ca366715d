"""How much was done in the whole installation: each day, and of each kind in each month. No names."""

from collections import Counter
from datetime import date

import msgspec

from sertantai.audit.tallies import sql
from sertantai.core.audit_words import ADDING, NOTES, REMOVING
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role


class Month(msgspec.Struct):
    """``first``: its first day (UTC), ``last`` the last on which anything was done. ``other``: done to lists,
    members, rights and settings."""

    first: date
    last: date
    ticked: int = 0
    unticked: int = 0
    noted: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        return self.ticked + self.unticked + self.noted + self.other

    def add(self, day: date, action: str, count: int) -> None:
        self.last = max(self.last, day)
        if action in ADDING:
            self.ticked += count
        elif action in REMOVING:
            self.unticked += count
        elif action in NOTES:
            self.noted += count
        else:
            self.other += count


class Activity(msgspec.Struct, frozen=True):
    """Months newest first."""

    days: dict[date, int]
    months: list[Month]


async def activity_of_everybody(database: Database, who: UserId, first: date, last: date) -> Activity:
    """Of the days from ``first`` to ``last`` (UTC); it takes the connections of ``who``. Raises
    `DatabaseUnavailable`."""
    async with database.transaction(Role.AUDITOR, who, readonly=True) as connection:
        rows = await connection.fetch(sql.DAYS, first, last)
    days: Counter[date] = Counter()
    months: dict[date, Month] = {}
    for row in rows:
        day, begins = row["day"], row["day"].replace(day=1)
        days[day] += row["n"]
        months.setdefault(begins, Month(begins, day)).add(day, row["action"], row["n"])
    return Activity(dict(days), [months[begins] for begins in sorted(months, reverse=True)])
