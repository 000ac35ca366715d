"""What may be asked of a policy, and why something else may not. Pure."""

from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core import audit_words
from sertantai.core.errors import InvalidInput
from sertantai.core.lasting.policies import OF_SINGLE_POLICIES, SETTING_OF, Class, Kept
from sertantai.core.lasting.retention import RETENTION_MONTHS_MAX, RETENTION_MONTHS_MIN
from sertantai.core.storable import require_storable

REASON_BYTES_MAX: Final = 2_000


class SinglePolicy(msgspec.Struct, frozen=True):
    """What is asked of an organization, an action, or an action of an organization."""

    about: Class
    organization: UUID | None
    action: str | None
    kept: Kept
    reason: str


def single_policy(
    about: str,
    organization: UUID | None,
    action: str | None,
    months: Any,
    *,
    for_ever: bool = False,
    reason: str,
) -> SinglePolicy:
    """Raises `InvalidInput`, which says what may be said instead."""
    if about not in list(Class):
        raise InvalidInput(f"class: {about[:40]!r} is none of {', '.join(Class)}.", field="class")
    found = Class(about)
    if found not in OF_SINGLE_POLICIES or (organization is None and action is None):
        raise InvalidInput(
            f"class: for how long {found} are kept everywhere is the setting {SETTING_OF[found]}.",
            field="class",
        )
    if found is Class.ORIGINS and action is not None:
        raise InvalidInput("action: from where is kept of all actions alike.", field="action")
    if found is Class.DEEDS and action is None:
        raise InvalidInput(
            "class: for how long an organisation's deeds are kept is a setting of that organisation.",
            field="class",
        )
    if action is not None and action not in audit_words.ALL:
        raise InvalidInput(
            f"action: {action[:40]!r} is no action of the trail: {', '.join(audit_words.ALL)}.",
            field="action",
        )
    least = RETENTION_MONTHS_MIN if found is Class.DEEDS and organization is not None else 1
    return SinglePolicy(found, organization, action, _kept(months, for_ever, least), reason_of(reason))


def _kept(months: Any, for_ever: bool, least: int) -> Kept:
    if for_ever:
        if months is not None:
            raise InvalidInput("months: either so many, or for ever.", field="months")
        return Kept()
    if type(months) is int and months == 0:
        raise InvalidInput("months: 0 keeps nothing. To keep it for ever, say so (for_ever).", field="months")
    if type(months) is not int or not least <= months <= RETENTION_MONTHS_MAX:
        raise InvalidInput(f"months: {least} to {RETENTION_MONTHS_MAX:,} whole months.", field="months")
    return Kept(months=months)


def reason_of(text: str) -> str:
    """Raises `InvalidInput` for none, and for too much of it."""
    if not text.strip():
        raise InvalidInput("reason: say why, for anyone who asks in years to come.", field="reason")
    require_storable(text, "reason", bytes_max=REASON_BYTES_MAX)
    return text.strip()
