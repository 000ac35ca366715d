"""``/groups/compare``: lists combined, with live counts before anything is saved, and two side by side."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Response, get
from pyroaring import BitMap

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import fragment, page
from sertantai.http.turns import breathe, sliced
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.groups import listed
from sertantai.lists.listing import first_rows
from sertantai.lists.set_algebra import compare
from sertantai.records.catalogue import Catalogue
from sertantai.records.rows import RecordRow
from sertantai.web.parts.list_summary import COLOURS, ListSummary, summary_in
from sertantai.web.query import TEXTS, Shape
from sertantai.web.requests import asked as asked_by
from sertantai.web.requests import lists_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

SIDE_RECORDS: Final = 200
"""Records of each part that are shown; the rest is counted."""
LISTS_SHOWN_MAX: Final = 200
"""Of an owner, to choose from; any other is chosen on its own page."""
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


class Section(NamedTuple):
    """The lists of one owner to choose from; ``organization`` is its name, empty for one's own. ``targets``:
    those that a result can be saved into; ``slug``: where a new one can be created, else empty."""

    organization: str
    lists: list[ListSummary]
    targets: list[ListSummary]
    slug: str


@get("/groups/compare", guards=[signed_in], opt={**LOOKED_AT, **COMPARE.opt}, include_in_schema=False)
async def compare_page(request: AnyRequest) -> Response[bytes]:
    """Lists of one's own, and those that one may read of organizations."""
    service, everywhere = services(request), await _everywhere(request)
    asked = COMPARE.of(request)
    chosen = _chosen(everywhere, asked.of)
    found = [await _section(one, chosen) for one in everywhere]
    sections = [one for one in found if one.lists]
    context: dict[str, Any] = {
        "sections": sections,
        "count": sum(len(one.lists) for one in sections),
        "chosen": [str(one.group.id) for one in chosen],
        "operators": OPERATORS,
        "operator": _operator(asked.op),
        "sides": await _sides(service.register.catalogue, chosen) if len(chosen) == 2 else [],
        "colours": COLOURS,
    }
    if request.headers.get("hx-request") == "true":
        return fragment(request, "lists/sides.html", **context)
    return page(request, "lists/compare.html", **context)


async def _everywhere(request: AnyRequest) -> list[Lists]:
    """One's own lists first; of whoever looks as somebody else, those of that organization alone."""
    asking = asked_by(request)
    if asking.viewing is not None:
        return await services(request).access.organizations_of(asking)
    mine = await lists_of(request)
    try:
        return [mine, *await services(request).access.organizations_of(asking)]
    except DatabaseUnavailable:
        return [mine]


async def _section(lists: Lists, chosen: Sequence[Allowed]) -> Section:
    """As many of them as can be chosen from, and those that are chosen."""
    wanted = {one.group.id for one in chosen}
    shown: list[GroupState] = []
    async for group in sliced(listed(lists.state)):
        fits = len(shown) < LISTS_SHOWN_MAX or group.id in wanted
        if fits and not group.metadata.get("archived_at") and lists.may_read(group):
            shown.append(group)
    await breathe()
    targets = [group for group in shown if Right.TICK in lists.rights(group)]
    access = lists.access
    return Section(
        "" if access is None else access.name,
        [summary_in(lists, group) for group in shown],
        [summary_in(lists, group) for group in targets],
        access.slug if access is not None and Right.CREATE in lists.rights() else "",
    )


def _chosen(everywhere: Sequence[Lists], references: Sequence[str]) -> list[Allowed]:
    """Lists named in the address; one that is gone, or may not be read, is left out."""
    found: dict[Any, Allowed] = {}
    for reference in references:
        for lists in everywhere:
            with suppress(GroupNotFound):
                one = lists.named(reference)
                found[one.group.id] = one
                break
    return list(found.values())


def _operator(text: str) -> str:
    return next((value for value, _, _ in OPERATORS if value == text), "union")


async def _sides(catalogue: Catalogue, chosen: Sequence[Allowed]) -> list[Side]:
    first, second = (summary_in(one, one.group) for one in chosen)
    parts = compare(chosen[0].group.records, chosen[1].group.records)
    return [
        await _side(catalogue, "only-first", f"Only in {first.name}", parts.only_first),
        await _side(catalogue, "both", "In both", parts.both),
        await _side(catalogue, "only-second", f"Only in {second.name}", parts.only_second),
    ]


async def _side(catalogue: Catalogue, key: str, heading: str, records: BitMap) -> Side:
    return Side(key, heading, len(records), await first_rows(catalogue, records, SIDE_RECORDS))


ROUTES = [compare_page]
