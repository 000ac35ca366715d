"""The caller's lists as pages show them: which one is ticked into, and the others to choose from."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import GroupId
from sertantai.core.rights import Right
from sertantai.core.state import GroupState, OwnerState
from sertantai.lists.access import Lists
from sertantai.lists.exceptions import is_live
from sertantai.lists.groups import display_name, listed
from sertantai.web.parts.shared_lists import (
    EVERYTHING,
    SHARED_SELECTION,
    May,
    SharedList,
    SharedLists,
    may_of,
    may_only_suggest,
    name_in,
    shared,
    to_tick_into,
)
from sertantai.web.requests import allowed, asked, lists_of
from sertantai.web.services import AnyRequest, services

LIST_COOKIE: Final = "sertantai_list"
"""The list that was ticked into last, in this browser."""
LIST_HEADER: Final = "sertantai-list"
"""The list that an open page shows, stated by its script: the cookie may be another tab's by now."""


class MyLists(msgspec.Struct, frozen=True):
    """``current`` None: nobody is signed in, or the lists cannot be read now (``unavailable``).

    ``not_theirs``: the address names a list that is none of the caller's; the usual one is shown instead.
    ``of``: the lists among which the current one is; ``shared``: those of organizations to choose from.
    """

    lists: list[GroupState] = []
    current: GroupState | None = None
    unavailable: bool = False
    not_theirs: bool = False
    of: Lists | None = None
    shared: list[SharedLists] = []
    viewed: bool = False
    """Looked at as somebody else: all of them are those of one organization that may be seen."""

    @property
    def ticked(self) -> BitMap:
        return self.current.records if self.current else EMPTY

    @property
    def may(self) -> May:
        """What may be done with the current list."""
        return may_of(self.of, self.current) if self.of and self.current else EVERYTHING

    @property
    def suggests(self) -> bool:
        """Whether changes of the current list can be suggested, and not made."""
        return bool(self.of and self.current and may_only_suggest(self.of, self.current))

    @property
    def whose(self) -> SharedList | None:
        """Of the current list, where it is an organization's."""
        return shared(self.of, self.current) if self.of and self.current else None

    @property
    def name(self) -> str:
        """Of the current list."""
        return name_in(self.of, self.current) if self.current else ""

    def name_of(self, group: GroupState) -> str:
        """Of any of those to choose from."""
        if self.current is group:
            return self.name
        if self.viewed:
            return name_in(self.of, group)
        is_mine = any(one is group for one in self.lists)
        return display_name(group) if is_mine or group.name != "default" else SHARED_SELECTION


def sizes_of(mine: MyLists) -> dict[str, int]:
    """How many laws are in each of the lists, by its id."""
    shared_lists = (one for organization in mine.shared for one in organization.lists)
    return {str(one.id): one.count for one in (*mine.lists, *shared_lists)}


async def my_lists(
    request: AnyRequest,
    wanted: str | None,
    right: Right = Right.TICK,
    *,
    only_own: bool = False,
    to_suggest: bool = False,
) -> MyLists:
    """The lists of whoever asks, with the one that the address, else the page, else the browser names: their
    own, or one of an organization with which they may do what ``right`` says. ``to_suggest``: what the
    address names may also be one that they can only suggest changes to."""
    if request.scope.get("user") is None:
        return MyLists()
    if asked(request).viewing is not None:
        return await _viewed(request, wanted)
    try:
        lists = await lists_of(request)
    except DatabaseUnavailable:
        return MyLists(unavailable=True)
    shown_there, remembered = request.headers.get(LIST_HEADER), request.cookies.get(LIST_COOKIE)
    chosen = chosen_list(lists.state, wanted, shown=shown_there, remembered=remembered)
    chosen = msgspec.structs.replace(chosen, of=lists)
    if only_own:
        return chosen
    reference = wanted or shown_there or remembered
    return await _with_shared(request, chosen, reference, right, to_suggest=to_suggest and bool(wanted))


async def _viewed(request: AnyRequest, wanted: str | None) -> MyLists:
    """Those of the organization whose lists are looked at as somebody else sees them. Raises `GroupNotFound`
    for one that is not among them."""
    for lists in await services(request).access.organizations_of(asked(request)):
        readable = [group for group in listed(lists.state) if lists.may_read(group)]
        current = (await allowed(request, wanted, Right.READ)).group if wanted else None
        return MyLists(readable, current, of=lists, viewed=True)
    return MyLists()


async def _with_shared(
    request: AnyRequest, own: MyLists, reference: str | None, right: Right, *, to_suggest: bool
) -> MyLists:
    """What is not among one's own lists may be an organization's."""
    try:
        organizations = await services(request).access.organizations_of(asked(request))
    except DatabaseUnavailable:
        return own
    if not organizations:
        return own
    chosen = own
    if _find(own.lists, reference) is None:
        for lists in organizations:
            found = _find(lists.state.groups.values(), reference)
            if found is None or found.deleted:
                continue
            if {right, Right.READ} <= lists.rights(found) or (to_suggest and may_only_suggest(lists, found)):
                chosen = msgspec.structs.replace(own, current=found, of=lists, not_theirs=False)
                break
    return msgspec.structs.replace(chosen, shared=to_tick_into(organizations, chosen.current))


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


def _find(lists: Iterable[GroupState], reference: str | None) -> GroupState | None:
    try:
        wanted = GroupId(UUID(reference or ""))
    except ValueError:
        return None
    return next((one for one in lists if one.id == wanted), None)
