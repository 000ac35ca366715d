"""``/groups/{group}/filter``: the filter that a list keeps, and how far the two have drifted apart."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import fragment, page
from sertantai.http.turns import breathe
from sertantai.lists.exceptions import exceptions_of, stored_filter
from sertantai.lists.listing import first_rows
from sertantai.lists.smart import Drift, drift
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter, filter_body
from sertantai.records.rows import RecordRow
from sertantai.web.api.asked import FILTER
from sertantai.web.parts.list_facets import list_facets
from sertantai.web.parts.list_summary import SHOWN_MAX, summaries_beside, summary_in
from sertantai.web.parts.list_view import ListView
from sertantai.web.parts.shared_lists import shared
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING


@get(
    "/groups/{group:str}/filter",
    guards=[signed_in],
    opt={**FOR_READING, **FILTER.opt},
    include_in_schema=False,
)
async def filter_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """Its filter; one that the address states is shown instead, to be saved."""
    service, shown = services(request), await allowed(request, group, Right.READ)
    target = shown.group
    catalogue = service.register.catalogue
    wanted = FILTER.of(request).filter
    if FILTER.names.isdisjoint(request.query_params):
        wanted = stored_filter(target) or RecordFilter()
    everything = catalogue.everything
    within = everything if wanted.q is None else catalogue.matching(RecordFilter(q=wanted.q))
    found = drift(catalogue, target)
    await breathe()
    context: dict[str, Any] = {
        "list": summary_in(shown, target),
        "wanted": wanted,
        "facets": list_facets(catalogue, everything, ListView(f"/groups/{target.id}/filter", wanted), within),
        "matching": 0 if wanted.is_empty else len(catalogue.matching(wanted)),
        "filter_json": msgspec.json.encode(filter_body(wanted)).decode(),
        "drift": found,
        "exceptions_count": len(exceptions_of(target)),
        "parts": [] if found is None else await _drifted(catalogue, found),
    }
    if request.headers.get("hx-request") == "true":
        return fragment(request, "lists/filter_form.html", **context)
    context |= {"lists": summaries_beside(shown, target), "shared": shared(shown, target)}
    return page(request, "lists/filter.html", **context)


async def _drifted(catalogue: Catalogue, found: Drift) -> list[tuple[str, str, int, list[RecordRow]]]:
    new = await first_rows(catalogue, found.new, SHOWN_MAX)
    gone = await first_rows(catalogue, found.gone, SHOWN_MAX)
    return [
        ("new", "New matches, not in the list yet", len(found.new), new),
        ("gone", "In the list, but no longer match", len(found.gone), gone),
    ]


ROUTES = [filter_page]
