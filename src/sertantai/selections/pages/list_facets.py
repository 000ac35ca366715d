"""The filters above a list's records, each value with how many records it would leave."""

from typing import Final

import msgspec

from sertantai.core.state import GroupState
from sertantai.records.catalogue import Catalogue
from sertantai.selections.pages.list_view import ListView
from sertantai.selections.pages.wording import family_name, status_name, type_wording

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


def list_facets(catalogue: Catalogue, group: GroupState, view: ListView) -> list[ListFacet]:
    """Only values that the list's records have, and those that are chosen."""
    counted = catalogue.facets(view.filter, group.records, group.records)
    found = []
    for field, label, test_id in _FIELDS:
        wanted = {str(value) for value in getattr(view.filter, field)}
        choices = [
            FacetChoice(
                str(value.value), _label(field, str(value.value)), value.count, str(value.value) in wanted
            )
            for value in counted[field]
            if value.count or str(value.value) in wanted
        ]
        found.append(ListFacet(field, label, test_id, _sorted(field, choices)[:VALUES_SHOWN_MAX]))
    return found


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
