"""``/groups/compare``: lists combined, with live counts before anything is saved, and two side by side."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Response, get
from pyroaring import BitMap

from sertantai.core.state import GroupState
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import fragment, page
from sertantai.lists.access import Lists
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.groups import listed
from sertantai.lists.listing import first_rows
from sertantai.lists.set_algebra import compare
from sertantai.records.catalogue import Catalogue
from sertantai.records.rows import RecordRow
from sertantai.web.parts.list_summary import COLOURS, summaries, summary
from sertantai.web.query import TEXTS, Shape
from sertantai.web.requests import lists_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

SIDE_RECORDS: Final = 200
"""Records of each part that are shown; the rest is counted."""
OPERATORS: Final = (
    ("union", "In any of them", "A law that is in at least one of the lists"),
    ("intersection", "In all of them", "A law that is in every one of the lists"),
    ("difference", "In the first only", "A law that is in the first list but in none of the others"),
    ("symmetric_difference", "In only one of the two", "A law that is in one of two lists but not in both"),
)


class Side(msgspec.Struct, frozen=True):
    """A part of a comparison: how many laws, and the first of them."""

    key: str
    heading: str
    count: int
    rows: list[RecordRow]

    @property
    def rest(self) -> int:
        return self.count - len(self.rows)


class CompareAsked(msgspec.Struct, frozen=True):
    """Lists in the order in which they were chosen, and how they are combined."""

    of: tuple[str, ...] = ()
    op: str = "union"


COMPARE: Final = Shape(CompareAsked, {"of": TEXTS})


@get("/groups/compare", guards=[signed_in], opt={**FOR_READING, **COMPARE.opt}, include_in_schema=False)
async def compare_page(request: AnyRequest) -> Response[bytes]:
    service, mine = services(request), await lists_of(request)
    asked = COMPARE.of(request)
    chosen = _chosen(mine, asked.of)
    context: dict[str, Any] = {
        "lists": summaries(group for group in listed(mine.state) if not group.metadata.get("archived_at")),
        "chosen": [str(group.id) for group in chosen],
        "operators": OPERATORS,
        "operator": _operator(asked.op),
        "sides": await _sides(service.register.catalogue, chosen) if len(chosen) == 2 else [],
        "pair": [summary(group) for group in chosen] if len(chosen) == 2 else [],
        "colours": COLOURS,
    }
    if request.headers.get("hx-request") == "true":
        return fragment(request, "lists/sides.html", **context)
    return page(request, "lists/compare.html", **context)


def _chosen(mine: Lists, references: Sequence[str]) -> list[GroupState]:
    """Lists named in the address; one that is gone is left out."""
    found: dict[Any, GroupState] = {}
    for reference in references:
        try:
            group = mine.named(reference).group
        except GroupNotFound:
            continue
        found[group.id] = group
    return list(found.values())


def _operator(text: str) -> str:
    return next((value for value, _, _ in OPERATORS if value == text), "union")


async def _sides(catalogue: Catalogue, chosen: Sequence[GroupState]) -> list[Side]:
    first, second = (summary(group) for group in chosen)
    parts = compare(chosen[0].records, chosen[1].records)
    return [
        await _side(catalogue, "only-first", f"Only in {first.name}", parts.only_first),
        await _side(catalogue, "both", "In both", parts.both),
        await _side(catalogue, "only-second", f"Only in {second.name}", parts.only_second),
    ]


async def _side(catalogue: Catalogue, key: str, heading: str, records: BitMap) -> Side:
    return Side(key, heading, len(records), await first_rows(catalogue, records, SIDE_RECORDS))


ROUTES = [compare_page]
