"""The caller's lists as pages show them: which one is ticked into, and the others to choose from."""

from typing import Final
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import GroupId
from sertantai.core.state import GroupState, OwnerState
from sertantai.lists.access import Lists
from sertantai.lists.exceptions import is_live
from sertantai.lists.groups import listed
from sertantai.web.requests import lists_of
from sertantai.web.services import AnyRequest

LIST_COOKIE: Final = "sertantai_list"
"""The list that was ticked into last, in this browser."""
LIST_HEADER: Final = "sertantai-list"
"""The list that an open page shows, stated by its script: the cookie may be another tab's by now."""


class MyLists(msgspec.Struct, frozen=True):
    """``current`` None: nobody is signed in, or the lists cannot be read now (``unavailable``).

    ``not_theirs``: the address names a list that is none of the caller's; the usual one is shown instead.
    ``of``: all of the caller's lists.
    """

    lists: list[GroupState] = []
    current: GroupState | None = None
    unavailable: bool = False
    not_theirs: bool = False
    of: Lists | None = None

    @property
    def ticked(self) -> BitMap:
        return self.current.records if self.current else EMPTY


def sizes_of(mine: MyLists) -> dict[str, int]:
    """How many laws are in each of the lists, by its id."""
    return {str(one.id): one.count for one in mine.lists}


async def my_lists(request: AnyRequest, wanted: str | None) -> MyLists:
    """The lists of whoever asks, with the one that the address, else the page, else the browser names."""
    if request.scope.get("user") is None:
        return MyLists()
    try:
        lists = await lists_of(request)
    except DatabaseUnavailable:
        return MyLists(unavailable=True)
    shown, remembered = request.headers.get(LIST_HEADER), request.cookies.get(LIST_COOKIE)
    chosen = chosen_list(lists.state, wanted, shown=shown, remembered=remembered)
    return msgspec.structs.replace(chosen, of=lists)


def chosen_list(
    state: OwnerState, wanted: str | None, *, shown: str | None = None, remembered: str | None = None
) -> MyLists:
    """``wanted`` by the address, ``shown`` by the open page; each may be any text, or None."""
    lists = listed(state)
    usual = state.default_group()
    if wanted and wanted != "default":
        current = _find(lists, wanted)
        return MyLists(lists, current or usual, not_theirs=current is None)
    if shown and not wanted:
        return MyLists(lists, _find(lists, shown) or usual)
    # A list that follows its filter is ticked into only where somebody chose it.
    ordinary = [group for group in lists if not is_live(group)]
    return MyLists(lists, (None if wanted else _find(ordinary, remembered)) or usual)


def _find(lists: list[GroupState], reference: str | None) -> GroupState | None:
    try:
        wanted = GroupId(UUID(reference or ""))
    except ValueError:
        return None
    return next((one for one in lists if one.id == wanted), None)
