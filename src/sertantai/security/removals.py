"""Which change of a list is a mass removal. Pure."""

from typing import Final

from msgspec import Struct

from sertantai.core.fold import Change
from sertantai.core.operations import undone_by

SMALL_LIST: Final = 20
"""Half of a list with fewer records is nothing unusual."""


class MassRemoval(Struct, frozen=True):
    removed: int
    before: int


def mass_removal(change: Change, left: int, records_min: int, fraction_min: float) -> MassRemoval | None:
    """What was removed, if it was ``records_min`` records or more than ``fraction_min`` of the list, in which
    ``left`` are now."""
    removed = len(change.removed)
    if not removed or _nobody_did(change) or _is_undo(change):
        return None
    before = left - len(change.added) + removed
    large_part = before >= SMALL_LIST and removed > before * fraction_min
    return MassRemoval(removed, before) if removed >= records_min or large_part else None


def _is_undo(change: Change) -> bool:
    """Somebody takes back what they did; that it was done is in the trail, and so is this."""
    return undone_by(change.operation) is not None


def _nobody_did(change: Change) -> bool:
    """A live list has followed the register; the register's own changes are watched elsewhere."""
    by = change.operation.origin
    return by.source == "filter" and by.session is None and by.ip is None
