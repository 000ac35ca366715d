"""``/history``: my trail by operation, with an undo for each; and ``/history/{operation}``, one at length."""

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.accounts.sessions.devices import describe_device
from sertantai.audit.moments import Moments
from sertantai.audit.operations import TimelineEntry
from sertantai.audit.queries import parse_group, parse_moment
from sertantai.audit.trail import THE_BEGINNING, THE_END
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import DatabaseUnavailable, NotFound
from sertantai.core.ids import GroupId, OperationId, OwnerId, parse_uuid
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.rendering import fragment, page
from sertantai.http.pages.time_zone import reader_zone
from sertantai.http.patience import ReadingLate
from sertantai.lists.access import Lists
from sertantai.lists.groups import display_name, listed
from sertantai.lists.importing.matching import records_meant
from sertantai.postgres.errors import DatabaseBusy
from sertantai.records.rows import RecordRow
from sertantai.web.api.audit import keyset_of, position_of
from sertantai.web.parts.change_details import Edit, details_of, list_changes
from sertantai.web.parts.copies import in_words
from sertantai.web.parts.history_wording import (
    ACTION_CHOICES,
    icon_of,
    sentence,
)
from sertantai.web.parts.list_rows import SOURCES
from sertantai.web.parts.list_summary import summaries
from sertantai.web.parts.reporting.heat_map import HeatMap, first_day, heat_map
from sertantai.web.query import Shape, choice, text
from sertantai.web.requests import lists_of, own_words
from sertantai.web.services import AnyRequest, Services, services
from sertantai.web.token_scopes import FOR_READING

PAGE_ENTRIES: Final = 50
LAW_CHARACTERS_MAX: Final = 1_000


class Entry(msgspec.Struct, frozen=True):
    """An operation as the page shows it. ``list_name`` is today's name where the list is still there."""

    entry: TimelineEntry
    icon: str
    text: str
    edits: list[Edit]
    record_title: str
    list_name: str
    list_there: bool
    source: str
    device: str


class HistoryView(msgspec.Struct, frozen=True):
    """What the history is narrowed to; texts as they stand in the address."""

    group: str = ""
    action: str = ""
    law: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""

    def url(self, **changes: str) -> str:
        return HISTORY.address("/history", msgspec.structs.replace(self, **changes))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.group or self.action or self.law or self.since or self.until)


HISTORY: Final = Shape(
    HistoryView,
    {"action": choice(*(value for value, _, _ in ACTION_CHOICES)), "law": text(most=LAW_CHARACTERS_MAX)},
)


@get(
    "/history",
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "see your history", **HISTORY.opt},
    include_in_schema=False,
)
async def history_page(request: AnyRequest) -> Response[bytes]:
    service, wanted = services(request), HISTORY.of(request)
    lists, laws = await lists_of(request), await laws_meant(request, wanted.law)
    context: dict[str, Any] = {
        "wanted": wanted,
        "lists": summaries(listed(lists.state)),
        "choices": ACTION_CHOICES,
        "laws": laws,
        **await _history(request, service, lists, wanted, laws),
    }
    if request.headers.get("hx-request") == "true":
        return fragment(request, "history/entries.html", **context)
    return page(request, "history/history.html", **context)


@get(
    "/history/{operation:str}",
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "see your history"},
    include_in_schema=False,
)
async def operation_page(request: AnyRequest, operation: FromPath[str]) -> Response[bytes]:
    """The laws that one operation changed."""
    service, wanted = services(request), OperationId(parse_uuid(operation, "operation"))
    lists = await lists_of(request)
    effect = (await service.effects.of(lists.owner, wanted, lists.hot.last)).answer
    if effect is None:
        raise NotFound("This change is not in your history.")
    group = lists.state.groups.get(effect.group)
    context = details_of(service.register.catalogue, wanted, effect, group)
    if request.headers.get("hx-request") == "true":
        return fragment(request, "history/operation.html", **context)
    return page(request, "history/operation_page.html", **context)


async def _history(
    request: AnyRequest, service: Services, lists: Lists, wanted: HistoryView, laws: Sequence[RecordRow]
) -> dict[str, Any]:
    """Without the database there is no history to show, and the page says so."""
    zone = reader_zone(request)
    today = service.clock.now().astimezone(zone).date()
    try:
        entries, cursor, settled = await _entries(service, lists, wanted, laws, zone)
        calendar = await _calendar(service.moments, lists.owner, today, zone) if not wanted.cursor else None
    except DatabaseBusy as error:
        raise ReadingLate from error
    except DatabaseUnavailable:
        return {"days": [], "next_cursor": "", "calendar": None, "settled": False, "database_away": True}
    return {
        "days": _by_day(entries, zone),
        "next_cursor": cursor,
        "calendar": calendar,
        "settled": settled,
        "database_away": False,
    }


async def _entries(
    service: Services, lists: Lists, wanted: HistoryView, laws: Sequence[RecordRow], zone: tzinfo
) -> tuple[list[Entry], str, bool]:
    kind = f"history {wanted.url(cursor='')}"
    after = keyset_of(decode_cursor(wanted.cursor, kind)) if wanted.cursor else None
    told = await service.timeline.page(
        lists.owner,
        after,
        PAGE_ENTRIES,
        group=parse_group(wanted.group),
        since=parse_moment(wanted.since, "since", zone=zone) if wanted.since else THE_BEGINNING,
        until=parse_moment(wanted.until, "until", end=True, zone=zone) if wanted.until else THE_END,
        kind=wanted.action,
        records=[law.id for law in laws] if wanted.law else None,
        with_said=True,
    )
    found, following = told.answer
    cursor = encode_cursor(kind, position_of(following)) if following else ""
    return [_shown(service, lists, entry) for entry in found], cursor, told.settled


async def _calendar(moments: Moments, owner: OwnerId, today: date, zone: tzinfo) -> HeatMap:
    told = await moments.activity(owner, first_day(today), today, zone)
    return heat_map(told.answer, today)


async def laws_meant(request: AnyRequest, written: str) -> list[RecordRow]:
    """What the law filter means (an id, a name, a citation, a whole title, an abbreviation, also the reader's
    own); all, if it is several."""
    if not written:
        return []
    own = await own_words(request)
    catalogue = services(request).register.catalogue
    return catalogue.rows(records_meant(catalogue, written, own))


def _shown(service: Services, lists: Lists, entry: TimelineEntry) -> Entry:
    group = lists.state.groups.get(GroupId(entry.group.id)) if entry.group else None
    title = ""
    if entry.record is not None:
        try:
            number = service.register.catalogue.record_no(entry.record.id)
            title = service.register.catalogue.rows([number])[0].title_en or entry.record.name
        except NotFound:
            title = entry.record.name
    there = group is not None and not group.deleted
    return Entry(
        entry=entry,
        icon=icon_of(entry),
        text=sentence(entry) + in_words(lists, entry.said),
        edits=list_changes(entry.said),
        record_title=title,
        list_name=display_name(group) if group and there else (entry.group.name if entry.group else ""),
        list_there=there,
        source=SOURCES.get(entry.source, "") if entry.source not in ("hand", "undo") else "",
        device=describe_device(entry.user_agent) if entry.user_agent else "",
    )


def _by_day(entries: list[Entry], zone: tzinfo) -> list[tuple[date, list[Entry]]]:
    days: list[tuple[date, list[Entry]]] = []
    for entry in entries:
        day = entry.entry.at.astimezone(zone).date()
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(entry)
    return days


ROUTES = [history_page, operation_page]
