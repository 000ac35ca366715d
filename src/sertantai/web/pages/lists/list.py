"""``/groups/{group}``: the records of one list."""

from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.rendering import fragment, page
from sertantai.http.turns import breathe
from sertantai.lists.access import Allowed, Right
from sertantai.lists.between.handing_over import may_be_handed_back, receivers
from sertantai.lists.exceptions import exceptions_of
from sertantai.lists.search import worded
from sertantai.lists.smart import drift
from sertantai.web.parts.copies import copy_of
from sertantai.web.parts.list_facets import list_facets
from sertantai.web.parts.list_rows import selected_rows, tags_of
from sertantai.web.parts.list_summary import COLOURS, beside, summary_in
from sertantai.web.parts.list_view import LIST, ListView
from sertantai.web.parts.only_in_database import changed_or_none
from sertantai.web.parts.reviewing.shown import offered_in
from sertantai.web.parts.shared_lists import LEVELS_MEAN, may_of, shared, targets_among
from sertantai.web.parts.shortcuts import OF_A_LIST
from sertantai.web.parts.shown_page import page_numbers
from sertantai.web.parts.wording import type_wording
from sertantai.web.query import SIZE_DEFAULT, SIZES
from sertantai.web.requests import allowed, asked, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

WHOLE: Final = "lists/list.html"
PART: Final = "lists/list_records.html"
COLUMNS: Final = (
    ("title_en", "Title", ""),
    ("year", "Year", "number"),
    ("number", "Number", "number"),
    ("type_code", "Type", ""),
    ("live", "Status", ""),
    ("added", "Added", ""),
)


@get(
    "/groups/{group:str}",
    guards=[signed_in],
    opt={**LOOKED_AT, PURPOSE: "see your lists", **LIST.opt},
    include_in_schema=False,
)
async def group_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """The whole page, or for our own script (``HX-Request``) only what a filter or a change alters."""
    target = await allowed(request, group, Right.READ)
    view = LIST.of(request, path=f"/groups/{target.group.id}")
    context = await list_context(request, target, view)
    lists = beside(target, target.group)
    context["lists"] = [summary_in(target, one) for one in lists]
    context["targets"] = targets_among(target, lists)
    context["copied"] = await copy_of(request, target)
    may_give = target.access is None and not target.group.is_default
    context["receivers"] = (
        receivers(await services(request).access.organizations_of(asked(request))) if may_give else []
    )
    context["offered"] = offered_in(target, target.group)
    context["counts_json"] = msgspec.json.encode({str(one.id): one.count for one in lists}).decode()
    template = PART if request.headers.get("hx-request") == "true" else WHOLE
    return (fragment if template == PART else page)(request, template, **context)


async def list_context(request: AnyRequest, shown: Allowed, view: ListView) -> dict[str, Any]:
    service, group = services(request), shown.group
    changed = await changed_or_none(service, shown)
    catalogue = service.register.catalogue
    within = await worded(catalogue, view.filter, group)
    listing = await selected_rows(service, shown, view, within, changed, reader_today(request))
    tags = await tags_of(group)
    await breathe()
    facets = list_facets(catalogue, group.records, view, within)
    await breathe()
    return {
        "list": summary_in(shown, group),
        "may": may_of(shown, group),
        "shared": shared(shown, group),
        "may_hand_back": may_be_handed_back(shown),
        "level_means": LEVELS_MEAN,
        "view": view,
        "listing": listing,
        "version": group.version,
        "facets": facets,
        "tags": tags,
        "drift": drift(catalogue, group),
        "exceptions_count": len(exceptions_of(group)),
        "changed_count": len(changed.records) if changed else 0,
        "database_away": changed is None,
        "numbers": page_numbers(listing.page, listing.pages),
        "columns": COLUMNS,
        "sizes": SIZES,
        "usual_size": SIZE_DEFAULT,
        "colours": COLOURS,
        "shortcuts": OF_A_LIST,
        "type_words": type_wording,
        "filter_json": msgspec.json.encode(view.body()).decode(),
    }


ROUTES = [group_page]
