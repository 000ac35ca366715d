"""All that is known of one law, for the details drawer and the page of its own."""

from datetime import date
from typing import Any, Final

import msgspec

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import RecordId
from sertantai.core.state import GroupState
from sertantai.records.columns import COLUMNS
from sertantai.records.filters import NOT_STATED
from sertantai.records.rows import RecordRow
from sertantai.web.parts.list_choice import MyLists
from sertantai.web.parts.reviewing.shown import law_review
from sertantai.web.parts.wording import family_name, kind_of, status_name, type_wording
from sertantai.web.requests import reader_today
from sertantai.web.services import AnyRequest, services

IN_PLACE: Final = frozenset(
    {
        "name",
        "title_en",
        "type_code",
        "year",
        "number",
        "live",
        "family",
        "md_date",
        "md_description",
        "leg_gov_uk_url",
    }
)
"""Columns that `pages/register/record.html` has a place for; any other is shown with its label, below."""


class Field(msgspec.Struct, frozen=True):
    label: str
    text: str | date


async def law_context(request: AnyRequest, record_id: RecordId, mine: MyLists) -> dict[str, Any]:
    """Raises `NotFound`. With the database away: what the register in memory knows."""
    register = services(request).register
    number = register.catalogue.record_no(record_id)
    row = register.catalogue.rows([number])[0]
    try:
        whole = await register.whole_record(record_id)
    except DatabaseUnavailable:
        whole = {}
    current = mine.current
    selected = current is not None and number in current.records
    annotation = dict(current.annotations.get(number, {})) if current is not None and selected else {}
    return {
        "record": row,
        "type": type_wording(row.type_code),
        "family": family_name(row.family) if row.family else "",
        "in_force": status_name(row.live or NOT_STATED),
        "kind": kind_of(row.family or ""),
        "summary": whole.get("md_description") or "",
        "fields": fields_of(whole),
        "complete": bool(whole),
        "mine": mine,
        "selected": selected,
        "annotation": annotation,
        "review": law_review(mine.of, current, annotation, reader_today(request))
        if mine.of is not None and current is not None
        else None,
        "also_in": [one for one in mine.lists if _holds(one, number) and one is not current],
        "citation": citation_of(row),
    }


def _holds(group: GroupState, number: int) -> bool:
    return number in group.records


def fields_of(whole: dict[str, Any]) -> list[Field]:
    """What the register states beyond the columns of the table, the columns it does not know included."""
    known = ((column.label, whole.get(name)) for name, column in COLUMNS.items() if name not in IN_PLACE)
    fields = [
        Field(label, text)
        for label, value in known
        if (text := value if isinstance(value, date) else text_of(value))
    ]
    extra = whole.get("extra") or {}
    return fields + [Field(str(name), text) for name, value in extra.items() if (text := text_of(value))]


def text_of(value: Any) -> str:
    """A value in words: lists with commas, objects as ``name: value``."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(text_of, value)))
    if isinstance(value, dict):
        pairs = ((name, text_of(inner)) for name, inner in value.items())
        return "; ".join(f"{name}: {text}" if text != "yes" else str(name) for name, text in pairs if text)
    return str(value)


def citation_of(row: RecordRow) -> str:
    """How the law is cited: SI 2013/1471, 1974 c. 37."""
    if row.year is None or not row.number:
        return row.name
    match row.type_code:
        case "ukpga" | "apgb" | "aep":
            return f"{row.year} c. {row.number}"
        case "asp" | "anaw" | "asc" | "mwa" | "nia":
            return f"{row.year} {row.type_code} {row.number}"
        case "uksi" | "wsi" | "nisi":
            return f"SI {row.year}/{row.number}"
        case "ssi":
            return f"SSI {row.year}/{row.number}"
        case "nisr":
            return f"SR {row.year}/{row.number}"
        case _:
            return f"{row.year}/{row.number}"
