"""An erasure as it stands, and what is asked of one. Pure."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.email_keys import email_key
from sertantai.core.errors import Conflict, InvalidInput
from sertantai.core.storable import require_storable

DAYS_MAX: Final = 90
DAYS: Final = 14
"""To come back, where nobody says otherwise."""
REASON_BYTES_MAX: Final = 500


class Erasure(msgspec.Struct, frozen=True):
    """``person`` leads to nobody once it is done. ``went``: how many rows, by table and act."""

    id: UUID
    person: UUID
    asked_at: datetime
    asked_by: UUID | None
    reason: str
    due_at: datetime
    again: bool
    taken_back_at: datetime | None
    begun_at: datetime | None
    done_at: datetime | None
    went: dict[str, int]

    @property
    def state(self) -> str:
        if self.done_at is not None:
            return "done"
        if self.taken_back_at is not None:
            return "undone"
        return "waiting" if self.begun_at is None else "begun"

    @property
    def is_waiting(self) -> bool:
        """It may still be undone."""
        return self.state == "waiting"

    @property
    def is_own(self) -> bool:
        """They asked for it themselves."""
        return self.asked_by == self.person


class Obstacle(msgspec.Struct, frozen=True):
    """``what`` stands in the way, a word of `wording`; ``about``: which organization, by its slug."""

    what: str
    about: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What would go of somebody, by table and act, and what stands in the way."""

    person: UUID
    went: dict[str, int]
    in_the_way: list[Obstacle]


class ErasureRefused(Conflict):
    code = "erasure_refused"


def spellings(email: str | None) -> list[str]:
    """How rows may have an address: as it is written, and as addresses are compared."""
    if email is None:
        return []
    return sorted({email.lower(), (email_key(email) or email).lower()})


def require_reason(reason: str) -> str:
    said = reason.strip()
    if not 0 < len(said.encode(errors="replace")) <= REASON_BYTES_MAX:
        raise InvalidInput(f"reason: 1 to {REASON_BYTES_MAX} bytes.", field="reason")
    require_storable(said, "reason", bytes_max=2 * REASON_BYTES_MAX)
    return said


def require_days(days: int) -> int:
    if not 0 <= days <= DAYS_MAX:
        raise InvalidInput(f"days: 0 to {DAYS_MAX}.", field="days")
    return days
