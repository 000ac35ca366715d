"""An erasure as it stands, and the sentences in which one is refused. Pure."""

from collections.abc import Iterable
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

_WHY_NOT: Final = {
    "held": "A legal hold covers what {who} did, and what is held is kept (Art. 17(3) GDPR). "
    "Release it first: sertantai retention holds.",
    "last_owner": "{who} is the last owner of the organisation {about}. Make somebody else an owner first, "
    "or end the organisation.",
    "member": "{who} is a member of the organisation {about}. End that first, and say who gets what they "
    "leave: sertantai organizations remove {about} ADDRESS.",
    "last_administrator": "{who} is the last administrator. Make another one first: sertantai users "
    "create ADDRESS --role admin.",
    "rejected": "Changes of {who} wait for a decision. Retry or drop them first: sertantai sync rejections "
    "list.",
}


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


class Plan(msgspec.Struct, frozen=True):
    """What would go of somebody, and what stands in the way."""

    person: UUID
    went: dict[str, int]
    refusals: list[str]


class ErasureRefused(Conflict):
    code = "erasure_refused"


def refusals(who: str, found: Iterable[tuple[str, str]]) -> list[str]:
    return [_WHY_NOT[what].format(who=who, about=about) for what, about in found]


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
