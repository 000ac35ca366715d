"""Refusals of this room, in the caller's terms."""

from sertantai.core.errors import Conflict, NotFound


class GroupNotFound(NotFound):
    code = "group_not_found"


class NothingToUndo(Conflict):
    code = "nothing_to_undo"


class CountChanged(Conflict):
    """More or fewer records match than the caller was shown; nothing was changed."""

    code = "count_changed"
