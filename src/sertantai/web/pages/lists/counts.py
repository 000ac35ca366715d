"""``/groups/{group}/counts``: what a tick changes beside its row on a list's page, as numbers alone, for our
script: what was unticked stays in sight there, so that a slip is mended with one click."""

from math import ceil
from typing import Final

import msgspec
from litestar import get
from litestar.params import FromPath

from sertantai.core.rights import Right
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.turns import breathe
from sertantai.lists.changed_records import ChangedRecords
from sertantai.lists.groups import listed
from sertantai.lists.reading import changes_made
from sertantai.lists.search import worded
from sertantai.lists.smart import drift
from sertantai.web.parts.list_facets import list_facets
from sertantai.web.parts.list_rows import shown_of, tags_of
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.list_view import PARAMETERS, ListView
from sertantai.web.parts.only_in_database import changed_or_none
from sertantai.web.query import VERSION, Shape
from sertantai.web.requests import allowed, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING


class Since(ListView, frozen=True):
    """``since``: the version of the list that the rows on the page show."""

    since: int = 0


COUNTS: Final = Shape(Since, {**PARAMETERS, "since": VERSION}, also={"record"}, linked=True)


class DriftCounts(msgspec.Struct, frozen=True):
    new: int
    gone: int


class ListCounts(msgspec.Struct, frozen=True):
    """``changes``: how many there were since the version that was asked about; None: that is not known.
    ``total`` match the view, of ``count`` in the list. ``facets``: by the name of a filter the values that
    have laws. ``changed`` None: the database, which knows what changed, is away. ``lists``: sizes of all."""

    name: str
    version: int
    changes: int | None
    count: int
    total: int
    pages: int
    facets: dict[str, dict[str, int]]
    changed: int | None
    drift: DriftCounts | None
    lists: dict[str, int]


@get(
    "/groups/{group:str}/counts",
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "see your lists", **COUNTS.opt},
    include_in_schema=False,
)
async def list_counts(request: AnyRequest, group: FromPath[str]) -> ListCounts:
    """Of the view that the list's page shows for the same query, without ``since``."""
    service, found = services(request), await allowed(request, group, Right.READ)
    target, catalogue = found.group, service.register.catalogue
    view = COUNTS.of(request, path=f"/groups/{target.id}")
    changed = await changed_or_none(service, found)
    within = await worded(catalogue, view.filter, target)
    seen = await shown_of(catalogue, found, view, within, changed or ChangedRecords(), reader_today(request))
    total = len(seen)
    tags = await tags_of(target)
    await breathe()
    facets = list_facets(catalogue, target.records, view, within)
    await breathe()
    apart = drift(catalogue, target)
    return ListCounts(
        name=summary_in(found, target).name,
        version=target.version,
        changes=changes_made(found.hot, target.id, view.since),
        count=target.count,
        total=total,
        pages=max(1, ceil(total / view.size)),
        facets={
            **{one.field: {each.value: each.count for each in one.choices if each.count} for one in facets},
            "tag": dict(tags),
        },
        changed=None if changed is None else len(changed.records),
        drift=DriftCounts(len(apart.new), len(apart.gone)) if apart else None,
        lists={str(one.id): one.count for one in listed(found.state) if found.may_read(one)},
    )


ROUTES = [list_counts]
