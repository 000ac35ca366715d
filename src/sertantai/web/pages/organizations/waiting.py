"""What waits in an organization for whoever looks: suggestions to decide, their own, and invitations."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sertantai.audit.operations import TimelineEntry
from sertantai.core.audit_words import DECIDE, SUGGEST
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import GroupId
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.lists.access import Lists
from sertantai.lists.groups import listed
from sertantai.lists.together.suggestions import name_of
from sertantai.postgres.errors import DatabaseBusy
from sertantai.web.pages.organizations.inviting import pending_of
from sertantai.web.parts.shared_lists import name_in
from sertantai.web.services import AnyRequest, services

LOOKED_BACK: Final = timedelta(days=30)
ENTRIES_MAX: Final = 100
"""Of the trail that are looked through for what became of one's own suggestions."""
DECIDED_SHOWN: Final = 5
LISTS: Final = "lists"
"""The kind of entries that suggestions are among (`KINDS` of the timeline)."""


class InList(NamedTuple):
    """So many suggestions wait in a list."""

    name: str
    path: str
    suggestions: int


class Decided(NamedTuple):
    """What became of one's own suggestion; ``word`` is what was said back."""

    name: str
    path: str
    is_accepted: bool
    laws: int
    by: str
    word: str
    at: datetime


class Waiting(NamedTuple):
    """``to_decide`` by whoever looks, ``mine`` by others; ``invitations`` that nobody has accepted yet."""

    to_decide: list[InList]
    mine: list[InList]
    decided: list[Decided]
    invitations: int

    def __bool__(self) -> bool:
        return bool(self.to_decide or self.mine or self.decided or self.invitations)


async def waiting_in(request: AnyRequest, lists: Lists) -> Waiting:
    """Without what only the database knows, while it is not available."""
    groups = [group for group in listed(lists.state) if group.suggestions and lists.may_read(group)]
    to_decide = [_in_list(lists, group, len(_to_decide(lists, group))) for group in groups]
    mine = [_in_list(lists, group, len(_mine(lists, group))) for group in groups]
    pending = await pending_of(request, lists.standing())
    return Waiting(
        [one for one in to_decide if one.suggestions],
        [one for one in mine if one.suggestions],
        await _decided(request, lists),
        len(pending or ()),
    )


def _to_decide(lists: Lists, group: GroupState) -> list[Any]:
    if not group.suggestions or Right.APPROVE not in lists.rights(group):
        return []
    return [one for one in group.suggestions.values() if not (group.four_eyes and one.by == lists.actor)]


def _mine(lists: Lists, group: GroupState) -> list[Any]:
    return [one for one in group.suggestions.values() if one.by == lists.actor]


def _in_list(lists: Lists, group: GroupState, count: int) -> InList:
    return InList(name_in(lists, group), f"/groups/{group.id}/suggestions", count)


async def _decided(request: AnyRequest, lists: Lists) -> list[Decided]:
    """The newest first, of the last 30 days."""
    timeline, since = services(request).timeline, services(request).clock.now() - LOOKED_BACK
    asked: dict[str, Any] = {"kind": LISTS, "since": since, "with_said": True}
    try:
        made, _ = (await timeline.page(lists.owner, None, ENTRIES_MAX, actor=lists.actor, **asked)).answer
        mine = {str(one.operation_id) for one in made if one.action == SUGGEST}
        if not mine:
            return []
        done, _ = (await timeline.page(lists.owner, None, ENTRIES_MAX, **asked)).answer
    except (DatabaseUnavailable, DatabaseBusy):
        return []
    decided = [one for one in done if one.action == DECIDE and one.said.get("suggestion") in mine]
    shown = [_shown(lists, one) for one in decided if one.actor != lists.actor]
    return [one for one in shown if one is not None][:DECIDED_SHOWN]


def _shown(lists: Lists, entry: TimelineEntry) -> Decided | None:
    """None: of a list that is gone, or may not be read any more."""
    group = lists.state.groups.get(GroupId(entry.group.id)) if entry.group else None
    if group is None or group.deleted or not lists.may_read(group):
        return None
    return Decided(
        name_in(lists, group),
        f"/groups/{group.id}",
        bool(entry.said.get("accepted")),
        int(entry.said.get("laws", 0)),
        "" if entry.actor is None else name_of(lists, entry.actor),
        str(entry.said.get("word") or ""),
        entry.at,
    )
