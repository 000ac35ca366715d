"""What was changed in an organization's lists since yesterday began where whoever looks is: who changed how
many laws, with the history that says which."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from sertantai.audit.changed_by import LISTS_COUNTED_MAX, Changed, ChangedList
from sertantai.audit.days import start_of
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import UserId
from sertantai.core.rights import Right
from sertantai.http.pages.time_zone import reader_zone
from sertantai.lists.access import Lists
from sertantai.lists.groups import listed
from sertantai.lists.together.sharing import FORMER
from sertantai.postgres.errors import DatabaseBusy
from sertantai.web.pages.organizations.audit import AUDIT, AuditView
from sertantai.web.pages.organizations.frame import path_of
from sertantai.web.parts.reporting.lines import names_of
from sertantai.web.parts.shared_lists import name_in
from sertantai.web.services import AnyRequest, services

PEOPLE_SHOWN_MAX: Final = 5


class Did(NamedTuple):
    """So many laws; ``path`` leads to these changes in the history."""

    laws: int
    word: str
    path: str


class Person(NamedTuple):
    name: str
    did: list[Did]


class InList(NamedTuple):
    """``others`` changed something there, too; not ``is_all``: older changes are not counted."""

    name: str
    path: str
    people: list[Person]
    others: int
    is_all: bool


class SinceYesterday(NamedTuple):
    """``more_lists`` were changed, too; ``path`` leads to all of it."""

    lists: list[InList]
    more_lists: int
    path: str


async def since_yesterday(request: AnyRequest, lists: Lists) -> SinceYesterday | None:
    """None where nothing was changed, or it is not known just now."""
    day, since = yesterday(services(request).clock.now(), reader_zone(request))
    changed = [
        group
        for group in listed(lists.state)
        if group.updated_at >= since and {Right.READ, Right.AUDIT} <= lists.rights(group)
    ]
    if not changed:
        return None
    changed.sort(key=lambda group: group.updated_at, reverse=True)
    try:
        told = await services(request).changed_by.since(lists.owner, [one.id for one in changed], since)
        names = await names_of(request, lists, {by.actor for one in told.answer for by in one.by})
    except (DatabaseUnavailable, DatabaseBusy):
        return None
    if not told.answer:
        return None
    view = AuditView(since=day.isoformat())
    shown = [_in_list(lists, one, names, view) for one in told.answer]
    path = f"{path_of(lists.standing())}/audit"
    return SinceYesterday(shown, max(0, len(changed) - LISTS_COUNTED_MAX), AUDIT.address(path, view))


def yesterday(now: datetime, zone: tzinfo) -> tuple[date, datetime]:
    """Which day it was there, and when it began."""
    day = now.astimezone(zone).date() - timedelta(days=1)
    return day, start_of(day, zone)


def _in_list(lists: Lists, one: ChangedList, names: dict[UserId, str], view: AuditView) -> InList:
    path = f"{path_of(lists.standing())}/audit"
    within = AuditView(group=str(one.group), since=view.since)
    people = [
        Person(names.get(by.actor, FORMER), _done(path, by, within)) for by in one.by[:PEOPLE_SHOWN_MAX]
    ]
    name = name_in(lists, lists.state.groups[one.group])
    others = len(one.by) - len(people)
    return InList(name, AUDIT.address(path, within), people, others, one.is_all)


def _done(path: str, by: Changed, within: AuditView) -> list[Did]:
    counts = (
        ("ticked", "ticked", by.added),
        ("unticked", "unticked", by.removed),
        ("notes", "noted", by.annotated),
    )
    return [
        Did(
            laws,
            word,
            AUDIT.address(
                path,
                AuditView(actor=str(by.actor), group=within.group, action=action, since=within.since),
            ),
        )
        for action, word, laws in counts
        if laws
    ]
