"""What one change did, as pages show it: which laws it touched, and what a list said of itself before."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sertantai.core.access_state import AccessState
from sertantai.core.effects import Effect
from sertantai.core.ids import OperationId, RecordNo
from sertantai.core.state import GroupState
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter, kept_filter
from sertantai.records.rows import RecordRow
from sertantai.web.parts.history_wording import edits_in_words, heading
from sertantai.web.parts.wording import family_name, status_name, type_wording

DETAIL_RECORDS_MAX: Final = 500
Said = Mapping[str, Any]
Edit = tuple[str, str | datetime, str | datetime]
"""Which field, and what it said before and after; empty: nothing."""
VALUES_SHOWN_MAX: Final = 6
"""Of one field of a filter; of more it says how many there are."""


def details_of(
    catalogue: Catalogue,
    operation: OperationId,
    effect: Effect,
    group: GroupState | None,
    access: AccessState | None = None,
) -> dict[str, Any]:
    """``group``: the list, as far as it is there still; ``access``: whose members it names."""
    removed, annotated = _rows(catalogue, effect.removed), _rows(catalogue, effect.annotated)
    return {
        "operation": operation,
        "group": group,
        "heading": heading(effect),
        "reason": effect.reason,
        "added_count": len(effect.added),
        "removed_count": len(effect.removed),
        "added": _rows(catalogue, effect.added),
        "removed": removed,
        "annotated_count": len(effect.annotated),
        "annotated": annotated,
        "edits": {number: edits_in_words(effect.annotated[number], access) for number, _ in annotated},
        "notes": {number: effect.removed[number].get("note", "") for number, _ in removed},
        "shown_max": DETAIL_RECORDS_MAX,
    }


def _rows(catalogue: Catalogue, numbers: Iterable[RecordNo]) -> list[tuple[RecordNo, RecordRow]]:
    """Of as many as are shown: there may be hundreds of thousands."""
    known = list(islice((one for one in numbers if one in catalogue.everything), DETAIL_RECORDS_MAX))
    rows = zip(known, catalogue.rows(known), strict=True)
    return sorted(rows, key=lambda pair: (pair[1].title_en or pair[1].name).casefold())


def filter_words(body: Any) -> str:
    """Such as "“landfill”; Waste or Water; in force; 1990 to 2010"; empty for none, or a senseless one."""
    found = kept_filter(body) if isinstance(body, Mapping) else None
    return "; ".join(_parts(found)) if found is not None else ""


def _parts(wanted: RecordFilter) -> list[str]:
    parts = [f"“{wanted.q}”"] if wanted.q else []
    for names in (
        [family_name(one) for one in wanted.family],
        [family_name(one) for one in wanted.family_ii],
        [type_wording(code).long for code in wanted.type_code],
        [status_name(one) for one in wanted.live],
        [str(year) for year in wanted.year],
    ):
        more = len(names) - VALUES_SHOWN_MAX
        if names:
            parts.append(" or ".join([*names[:VALUES_SHOWN_MAX], *([f"{more:,} more"] if more > 0 else [])]))
    low, high = wanted.year_from, wanted.year_to
    if low is not None or high is not None:
        parts.append(
            f"up to {high}" if low is None else f"from {low}" if high is None else f"{low} to {high}"
        )
    return parts


def _plain(value: Any) -> str:
    return str(value)


def _when(value: Any) -> str | datetime:
    with suppress(ValueError):
        return datetime.fromisoformat(str(value))
    return str(value)


_FIELDS: Final[Mapping[str, tuple[str, Callable[[Any], str | datetime]]]] = {
    "name": ("Name", _plain),
    "description": ("Description", _plain),
    "filter": ("Filter", filter_words),
    "frozen": ("When its matches change", lambda frozen: "asks first" if frozen else "updates automatically"),
    "colour": ("Colour", _plain),
    "rank": ("Position among the lists", _plain),
    "sort": ("Order of its laws", _plain),
    "archived_at": ("Archived", _when),
    "restricted": ("Who can see it", lambda on: "only who it is shared with" if on else "all members"),
    "four_eyes": ("Who may tick", lambda on: "nobody alone" if on else "who may edit the list"),
}


def list_changes(said: Said) -> list[Edit]:
    """What the trail says of a change of a list itself; of a new list what it began with."""
    after, before = said.get("changes"), said.get("before") or {}
    if not isinstance(after, Mapping):
        return []
    return [
        (label, _value(words, before.get(name)), _value(words, after.get(name)))
        for name, (label, words) in _FIELDS.items()
        if name in after
    ]


def _value(words: Callable[[Any], str | datetime], value: Any) -> str | datetime:
    return "" if value is None else words(value)
