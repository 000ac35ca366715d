"""For how long an organization has its trail kept: the period in force, and one that waits to be. Pure.

A shorter period waits, so that whoever would lose something hears of it in time; a longer one does not, and
whatever waited is called off by it. Periods are whole months beside the current one.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from sertantai.core.ids import UserId

AS_THE_SITE: Final = 0
"""No period of its own: what the site keeps."""
RETENTION_MONTHS_MIN: Final = 12
"""Laws are gone through once a year: what was decided at the last time is there at the next."""
RETENTION_MONTHS_MAX: Final = 1_200
SHORTER_AFTER: Final = timedelta(days=14)


class Period(msgspec.Struct, frozen=True, array_like=True):
    """``asked_at`` and ``by``: when it was asked for, and who did."""

    months: int
    in_force_from: datetime
    asked_at: datetime
    by: UserId


class Retention(msgspec.Struct, frozen=True, array_like=True):
    """``next``: what is to be in force from then on, unless it is called off."""

    now: Period
    next: Period | None = None

    def at(self, moment: datetime) -> "Retention":
        """As it stands at a moment: what waited long enough is in force."""
        if self.next is None or self.next.in_force_from > moment:
            return self
        return Retention(self.next)


def asked(
    retention: Retention | None, months: int, site_months: int, at: datetime, by: UserId
) -> Retention | None:
    """What it is once ``months`` are asked for. ``site_months``: what the site keeps, 0 for ever, which is
    what `AS_THE_SITE` means. The very same where nothing changes."""
    started = Retention(Period(AS_THE_SITE, at, at, by)) if retention is None else retention.at(at)
    if started.next is not None and started.next.months == months:
        return retention
    if started.now.months == months:
        return retention if started.next is None else Retention(started.now)
    if _length(months, site_months) < _length(started.now.months, site_months):
        return Retention(started.now, Period(months, at + SHORTER_AFTER, at, by))
    return Retention(Period(months, at, at, by))


def months_at(retention: Retention | None, moment: datetime) -> int:
    """The period in force at a moment, `AS_THE_SITE` where there is none."""
    return AS_THE_SITE if retention is None else retention.at(moment).now.months


def _length(months: int, site_months: int) -> float:
    return months or site_months or float("inf")
