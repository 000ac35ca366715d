"""``POST /api/v1/imports/columns`` and ``/imports/match``: somebody's own table, before a save."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from sertantai.core.errors import TooLarge
from sertantai.http.answers import JsonAnswer
from sertantai.http.aside import aside
from sertantai.http.guards import signed_in
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.lists.importing.columns import Guess, cells_to_name, guess
from sertantai.lists.importing.lines import ITEMS_MAX, ImportItem
from sertantai.lists.importing.matching import Match
from sertantai.lists.importing.table_rows import TableRow, item_of
from sertantai.records.finding.candidates import IN_PART
from sertantai.web.api.imports import MatchAnswer, answer_of
from sertantai.web.requests import caller_of, own_words
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

SAMPLE_ROWS_MAX: Final = 200
"""The first rows of a table show what its columns are."""
SAMPLE_COLUMNS_MAX: Final = 1_000


class ColumnsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first rows of a table, each as the text of its cells."""

    rows: list[list[str]]


class RowsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rows: list[TableRow]


@post(
    "/imports/columns",
    guards=[signed_in],
    opt={**FOR_READING, TAKES_ITS_TIME: True},
    summary="Guess what the columns of a table hold",
    status_code=200,
)
async def guess_columns(request: AnyRequest, data: JSONBody[ColumnsRequest]) -> Guess:
    """By their headings, and by how many of their cells name a law of the register. Nothing is saved."""
    if len(data.rows) > SAMPLE_ROWS_MAX:
        raise TooLarge(f"rows: at most {SAMPLE_ROWS_MAX:,}; the first ones will do.", field="rows")
    if max(map(len, data.rows), default=0) > SAMPLE_COLUMNS_MAX:
        raise TooLarge(f"rows: at most {SAMPLE_COLUMNS_MAX:,} columns.", field="rows")
    service = services(request)
    cells = await aside(cells_to_name, data.rows)
    asked = [ImportItem(at, (cell,)) for at, column in enumerate(cells) for cell in column]
    who, catalogue = caller_of(request).user_id, service.register.catalogue
    matches = await service.matching.match_all(catalogue, asked, await own_words(request), who=who)
    return await aside(guess, data.rows, _shares(cells, matches))


@post(
    "/imports/match",
    guards=[signed_in],
    # As of `records/match`: `Matching` bounds what it may take and how long it may wait.
    opt={**FOR_READING, TAKES_ITS_TIME: True},
    summary="Find the laws of a table's rows",
    status_code=200,
)
async def match_rows(request: AnyRequest, data: JSONBody[RowsRequest]) -> Response[MatchAnswer]:
    """In the shape of ``/records/match``; rows that name no law are in no item. Nothing is saved."""
    if len(data.rows) > ITEMS_MAX:
        raise TooLarge(f"rows: at most {ITEMS_MAX:,} in one import.", field="rows")
    service = services(request)
    catalogue = service.register.catalogue
    items = await aside(_items, data.rows)
    who = caller_of(request).user_id
    matches = await service.matching.match_all(catalogue, items, await own_words(request), who=who)
    return JsonAnswer(await aside(answer_of, catalogue, "rows", matches))


def _items(rows: Sequence[TableRow]) -> list[ImportItem]:
    return [item for row in rows if (item := item_of(row)) is not None]


def _shares(cells: Sequence[Sequence[str]], matches: Sequence[Match]) -> list[float]:
    """Of each column, how many of its cells name a law; what may be of several counts by half."""
    named: Counter[int] = Counter()
    seen: set[int] = set()
    weights: dict[int, float] = {}
    for match in matches:
        if id(match.item) in seen:  # a cell of several laws is one cell
            continue
        seen.add(id(match.item))
        weights[match.item.line] = weights.get(match.item.line, 0.0) + _weight(match)
        named[match.item.line] += 1
    return [weights.get(at, 0.0) / max(named[at], 1) for at in range(len(cells))]


def _weight(match: Match) -> float:
    if match.found == "matched":
        return 1.0
    return 0.5 if match.reasons and match.reasons[0] != IN_PART else 0.0


ROUTES = [guess_columns, match_rows]
