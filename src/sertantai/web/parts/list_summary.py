"""A list in a line: what overviews, switchers and choosers show of it."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final, Literal

import msgspec

from sertantai.core.ids import GroupId
from sertantai.core.state import GroupState
from sertantai.http.turns import sliced
from sertantai.lists.access import Lists
from sertantai.lists.groups import display_name, listed
from sertantai.web.parts.counted import Counted
from sertantai.web.parts.shared_lists import name_in

COLOURS: Final = ("teal", "blue", "purple", "pink", "red", "orange", "yellow", "grey")
"""Each has a class in the style sheet; any other colour a list may carry is shown as grey."""
SHOWN_MAX: Final = 200
"""Laws of a part that pages beside a list show; the rest is counted."""
Smart = Literal["live", "frozen"]
BESIDE_MAX: Final = 200
"""Lists that a page names beside what it is about; the page of all lists has the others."""
_noted_known: Final = Counted[int]()


class ListSummary(msgspec.Struct, frozen=True):
    """``smart`` says whether the list keeps a filter, and whether it follows it."""

    id: GroupId
    name: str
    description: str
    count: int
    version: int
    updated_at: datetime
    is_default: bool
    colour: str
    archived: bool
    smart: Smart | None
    notes: int

    @property
    def path(self) -> str:
        return f"/groups/{self.id}"


def summary(group: GroupState) -> ListSummary:
    return ListSummary(
        id=group.id,
        name=display_name(group),
        description=group.description or "",
        count=group.count,
        version=group.version,
        updated_at=group.updated_at,
        is_default=group.is_default,
        colour=colour_of(group),
        archived=bool(group.metadata.get("archived_at")),
        smart=smart_kind(group),
        notes=_noted(group),
    )


def _noted(group: GroupState) -> int:
    """How many have a note: every page names all lists."""
    known = _noted_known.of(group)
    if known is not None:
        return known
    return _noted_known.keep(group, sum("note" in one for one in group.annotations.values()))


def summaries(groups: Iterable[GroupState]) -> list[ListSummary]:
    return [summary(group) for group in groups]


def summary_in(lists: Lists, group: GroupState) -> ListSummary:
    """Of one of these lists, which may be an organization's."""
    found = summary(group)
    return found if lists.access is None else msgspec.structs.replace(found, name=name_in(lists, group))


async def summaries_in(lists: Lists) -> list[ListSummary]:
    """Of all of an owner's lists that whoever asks may read, in their order."""
    return [summary_in(lists, group) async for group in sliced(listed(lists.state)) if lists.may_read(group)]


def beside(lists: Lists, current: GroupState) -> list[GroupState]:
    """The lists that a page of one of them names, without archived ones: as many as fit, in their order, and
    that one itself."""
    named = (
        one
        for one in listed(lists.state)
        if one.id == current.id or (not one.metadata.get("archived_at") and lists.may_read(one))
    )
    first = list(islice(named, BESIDE_MAX))
    is_among = any(one.id == current.id for one in first)
    return first if is_among else [*first, current]


def summaries_beside(lists: Lists, current: GroupState) -> list[ListSummary]:
    return [summary_in(lists, group) for group in beside(lists, current)]


def smart_kind(group: GroupState) -> Smart | None:
    if not group.metadata.get("filter"):
        return None
    return "frozen" if group.metadata.get("frozen") else "live"


def colour_of(group: GroupState) -> str:
    """Of its dot, the same on every page."""
    colour = group.metadata.get("colour")
    if colour in COLOURS:
        return str(colour)
    return "teal" if group.is_default else "grey"
