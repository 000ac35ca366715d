"""Where several people work in a list, nobody takes away much of what they have not seen."""

from typing import Final

from pyroaring import BitMap

from sertantai.core.errors import PreconditionFailed, PreconditionRequired
from sertantai.core.state import GroupState
from sertantai.lists.access import Lists

UNSEEN_REMOVED_MAX: Final = 1_000
"""So many laws are unticked at once in an organization's list without saying which version was seen."""


def check_seen(
    found: Lists, target: GroupState, removed: BitMap, seen: int | None, *, is_all: bool = False
) -> None:
    """``seen``: the version that whoever asks has seen; ``is_all``: the list is cleared. The fold asks again.

    Raises `PreconditionFailed` where the list is a later one, `PreconditionRequired` where it must be said.
    """
    if seen is not None and target.version > seen:
        raise PreconditionFailed(f"The list is at version {target.version} now. Reload it.")
    many = removed.intersection_cardinality(target.records) > UNSEEN_REMOVED_MAX
    if seen is None and found.access is not None and (is_all or many):
        raise PreconditionRequired(
            "Others work in this list too: say which version of it you have seen "
            "(If-Unmodified-Since-Version)."
        )
