"""What was done, a line each, day by day: who did it, what, where, and from where as far as one may know."""

from datetime import date, tzinfo
from typing import Final, NamedTuple

import msgspec

from sertantai.accounts.sessions.devices import describe_device
from sertantai.audit.operations import TimelineEntry
from sertantai.core.audit_words import EXPORT_LIST, GRANT, OF_LISTS, OF_ORGANIZATIONS
from sertantai.core.errors import NotFound
from sertantai.core.ids import GroupId, UserId
from sertantai.core.rights import Right, Role
from sertantai.core.sharing.ways_in import without_addresses
from sertantai.lists.access import Lists
from sertantai.lists.together.sharing import FORMER
from sertantai.web.parts.change_details import Edit, list_changes
from sertantai.web.parts.copies import in_words
from sertantai.web.parts.history_wording import icon_of, sentence
from sertantai.web.parts.list_rows import SOURCES
from sertantai.web.parts.organization_wording import ICONS, Words, looker
from sertantai.web.parts.shared_lists import name_in
from sertantai.web.services import AnyRequest, services

YOU: Final = "You"
ITSELF: Final = "the organisation itself"


class Law(NamedTuple):
    path: str
    title: str


class Line(NamedTuple):
    """``text`` follows ``who`` did it; ``group`` is None where the list is gone, or there was none. ``law``:
    where it was only one. ``how``: by what means, if not by hand."""

    entry: TimelineEntry
    icon: str
    who: str
    text: str
    edits: list[Edit]
    list_name: str
    group: GroupId | None
    where: str
    law: Law | None
    how: str

    @property
    def is_of_list(self) -> bool:
        """The list itself was changed, so its name follows at once."""
        return self.entry.action in OF_LISTS


async def lines_of(request: AnyRequest, lists: Lists, entries: list[TimelineEntry]) -> list[Line]:
    """Of an organization without what is of a list that whoever looks may not read by now, whatever
    PostgreSQL knows of it."""
    if lists.access is None:
        return [_own_line(request, lists, entry) for entry in entries]
    known = [_told(lists, entry) for entry in entries if _may_know(lists, entry)]
    words = Words(lists.access, {})
    spoken_of = {id for entry in known for id in words.spoken_of(entry.said)}
    actors = {entry.actor for entry in known if entry.actor is not None}
    names = await names_of(request, lists, spoken_of | actors)
    words = Words(lists.access, names)
    return [_line(request, lists, entry, words, names) for entry in known]


async def names_of(request: AnyRequest, lists: Lists, people: set[UserId]) -> dict[UserId, str]:
    """What each is called, or was when they left."""
    assert lists.access is not None
    members = lists.access.members
    names = {person: members[person].name for person in people if person in members}
    if (house := UserId(lists.owner)) in people:
        names[house] = ITSELF
    gone = sorted(people - names.keys(), key=str)
    former = await services(request).directory.former_names(lists.owner, gone) if gone else {}
    return {**former, **names}


def by_day(lines: list[Line], zone: tzinfo) -> list[tuple[date, list[Line]]]:
    days: list[tuple[date, list[Line]]] = []
    for line in lines:
        day = line.entry.at.astimezone(zone).date()
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(line)
    return days


def _may_know(lists: Lists, entry: TimelineEntry) -> bool:
    group = lists.state.groups.get(GroupId(entry.group.id)) if entry.group else None
    if group is not None:
        return lists.may_read(group)
    # Who acts as the organization itself is none of its members.
    return lists.actor == lists.owner or lists.standing().member.role.rank >= Role.ADMIN.rank


def _told(lists: Lists, entry: TimelineEntry) -> TimelineEntry:
    if Right.AUDIT_PERSONAL in lists.rights():
        return entry
    return msgspec.structs.replace(entry, said=without_addresses(entry.said))


def _line(
    request: AnyRequest, lists: Lists, entry: TimelineEntry, words: Words, names: dict[UserId, str]
) -> Line:
    text = words.of(entry.action, entry.said, entry.actor) or _plain(lists, entry)
    actor = _capital(names.get(entry.actor, FORMER) if entry.actor else FORMER)
    personal = Right.AUDIT_PERSONAL in lists.rights()
    return _made(request, lists, entry, looker(entry.said) or actor, text, personal=personal)


def _own_line(request: AnyRequest, lists: Lists, entry: TimelineEntry) -> Line:
    """In one's own lists somebody else acted only while the list was another's."""
    who = YOU if not entry.is_former and entry.actor in (None, UserId(lists.owner)) else _capital(FORMER)
    return _made(request, lists, entry, who, _plain(lists, entry), personal=True)


def _plain(lists: Lists, entry: TimelineEntry) -> str:
    text = sentence(entry) + in_words(lists, entry.said)
    return text[:1].lower() + text[1:]


def _made(
    request: AnyRequest, lists: Lists, entry: TimelineEntry, who: str, text: str, *, personal: bool
) -> Line:
    group = lists.state.groups.get(GroupId(entry.group.id)) if entry.group else None
    there = group is not None and not group.deleted
    device = describe_device(entry.user_agent) if entry.user_agent else ""
    parts = (device, entry.ip or "", f"session {entry.session}" if entry.session else "") if personal else ()
    return Line(
        entry=entry,
        icon=ICONS.get(entry.action) or icon_of(entry),
        who=who,
        text=text,
        edits=list_changes(entry.said) if entry.action in OF_LISTS else [],
        list_name=name_in(lists, group) if group is not None and there else _name_then(entry),
        group=group.id if group is not None and there else None,
        where=" · ".join(part for part in parts if part),
        law=_law(request, entry),
        how=SOURCES.get(entry.source, "") if entry.source not in ("hand", "undo") else "",
    )


def _law(request: AnyRequest, entry: TimelineEntry) -> Law | None:
    if entry.record is None or not entry.has_details:
        return None
    path, catalogue = f"/records/{entry.record.id}", services(request).register.catalogue
    try:
        title = catalogue.rows([catalogue.record_no(entry.record.id)])[0].title_en
    except NotFound:
        title = None
    return Law(path, title or entry.record.name)


def _name_then(entry: TimelineEntry) -> str:
    """Nothing for what was done to the organization itself."""
    is_list = entry.action not in OF_ORGANIZATIONS or entry.action in (GRANT, EXPORT_LIST)
    return entry.group.name if entry.group and is_list else ""


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
