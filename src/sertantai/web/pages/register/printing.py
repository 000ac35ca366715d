"""``/records/print`` and ``/groups/{group}/print``: a whole view or list on paper, not one page of it.

The rows are written a few at a time, so that nobody else waits for thousands of them.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup, escape

from sertantai.core.rights import Right
from sertantai.files.rows import ExportRow
from sertantai.http.guards import PURPOSE, public, signed_in
from sertantai.http.pages.rendering import number, page
from sertantai.lists.changed_records import ChangedRecords
from sertantai.lists.exporting.source import list_rows, register_rows
from sertantai.lists.groups import display_name
from sertantai.lists.search import without_search, worded
from sertantai.web.parts import list_rows as rows_of_lists
from sertantai.web.parts.chips import chips_of
from sertantai.web.parts.list_choice import my_lists
from sertantai.web.parts.list_view import LIST
from sertantai.web.parts.only_in_database import changed_or_none
from sertantai.web.parts.register_view import REGISTER
from sertantai.web.parts.shown_page import records_of
from sertantai.web.parts.wording import status_words, type_wording
from sertantai.web.requests import allowed, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING, LOOKED_AT
from sertantai.web.viewing import viewing_shown

PRINTED_MAX: Final = 5_000
"""Some 150 sheets; what has more is exported."""
TEMPLATE: Final = "register/printing.html"


@get("/records/print", guards=[public], opt={**FOR_READING, **REGISTER.opt}, include_in_schema=False)
async def print_register(request: AnyRequest) -> Response[bytes]:
    """All that a view shows, in its order."""
    view = REGISTER.of(request)
    mine = await my_lists(request, view.group)
    catalogue = services(request).register.catalogue
    matching = records_of(catalogue, view, mine.ticked) & catalogue.everything
    about = [chip.label for chip in chips_of(view)]
    rows = register_rows(catalogue, matching, catalogue.ordered(view.sort, view.filter.q, view.filter.own))
    said = await _printed(rows, len(matching), notes=False)
    return page(
        request,
        TEMPLATE,
        heading="Laws in the register",
        description="",
        about=about,
        back=view.url(),
        now=services(request).clock.now(),
        **said,
    )


@get(
    "/groups/{group:str}/print",
    guards=[signed_in],
    opt={**LOOKED_AT, PURPOSE: "print your lists", **LIST.opt},
    include_in_schema=False,
)
async def print_list(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """All of a list that a view of it shows, with notes and tags."""
    service, shown = services(request), await allowed(request, group, Right.READ)
    target = shown.group
    view = LIST.of(request, path=f"/groups/{target.id}")
    changed = await changed_or_none(service, shown) if view.show == "changed" else None
    catalogue = service.register.catalogue
    within = await worded(catalogue, view.filter, target)
    found = catalogue.matching(without_search(view.filter)) & within & catalogue.everything
    matching = await rows_of_lists.narrowed(
        found, shown, view, (changed or ChangedRecords()).numbers, reader_today(request)
    )
    rows = list_rows(service.effects, catalogue, shown, matching, view.sort, Right.READ)
    counted = Markup("{} of {} laws of the list").format(number(len(matching)), number(target.count))
    about = [counted] if view.is_narrowed else []
    if (viewing := viewing_shown(request)) is not None:
        about.insert(0, Markup("Viewed as {}").format(viewing.name))
    said = await _printed(rows, len(matching), notes=True)
    return page(
        request,
        TEMPLATE,
        heading=display_name(target),
        description=target.description or "",
        about=about,
        back=view.url(),
        now=services(request).clock.now(),
        **said,
    )


async def _printed(rows: AsyncIterator[ExportRow], total: int, *, notes: bool) -> dict[str, Any]:
    """The rows, and what the page says of them."""
    parts: list[Markup] = []
    async for row in rows:
        parts.append(_row(len(parts) + 1, row, notes=notes))
        if len(parts) == PRINTED_MAX:
            break
    return {"rows": parts, "total": total, "printed": len(parts), "notes": notes}


def _row(at: int, row: ExportRow, *, notes: bool) -> Markup:
    status = status_words(row.live).short
    cells = [
        f'<td class="number">{number(at)}</td>',
        f'<td class="print-title">{escape(row.title_en or row.name)}</td>',
        f'<td class="number">{row.year or ""}</td><td class="number">{escape(row.number or "")}</td>',
        f"<td>{escape(type_wording(row.type_code).short)}</td><td>{escape(status)}</td>",
    ]
    if notes:
        tags = ", ".join(row.tags)
        said = " · ".join(text for text in (row.note, tags) if text)
        cells.append(f'<td class="print-note">{escape(said)}</td>')
    return Markup(f'<tr data-testid="printed-row">{"".join(cells)}</tr>\n')  # noqa: S704  # escaped above


ROUTES = [print_register, print_list]
