"""``/groups/{group}/changed``: laws of a list that imports changed since somebody looked."""

from contextlib import suppress
from datetime import date
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import fragment, page
from sertantai.http.turns import sliced
from sertantai.lists.access import Allowed
from sertantai.lists.changed_records import ChangedRecord
from sertantai.records.columns import COLUMNS
from sertantai.records.rows import RecordRow
from sertantai.web.parts.law_details import text_of
from sertantai.web.parts.list_summary import SHOWN_MAX, summary_in
from sertantai.web.parts.only_in_database import changed_or_none
from sertantai.web.parts.reviewing.shown import may_review
from sertantai.web.parts.shared_lists import may_of, shared
from sertantai.web.parts.wording import family_name, status_name
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT


class FieldInWords(msgspec.Struct, frozen=True):
    label: str
    old: str | date
    new: str | date


class ChangedRow(msgspec.Struct, frozen=True):
    record: RecordRow
    change: ChangedRecord
    fields: list[FieldInWords]
    revoked: bool
    may_review: bool


@get("/groups/{group:str}/changed", guards=[signed_in], opt=LOOKED_AT, include_in_schema=False)
async def changed_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    service, shown = services(request), await allowed(request, group, Right.READ)
    found, target = await changed_or_none(service, shown), shown.group
    catalogue = service.register.catalogue
    numbers = list(found.records)[:SHOWN_MAX] if found else []
    rows = [
        _changed(shown, catalogue.row(number), found.records[number])
        async for number in sliced(numbers)
        if found
    ]
    context: dict[str, Any] = {
        "list": summary_in(shown, target),
        "reasons": whose.reasons if (whose := shared(shown, target)) else "",
        "rows": sorted(rows, key=lambda row: (not row.revoked, row.record.title_en or row.record.name)),
        "total": len(found.records) if found else 0,
        "truncated": found.truncated if found else False,
        "database_away": found is None,
        "may": may_of(shown, target),
    }
    if request.headers.get("hx-request") == "true":
        return fragment(request, "lists/changed_rows.html", **context)
    return page(request, "lists/changed.html", **context)


def _changed(shown: Allowed, record: RecordRow, change: ChangedRecord) -> ChangedRow:
    revoked = "live" in change.fields and "❌" in str(change.fields["live"].new)
    may = may_review(shown, shown.group, shown.group.annotations.get(change.number, {}))
    return ChangedRow(record, change, changed_in_words(change), revoked, may)


def changed_in_words(change: ChangedRecord) -> list[FieldInWords]:
    return [
        FieldInWords(_label(name), _in_words(name, field.old), _in_words(name, field.new))
        for name, field in change.fields.items()
    ]


def _label(name: str) -> str:
    return COLUMNS[name].label if name in COLUMNS else name


def _in_words(name: str, value: Any) -> str | date:
    text = text_of(value)
    if name in COLUMNS and COLUMNS[name].holds is date:
        with suppress(ValueError):
            return date.fromisoformat(text)
    if name in ("family", "family_ii"):
        return family_name(text) if text else ""
    return status_name(text) if name == "live" and text else text


ROUTES = [changed_page]
