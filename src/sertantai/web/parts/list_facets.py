"""The filters above a list's records, each value with how many records it would leave."""

from typing import Final

import msgspec
from pyroaring import BitMap

from sertantai.lists.search import without_search
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter
from sertantai.web.parts.list_view import ListView
from sertantai.web.parts.wording import family_name, status_name, type_wording

VALUES_SHOWN_MAX: Final = 300


class FacetChoice(msgspec.Struct, frozen=True):
    value: str
    label: str
    count: int
    chosen: bool


class ListFacet(msgspec.Struct, frozen=True):
    """``field`` is the name in the address; ``test_id`` what scripts find it by."""

    field: str
    label: str
    test_id: str
    choices: list[FacetChoice]

    @property
    def chosen(self) -> int:
        return sum(choice.chosen for choice in self.choices)


_FIELDS: Final = (
    ("family", "Family", "filter-family"),
    ("type_code", "Type", "filter-type-code"),
    ("year", "Year", "filter-year"),
    ("live", "Status", "filter-live"),
)


def list_facets(catalogue: Catalogue, records: BitMap, view: ListView, within: BitMap) -> list[ListFacet]:
    """Only values that ``records`` have, counted in those that the view's search finds (``within``), and
    those that are chosen. A filter in which nothing is left offers all values, with nothing behind them."""
    counted = catalogue.facets(without_search(view.filter), records, within)
    whole = None
    found = []
    for field, label, test_id in _FIELDS:
        wanted = {str(value) for value in getattr(view.filter, field)}
        choices = [_choice(field, str(one.value), one.count, wanted) for one in counted[field]]
        choices = [choice for choice in choices if choice.count or choice.chosen]
        if not any(choice.count for choice in choices):
            whole = whole or catalogue.facets(RecordFilter(), records, records)
            known = {choice.value for choice in choices}
            others = (str(one.value) for one in whole[field] if one.count)
            choices += [_choice(field, value, 0, wanted) for value in others if value not in known]
        found.append(ListFacet(field, label, test_id, _sorted(field, choices)[:VALUES_SHOWN_MAX]))
    return found


def _choice(field: str, value: str, count: int, wanted: set[str]) -> FacetChoice:
    return FacetChoice(value, _label(field, value), count, value in wanted)


def _label(field: str, value: str) -> str:
    match field:
        case "family":
            return family_name(value)
        case "type_code":
            return type_wording(value).long
        case "live":
            return status_name(value)
        case _:
            return "Year not stated" if value.startswith("(") else value


def _sorted(field: str, choices: list[FacetChoice]) -> list[FacetChoice]:
    if field == "year":
        return sorted(choices, key=lambda choice: choice.value, reverse=True)
    return sorted(choices, key=lambda choice: (not choice.chosen, -choice.count, choice.label))
