"""For how long what is kept: the classes, and how a period is put in words. Pure.

The period of a class for the whole installation is a setting; an organization's for its deeds is in its own
log. What else there is, of an organization's origins or of single actions, is a policy that an administrator
sets.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec


class Class(StrEnum):
    """What is kept for one time."""

    DEEDS = "deeds"
    """The trail of lists."""
    ORIGINS = "origins"
    """From where, in the trail: session, address, browser."""
    GUEST_DEEDS = "guest_deeds"
    SECURITY_EVENTS = "security_events"
    REJECTIONS = "rejections"
    """What PostgreSQL refused, once somebody has dealt with it."""
    ACCESS = "access"
    """Who looked at what, exported it, or made a report of it, in the sealed log."""


OF_SINGLE_POLICIES: Final = (Class.DEEDS, Class.ORIGINS)
"""Of which there may be one for an organization or an action."""
IN_DAYS: Final = (Class.SECURITY_EVENTS,)
SETTING_OF: Final = {
    Class.DEEDS: "audit_retention_months",
    Class.ORIGINS: "audit_origins_retention_months",
    Class.GUEST_DEEDS: "audit_guests_retention_months",
    Class.SECURITY_EVENTS: "security_events_retention_days",
    Class.REJECTIONS: "rejections_retention_months",
    Class.ACCESS: "access_retention_months",
}


class Kept(msgspec.Struct, frozen=True):
    """Months, or days; neither: for ever."""

    months: int | None = None
    days: int | None = None

    def __str__(self) -> str:
        if self.months is not None:
            return f"{self.months:,} months" if self.months != 1 else "1 month"
        return f"{self.days:,} days" if self.days is not None else "for ever"


def told_of(about: str, kept: Kept, action: str | None, since: datetime) -> dict[str, Any]:
    """What the sealed log is told of a policy that is in force ``since`` then."""
    return {
        "class": str(about),
        "from": since.isoformat(),
        "kept": "for ever" if kept.months is None else kept.months,
        **({} if kept.days is None else {"days": kept.days}),
        **({} if action is None else {"action": action}),
    }


def of_setting(about: Class, number: int) -> Kept:
    """0 of a setting: for ever, as its description says."""
    if not number:
        return Kept()
    return Kept(days=number) if about in IN_DAYS else Kept(months=number)
