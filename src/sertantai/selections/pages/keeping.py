"""Pages beside a list: as it was, its filter, and what changed in its records."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.audit.moments import BeforeTheTrail
from sertantai.audit.operations import Timeline
from sertantai.audit.queries import parse_moment
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import UserId
from sertantai.core.state import GroupState
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import FILTER_FIELDS, RecordFilter, parse_filter
from sertantai.records.rows import RecordRow
from sertantai.selections.actions import find_group
from sertantai.selections.api.keeping import travel
from sertantai.selections.changed_records import ChangedRecord
from sertantai.selections.exceptions import exceptions_of, stored_filter
from sertantai.selections.groups import listed
from sertantai.selections.listing import first_rows, rows_of
from sertantai.selections.pages.history_wording import sentence
from sertantai.selections.pages.list_facets import list_facets
from sertantai.selections.pages.list_rows import changed_or_none
from sertantai.selections.pages.list_summary import ListSummary, summaries, summary
from sertantai.selections.pages.list_view import ListView
from sertantai.selections.pages.record import LABELS, text_of
from sertantai.selections.pages.wording import family_name, status_name
from sertantai.selections.services import AnyRequest, Services, caller, services
from sertantai.selections.smart_lists import Drift, drift, filter_body
from sertantai.selections.timelines import settle
from sertantai.web.guards import signed_in
from sertantai.web.rendering import fragment, page
from sertantai.web.time_zone import reader_zone
from sertantai.web.turns import breathe, sliced

SHOWN_MAX: Final = 200
STEPS_SHOWN: Final = 30
FIELD_NAMES: Final = {
    "title_en": "Title",
    "live": "Status",
    "family": "Family",
    "type_code": "Type",
    "year": "Year",
    "number": "Number",
    "md_date": "Date",
    "md_description": "Description",
    "leg_gov_uk_url": "Link",
    **LABELS,
}


DAYS: Final = ("md_date", "latest_amend_date")


class FieldInWords(msgspec.Struct, frozen=True):
    label: str
    old: str | date
    new: str | date


class ExceptionRow(msgspec.Struct, frozen=True):
    record: RecordRow
    always: bool
    by: str
    at: datetime


class ChangedRow(msgspec.Struct, frozen=True):
    record: RecordRow
    change: ChangedRecord
    fields: list[FieldInWords]
    revoked: bool


@get("/groups/{group:str}/moments", guards=[signed_in], include_in_schema=False)
async def moments_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """Without ``at``: the list's changes, to choose a moment by."""
    service, owner, target = await _target(request, group)
    at, until = (_moment(request, field) for field in ("at", "until"))
    context: dict[str, Any] = {
        "list": summary(target),
        "at": at,
        "until": until,
        "past": None,
    }
    context["settled"] = await settle(service.engine, owner)
    try:
        steps, _ = await Timeline(request.app.state.database).page(owner, None, STEPS_SHOWN, group=target.id)
        context["steps"] = [
            (one, sentence(one), one.at - timedelta(microseconds=1))
            for one in steps
            if one.added or one.removed
        ]
        context["problem"] = ""
        if at:
            found = await travel(request).past(owner, target, at, until)
            catalogue = service.register.catalogue
            context["past"] = found
            context["parts"] = [
                (key, heading, len(records), await first_rows(catalogue, records, SHOWN_MAX))
                for key, heading, records in (
                    ("came-in", "Added since", found.since.added),
                    ("went-out", "Removed since", found.since.removed),
                    ("as-it-was", "The list then", found.records),
                )
            ]
    except BeforeTheTrail as error:
        context["problem"] = error.message
    except DatabaseUnavailable:
        context |= {
            "steps": [],
            "problem": "Earlier versions will be back when the database is available.",
        }
    return page(request, "lists/moments.html", **context)


@get("/groups/{group:str}/changed", guards=[signed_in], include_in_schema=False)
async def changed_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    service, owner, target = await _target(request, group)
    found = await changed_or_none(service, owner, target)
    catalogue = service.register.catalogue
    numbers = list(found.records)[:SHOWN_MAX] if found else []
    rows = [
        _changed(catalogue.row(number), found.records[number]) async for number in sliced(numbers) if found
    ]
    context: dict[str, Any] = {
        "list": summary(target),
        "rows": sorted(rows, key=lambda row: (not row.revoked, row.record.title_en or row.record.name)),
        "total": len(found.records) if found else 0,
        "truncated": found.truncated if found else False,
        "database_away": found is None,
    }
    if request.headers.get("hx-request") == "true":
        return fragment(request, "lists/changed_rows.html", **context)
    return page(request, "lists/changed.html", **context)


@get("/groups/{group:str}/filter", guards=[signed_in], include_in_schema=False)
async def filter_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """Its filter; one that the address states is shown instead, to be saved."""
    service, owner, target = await _target(request, group)
    catalogue = service.register.catalogue
    query = request.query_params.dict()
    given = {name: query[name] for name in FILTER_FIELDS if name in query}
    wanted = parse_filter(given) if given else (stored_filter(target) or RecordFilter())
    everything = catalogue.everything
    within = everything if wanted.q is None else catalogue.matching(RecordFilter(q=wanted.q))
    found = drift(catalogue, target)
    await breathe()
    context: dict[str, Any] = {
        "list": summary(target),
        "wanted": wanted,
        "facets": list_facets(catalogue, everything, ListView(f"/groups/{target.id}/filter", wanted), within),
        "matching": 0 if wanted.is_empty else len(catalogue.matching(wanted)),
        "filter_json": msgspec.json.encode(filter_body(wanted)).decode(),
        "drift": found,
        "exceptions_count": len(exceptions_of(target)),
        "parts": [] if found is None else await _drifted(catalogue, found),
    }
    if request.headers.get("hx-request") == "true":
        return fragment(request, "lists/filter_form.html", **context)
    context["lists"] = await _lists(service, owner)
    return page(request, "lists/filter.html", **context)


@get("/groups/{group:str}/exceptions", guards=[signed_in], include_in_schema=False)
async def exceptions_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """What was ticked and unticked by hand in a list that follows its filter, with who and when."""
    service, owner, target = await _target(request, group)
    found = exceptions_of(target)
    records = await rows_of(service.register.catalogue, [one.record for one in found])
    rows = [
        ExceptionRow(record, one.always, "you" if one.by == owner else "somebody else", one.at)
        for one, record in zip(found, records, strict=True)
    ]
    lists = await _lists(service, owner)
    return page(request, "lists/exceptions.html", list=summary(target), lists=lists, rows=rows)


async def _drifted(catalogue: Catalogue, found: Drift) -> list[tuple[str, str, int, list[RecordRow]]]:
    new = await first_rows(catalogue, found.new, SHOWN_MAX)
    gone = await first_rows(catalogue, found.gone, SHOWN_MAX)
    return [
        ("new", "New matches, not in the list yet", len(found.new), new),
        ("gone", "In the list, but no longer match", len(found.gone), gone),
    ]


def _moment(request: AnyRequest, field: str) -> datetime | None:
    stated = request.query_params.get(field)
    return parse_moment(stated, field, zone=reader_zone(request)) if stated else None


async def _target(request: AnyRequest, reference: str) -> tuple[Any, UserId, GroupState]:
    service, owner = services(request), UserId(caller(request).user_id)
    return service, owner, find_group(await service.engine.state(owner), reference)


async def _lists(service: Services, owner: UserId) -> list[ListSummary]:
    """Those beside the page: where to go next."""
    return summaries(listed(await service.engine.state(owner)))


def _changed(record: RecordRow, change: ChangedRecord) -> ChangedRow:
    revoked = "live" in change.fields and "❌" in str(change.fields["live"].new)
    return ChangedRow(record, change, changed_in_words(change), revoked)


def changed_in_words(change: ChangedRecord) -> list[FieldInWords]:
    return [
        FieldInWords(FIELD_NAMES.get(name, name), _in_words(name, field.old), _in_words(name, field.new))
        for name, field in change.fields.items()
    ]


def _in_words(name: str, value: Any) -> str | date:
    text = text_of(value)
    if name in DAYS:
        with suppress(ValueError):
            return date.fromisoformat(text)
    if name in ("family", "family_ii"):
        return family_name(text) if text else ""
    return status_name(text) if name == "live" and text else text


ROUTES = [moments_page, changed_page, exceptions_page, filter_page]
