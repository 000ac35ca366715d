"""``/groups/{group}/imports``: what was imported into a list, and the lines that no law was found for."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import parse_uuid
from sertantai.core.rights import Right
from sertantai.http.aside import aside
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.lists.access import Allowed
from sertantai.lists.importing.kept_reports import KeptImport
from sertantai.lists.importing.reports import NOT_FOUND, Outcome, ReportLine, unpacked
from sertantai.web.parts.list_summary import SHOWN_MAX, summary
from sertantai.web.query import TEXT, Shape
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, Services, services
from sertantai.web.token_scopes import LOOKED_AT

COUNTED: Final[tuple[tuple[Outcome, str], ...]] = (
    ("imported", "imported"),
    ("already", "already in the list"),
    ("repeated", "named again"),
    ("left_out", "left out"),
    ("ambiguous", "not chosen"),
    ("missing", "not found"),
)
SEARCH_CHARACTERS: Final = 1_000
"""Of a line, as much as a search takes."""


class ImportsAsked(msgspec.Struct, frozen=True):
    """``shown``: the import whose lines are shown; else the newest one's are."""

    shown: str = ""


IMPORTS: Final = Shape(ImportsAsked, {"import": msgspec.structs.replace(TEXT, field="shown")})


class LineRow(msgspec.Struct, frozen=True):
    line: int
    text: str
    is_missing: bool
    reason: str | None
    search: str


class ImportCard(msgspec.Struct, frozen=True):
    """``counts``: how many lines had which outcome, worded; ``rows``: None unless they are shown."""

    kept: KeptImport
    is_own: bool
    counts: list[tuple[int, str]]
    not_found: int
    rows: list[LineRow] | None


@get(
    "/groups/{group:str}/imports",
    guards=[signed_in],
    opt={**LOOKED_AT, **IMPORTS.opt},
    include_in_schema=False,
)
async def imports_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    service, found = services(request), await allowed(request, group, Right.READ)
    asked = IMPORTS.of(request).shown
    shown = parse_uuid(asked, "import") if asked else None
    cards: list[ImportCard] | None = None
    try:
        kept = await service.import_reports.of_list(found)
        if shown is None and kept:
            shown = kept[0].id
        cards = [await _card(service, found, one, shown) for one in kept]
    except DatabaseUnavailable:
        pass  # the page says so
    return page(request, "lists/import_reports.html", list=summary(found.group), cards=cards)


async def _card(service: Services, found: Allowed, kept: KeptImport, shown: UUID | None) -> ImportCard:
    counts = [(count, words) for outcome, words in COUNTED if (count := kept.outcomes[outcome])]
    not_found = sum(kept.outcomes[outcome] for outcome in NOT_FOUND)
    rows = await _rows(service, found, kept) if kept.id == shown else None
    return ImportCard(kept, kept.actor_id == found.actor, counts, not_found, rows)


async def _rows(service: Services, found: Allowed, kept: KeptImport) -> list[LineRow]:
    """The first lines that no law was found for, then those for which none was chosen."""
    lines: list[ReportLine] = []
    for part in await service.import_reports.parts(found, kept.id):
        if part.not_found:
            lines += await aside(_not_found, await service.import_reports.report(found, kept.id, part))
        if sum(line.outcome == "missing" for line in lines) >= SHOWN_MAX:
            break
    ordered = [line for outcome in NOT_FOUND for line in lines if line.outcome == outcome]
    return [_row(line) for line in ordered[:SHOWN_MAX]]


def _not_found(report: bytes) -> list[ReportLine]:
    """The first `SHOWN_MAX` of each kind."""
    lines = unpacked(report)
    return [
        line
        for outcome in NOT_FOUND
        for line in [line for line in lines if line.outcome == outcome][:SHOWN_MAX]
    ]


def _row(line: ReportLine) -> LineRow:
    search = " ".join(line.text[:SEARCH_CHARACTERS].split())
    return LineRow(line.line, line.text, line.outcome == "missing", line.reason, search)


ROUTES = [imports_page]
