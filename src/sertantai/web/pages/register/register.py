"""``/records``: the register with the caller's ticks. The same address gives the whole page, or for our
own script (``HX-Request``) only the part that a filter, a sort or another page changes."""

from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from sertantai.accounts.caller import Caller
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import RecordId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.caller import member_of
from sertantai.http.guards import public
from sertantai.http.pages.rendering import fragment, page
from sertantai.http.problems import problem_of, status_of
from sertantai.http.turns import breathe
from sertantai.records.filters import RecordFilter
from sertantai.records.sorting import BY_RELEVANCE
from sertantai.web.parts.chips import chips_of
from sertantai.web.parts.columns import COLUMNS_COOKIE, parse_columns
from sertantai.web.parts.facets import facets_of
from sertantai.web.parts.headings import headings_of
from sertantai.web.parts.law_details import law_context
from sertantai.web.parts.list_choice import MyLists, my_lists, sizes_of
from sertantai.web.parts.list_summary import colour_of
from sertantai.web.parts.nearest import nearest_to
from sertantai.web.parts.register_view import REGISTER, RegisterView
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.parts.row_html import choices_html, rows_html
from sertantai.web.parts.shortcuts import SHORTCUTS
from sertantai.web.parts.shown_page import ShownPage, page_numbers, shown_page
from sertantai.web.query import SIZES, Shape
from sertantai.web.requests import accounts_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING, LOOKED_AT

WHOLE: Final = "register/register.html"
HINTS_COOKIE: Final = "sertantai_hints"
PARTS_HEADER: Final = "sertantai-parts"
"""``results``: our script has the filters already, for it only sorts or turns pages."""
RESULTS: Final = "register/results.html"
SWITCHER: Final = "register/group_switcher.html"
SUGGESTED: Final = "/records/suggestions"


class RecordAsked(msgspec.Struct, frozen=True):
    """``group``: the list that its tick is of."""

    group: str = ""


RECORD: Final = Shape(RecordAsked)


@get("/records", guards=[public], opt={**FOR_READING, **REGISTER.opt}, include_in_schema=False)
async def register_page(request: AnyRequest) -> Response[bytes]:
    """Anybody may look; who ticks without having signed in becomes a guest."""
    view = REGISTER.of(request)
    mine = await my_lists(request, view.group, to_suggest=not _is_for_script(request))
    if mine.not_theirs:
        view = msgspec.structs.replace(view, group=None)
    if _is_for_script(request) and request.headers.get(PARTS_HEADER) == "lists":
        return fragment(request, SWITCHER, view=view, mine=mine, name_of=mine.name_of, colour_of=colour_of)
    context = await register_context(request, view, mine)
    if _is_for_script(request):
        return fragment(request, RESULTS, **context)
    if mine.suggests:
        return suggesting_page(request, context)
    return page(request, WHOLE, **context)


def suggesting_page(
    request: AnyRequest, context: dict[str, Any], error: SertantaiError | None = None, reason: str = ""
) -> Response[bytes]:
    """The register for a list that whoever looks may only suggest changes to: the boxes are a form."""
    view: RegisterView = context["view"]
    return page(
        request,
        "register/suggesting.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        reason=reason,
        sent_to=REGISTER.address(SUGGESTED, view.plainly),
        **context,
    )


@get("/records/{record:str}", guards=[public], opt={**LOOKED_AT, **RECORD.opt}, include_in_schema=False)
async def record_page(request: AnyRequest, record: FromPath[str]) -> Response[bytes] | Redirect:
    """All that the register says about one law; a drawer for our own script, else a page."""
    record_id = RecordId(parse_uuid(record, "record"))
    mine = await my_lists(request, RECORD.of(request).group, Right.READ)
    context = {
        **await law_context(request, record_id, mine),
        **guest_context(request),
        "name_of": mine.name_of,
    }
    if _is_for_script(request):
        return fragment(request, "register/record.html", **context)
    return page(request, "register/record_page.html", **context)


async def register_context(request: AnyRequest, view: RegisterView, mine: MyLists) -> dict[str, Any]:
    catalogue = services(request).register.catalogue
    listing = await shown_page(catalogue, view, mine.ticked)
    is_member = member_of(request) is not None
    columns = parse_columns(request.cookies.get(COLUMNS_COOKIE))
    shown = [column for column in columns if column.shown]
    for_script = _is_for_script(request)
    only_results = for_script and request.headers.get(PARTS_HEADER) == "results"
    facets = None if only_results else facets_of(catalogue, view, mine.ticked)
    await breathe()
    return {
        "view": view,
        "mine": mine,
        "listing": listing,
        "facets": facets,
        "columns": columns,
        "shown_columns": shown,
        "headings": headings_of(columns, view),
        "chips": chips_of(view),
        "numbers": page_numbers(listing.page, listing.pages),
        "sizes": SIZES,
        "register_count": catalogue.count,
        "nearest": [] if listing.total else nearest_to(catalogue, view),
        "results_state": _state(view, mine, listing, named=is_member),
        "rows": rows_html(
            listing.rows, [column.key for column in shown], listing.first, for_script=for_script
        ),
        "choices_html": choices_html,
        "for_script": for_script,
        "name_of": mine.name_of,
        "colour_of": colour_of,
        "no_filter": RecordFilter(),
        "by_relevance": BY_RELEVANCE,
        "turned_years": msgspec.structs.replace(
            view.filter, year_from=view.filter.year_to, year_to=view.filter.year_from
        ),
        "only_words": RecordFilter(q=view.filter.q),
        "shortcuts": SHORTCUTS,
        "show_hints": HINTS_COOKIE not in request.cookies and is_member and mine.current is not None,
        **guest_context(request),
    }


def guest_context(request: AnyRequest) -> dict[str, Any]:
    """``guest_days``: how long ticks would be kept, for somebody whom the first tick makes a guest;
    ``guest_until``: how long they are, for a guest."""
    who: Caller | None = request.scope.get("user")
    guests = accounts_of(request).guests
    return {
        "guest_days": guests.lifetime.days if who is None and guests.enabled else None,
        "guest_until": who.expires_at if who is not None and who.is_guest else None,
    }


def _state(view: RegisterView, mine: MyLists, listing: ShownPage, *, named: bool) -> dict[str, str]:
    """What the scripts need to know of the rows, as ``data-`` attributes of the results.

    A guest has one list, which needs no name.
    """
    state: dict[str, Any] = {
        "data-total": listing.total,
        "data-ticked": listing.ticked,
        "data-page": listing.page,
        "data-pages": listing.pages,
        "data-first": listing.first,
        "data-filter": msgspec.json.encode(view.body()).decode(),
        "data-sort": view.order,
        "data-view": view.url(page=1),
    }
    if mine.current is not None:
        state |= {
            "data-list": mine.current.id,
            "data-list-name": mine.name if named else "",
            "data-list-count": mine.current.count,
            "data-version": mine.current.version,
            **({"data-shared": "yes"} if mine.whose else {}),
            **({"data-removal-reasons": mine.whose.reasons} if mine.whose and mine.whose.reasons else {}),
            "data-lists": msgspec.json.encode(sizes_of(mine)).decode(),
        }
    return {name: str(value) for name, value in state.items()}


def _is_for_script(request: AnyRequest) -> bool:
    return request.headers.get("hx-request") == "true"


ROUTES = [register_page, record_page]
