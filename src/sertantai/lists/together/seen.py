"""Where several people work in a list, nobody takes away much of what they have not seen."""

from typing import Final

from pyroaring import BitMap

from sertantai.core.errors import PreconditionFailed, PreconditionRequired
from sertantai.core.state import GroupState
from sertantai.lists.access import Lists

UNSEEN_REMOVED_MAX: Final = 1_000
"""So many laws are unticked at once in an organization's list without saying which version was seen."""


def check_seen(found: Lists, target: GroupState, removed: BitMap, *, is_all: bool = False) -> None:
    """``is_all``: the list is cleared. Raises `PreconditionFailed` where it is a later one than was seen,
    `PreconditionRequired` where that must be said. Of what removes whole sets the fold asks again."""
    if found.seen is not None and target.version > found.seen:
        raise PreconditionFailed(f"The list is at version {target.version} now. Reload it.")
    if found.seen is not None or found.access is None or found.actor == found.owner:
        return
    if is_all or removed.intersection_cardinality(target.records) > UNSEEN_REMOVED_MAX:
        raise PreconditionRequired(
            "Others work in this list too: say which version of it you have seen "
            "(If-Unmodified-Since-Version)."
        )
