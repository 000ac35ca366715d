"""Why laws are removed: asked for where an organization wants to know, and kept wherever it is said."""

from typing import Final

from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.core.sharing.removal_reasons import REQUIRE, removal_reasons
from sertantai.core.spelling import lines
from sertantai.engine.errors import ReasonNeeded
from sertantai.lists.access import Allowed

REASON_CHARACTERS_MAX: Final = 500


def spelled_reason(reason: str | None) -> str | None:
    """As it is kept; None where nothing is said. Raises `InvalidInput`."""
    kept = lines(reason or "", "reason").strip()
    if len(kept) > REASON_CHARACTERS_MAX:
        raise InvalidInput(f"reason: at most {REASON_CHARACTERS_MAX} characters.", field="reason")
    return kept or None


def reason_for(found: Allowed, reason: str | None, removed: BitMap) -> str | None:
    """As it is kept, before anything is done. Raises `ReasonNeeded` where laws would go without one that has
    to be said; the fold asks again."""
    kept = spelled_reason(reason) if reason else None
    if kept is None and removed and removal_reasons(found.access) == REQUIRE and found.actor != found.owner:
        raise ReasonNeeded
    return kept
