"""``/records/counts``: what a tick changes beside its row, as numbers alone, for our script.

A whole view is a hundred times as much, and its rows are as the script left them.
"""

from math import ceil
from typing import Any, Final

import msgspec
from litestar import get

from sertantai.core.ids import GroupId
from sertantai.http.caller import member_of
from sertantai.http.guards import public
from sertantai.http.pages.rendering import of_every_page
from sertantai.http.turns import breathe
from sertantai.lists.reading import changes_made
from sertantai.web.parts.facets import Facets, Histogram, facets_of
from sertantai.web.parts.list_choice import MyLists, my_lists, sizes_of
from sertantai.web.parts.register_view import PARAMETERS, RegisterView
from sertantai.web.parts.shown_page import records_of
from sertantai.web.query import VERSION, Shape
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

Values = dict[str, dict[str, int]]
"""By the name of a filter, the values of it that have any."""


class Since(RegisterView, frozen=True):
    """``since``: the version of the list that the rows on the page show."""

    since: int = 0


COUNTS: Final = Shape(Since, {**PARAMETERS, "since": VERSION}, also={"record"}, linked=True)


class Narrowed(msgspec.Struct, frozen=True):
    """Of a view that shows only what is ticked, or is not: ``facets`` are laws behind each value, and what
    they do not name has none."""

    facets: Values
    years: Histogram | None


class Counts(msgspec.Struct, frozen=True):
    """``list`` None: nobody is signed in, or their lists cannot be read now. ``total`` match, ``ticked`` of
    them are in the list; ``lists`` are all sizes. ``narrowed`` None: ticks decide nothing of the view.

    ``changes`` is how many the list has had since the version that was asked about; None: it is not known.
    """

    list: GroupId | None
    list_name: str
    list_count: int
    version: int
    changes: int | None
    total: int
    pages: int
    ticked: int
    ticks: Values
    narrowed: Narrowed | None
    lists: dict[str, int]
    sync: str
    banner: dict[str, str] | None


@get("/records/counts", guards=[public], opt={**FOR_READING, **COUNTS.opt}, include_in_schema=False)
async def register_counts(request: AnyRequest) -> Counts:
    """Of the view that ``/records`` shows for the same query, without ``since``."""
    view = COUNTS.of(request)
    mine = await my_lists(request, view.group)
    catalogue = services(request).register.catalogue
    matching = records_of(catalogue, view, mine.ticked) & catalogue.everything
    await breathe()
    facets = facets_of(catalogue, view, mine.ticked)
    return Counts(
        **_of_the_list(mine, view.since, named=member_of(request) is not None),
        **_of_the_server(request),
        total=len(matching),
        pages=max(1, ceil(len(matching) / view.size)),
        ticked=matching.intersection_cardinality(mine.ticked),
        ticks=_values(facets, "ticked"),
        narrowed=_narrowed(view, facets),
    )


def _of_the_list(mine: MyLists, since: int, *, named: bool) -> dict[str, Any]:
    current = mine.current
    return {
        "list": current and current.id,
        "list_name": mine.name if current and named else "",
        "list_count": current.count if current else 0,
        "version": current.version if current else 0,
        "changes": changes_made(mine.of.hot, current.id, since) if current and mine.of else None,
        "lists": sizes_of(mine),
    }


def _of_the_server(request: AnyRequest) -> dict[str, Any]:
    said = of_every_page(request)
    return {"sync": said["sync"]["state"], "banner": said["banner"]}


def _narrowed(view: RegisterView, facets: Facets) -> Narrowed | None:
    return None if view.selected is None else Narrowed(_values(facets, "count"), facets.years)


def _values(facets: Facets, what: str) -> Values:
    families = [choice for group in facets.families for choice in group.choices]
    of_each = {"family": families, "type_code": facets.types, "live": facets.statuses}
    return {
        name: {choice.value: number for choice in choices if (number := getattr(choice, what))}
        for name, choices in of_each.items()
    }


ROUTES = [register_counts]
