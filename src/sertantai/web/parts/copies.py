"""Of which list a list is a copy, to whoever may read that one, too."""

from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId
from sertantai.core.state import COPIED_FROM, GroupState
from sertantai.lists.access import Allowed, Lists, Right
from sertantai.web.parts.shared_lists import name_in
from sertantai.web.requests import asked
from sertantai.web.services import AnyRequest, services


class CopyOf(NamedTuple):
    """``at``: the copy has what was in that list then."""

    name: str
    path: str
    at: datetime
    compare: str


async def copy_of(request: AnyRequest, shown: Allowed) -> CopyOf | None:
    """None: it is no copy, or of a list that is gone or that whoever looks may not know of."""
    source = shown.group.copied_from
    if source is None:
        return None
    with suppress(SertantaiError):
        found = await services(request).access.list_of(asked(request), source.list, Right.READ)
        id = found.group.id
        return CopyOf(
            name_in(found, found.group),
            f"/groups/{id}",
            shown.group.created_at,
            f"/groups/compare?of={id}&of={shown.group.id}",
        )
    return None


def in_words(lists: Lists, said: dict[str, Any]) -> str:
    """What follows that a list was created, where the trail says that it is a copy; empty where it is none.
    A list that whoever reads the trail may not know of, or that is another owner's, has no name here."""
    source = said.get(COPIED_FROM)
    if source is None:
        return ""
    group = _readable(lists, source["list"])
    name = "another list" if group is None else f"“{name_in(lists, group)}”"
    return f", copied from {name} as of version {source['version']:,}"


def known(lists: Lists, said: dict[str, Any]) -> dict[str, Any]:
    """The same for programs: without what they may not know."""
    source = said.get(COPIED_FROM)
    if source is None or lists.access is None or source["owner"] == str(lists.actor):
        return said
    if _readable(lists, source["list"]) is not None:
        return said
    return {**said, COPIED_FROM: {"version": source["version"]}}


def _readable(lists: Lists, id: str) -> GroupState | None:
    group = lists.state.groups.get(GroupId(UUID(id)))
    is_there = group is not None and not group.deleted and lists.may_read(group)
    return group if is_there else None
