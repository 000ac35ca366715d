"""What the columns of somebody's own table hold: guessed from its headings and from its cells. Pure.

People keep registers in their own words, often below a title and a date of the sheet. A guess is offered and
changed by a click; a column of laws that is not seen costs most, and remarks taken for laws nearly as much.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from sertantai.files.rows import COLUMNS
from sertantai.lists.importing.headings import Role, is_known, is_of_other_laws, is_short, role_of_heading
from sertantai.records.finding.text import understand

HEADING_ROWS_MAX: Final = 20
"""So far down the headings may stand."""
COLUMNS_MAX: Final = 60
"""So many are looked into; those to the right of them are for somebody to name."""
CELLS_MAX: Final = 20
"""Of each column, so many cells are looked for in the register."""
CELL_CHARACTERS_MAX: Final = 300
"""What is longer is text about a law, not its name."""
NAMED_MIN: Final = 0.5
"""A column is of laws where so many of its cells name one."""
NAMED_BESIDE_HEADING_MIN: Final = 0.1
"""The same below a heading that says so."""
DATES_MIN: Final = 0.7


class Column(msgspec.Struct, frozen=True):
    """``named``: the share of its cells, from 0 to 1, that name a law."""

    role: Role
    heading: str
    named: float


class Guess(msgspec.Struct, frozen=True):
    """``heading``: which of the rows, from 0, holds the headings; None: there are none."""

    heading: int | None
    columns: tuple[Column, ...]


_EXPORTED: Final = {
    "name": Role.LAW,
    "note": Role.NOTE,
    "tags": Role.TAGS,
    "responsible": Role.RESPONSIBLE,
    "review_on": Role.REVIEW_ON,
}
"""Of a list that was exported from here; the rest of it the register knows."""

Rows = Sequence[Sequence[str]]

_DATE: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ].*)?|\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})"
    r"|(?:\d{1,2}(?:st|nd|rd|th)? )?[A-Z][a-z]{2,8},? \d{2,4}|\d{1,2}-[A-Z][a-z]{2}-\d{2,4}"
)
_ADDRESS: Final = re.compile(r"(?:https?://|www\.|\w+\.gov\.uk/)\S+|\buk_\w+", re.IGNORECASE)
_WITHIN_YEAR: Final = re.compile(
    r"(?:\(?\s?(?:c|ch|cap|chapter)\b\.?\s?(?P<chapter>\d{1,3})\s?\)?|no\b\.?\s?(?P<number>\d{1,5}))",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_OF_SERIES: Final = frozenset(
    (
        *(
            "amended",
            "chapter",
            "instrument",
            "instruments",
            "ireland",
            "northern",
            "number",
            "orders",
            "rules",
        ),
        *("scottish", "statutory", "wales", "welsh"),
    )
)


def cells_to_name(rows: Rows) -> list[list[str]]:
    """Of each column some cells, from all over it, to look for in the register; what is too long is none."""
    return [
        _spread([cell for cell in _column(rows, at) if _may_name(cell)])
        for at in range(min(_width(rows), COLUMNS_MAX))
    ]


def _may_name(cell: str) -> bool:
    return len(cell) <= CELL_CHARACTERS_MAX and any(map(str.isalnum, cell))


def guess(rows: Rows, named: Sequence[float]) -> Guess:
    """``named``: of each column that was looked into, the share of its cells that name a law."""
    heading = heading_row(rows, named)
    below = rows if heading is None else rows[heading + 1 :]
    headings = [_at(rows[heading], at) if heading is not None else "" for at in range(_width(rows))]
    if "name" in headings and set(headings) <= set(COLUMNS):
        return Guess(heading, tuple(Column(_EXPORTED.get(one, Role.OUT), one, 0.0) for one in headings))
    shares = [named[at] if at < len(named) else 0.0 for at in range(len(headings))]
    columns = [_Seen(text, _column(below, at), shares[at]) for at, text in enumerate(headings)]
    roles = [_role(one) if at < COLUMNS_MAX else Role.OTHER for at, one in enumerate(columns)]
    _one_of_laws(roles, columns)
    return Guess(
        heading,
        tuple(Column(role, one.heading, one.named) for role, one in zip(roles, columns, strict=True)),
    )


def heading_row(rows: Rows, named: Sequence[float]) -> int | None:
    """The row with most headings that are known; without any, the labels above a column of laws."""
    known = [(_known(row), -at) for at, row in enumerate(rows[:HEADING_ROWS_MAX])]
    best, above = max(known, default=(0, 0))
    filled = [sum(1 for cell in row if cell) for row in rows[:HEADING_ROWS_MAX]]
    if best >= 2 or (best == 1 and filled[-above] <= 2):
        return -above
    if not any(share >= NAMED_MIN for share in named) or _width(rows) < 2 or len(rows) < 2:
        return None
    first = next((at for at, count in enumerate(filled) if count >= 2), None)
    return first if first is not None and first + 1 < len(rows) and _are_labels(rows, first) else None


class _Seen(msgspec.Struct, frozen=True):
    heading: str
    cells: Sequence[str]
    named: float

    @property
    def filled(self) -> list[str]:
        return [cell for cell in self.cells if cell]


def _role(column: _Seen) -> Role:
    said, filled = role_of_heading(column.heading), column.filled
    if not filled or said is Role.OUT:
        return _by_number(column) if filled else Role.OUT
    if said is Role.REFERENCE:
        # People number their own lines, too: such a reference is worth keeping, and finds no law.
        return said if column.named >= NAMED_BESIDE_HEADING_MIN or _share(filled, _cites) > 0 else Role.OTHER
    if said is Role.LAW:
        return Role.REFERENCE if _share(filled, _cites) > NAMED_MIN else said
    if said is not None:
        return said
    if column.named >= NAMED_MIN:
        return Role.REFERENCE if _share(filled, _cites) > NAMED_MIN else Role.LAW
    if _share(filled, _is_date) >= DATES_MIN:
        return Role.DATE
    return Role.OUT if not column.heading and _counts(filled) else Role.OTHER


def _by_number(column: _Seen) -> Role:
    return Role.REFERENCE if _share(column.filled, _cites) > NAMED_MIN else Role.OUT


def _one_of_laws(roles: list[Role], columns: Sequence[_Seen]) -> None:
    """Of several columns that may be of laws one is, and where there is none a reference will do."""
    laws = [at for at, role in enumerate(roles) if role is Role.LAW]
    if len(laws) > 1:
        best = max(
            laws, key=lambda at: (columns[at].named, role_of_heading(columns[at].heading) is Role.LAW, -at)
        )
        for at in laws:
            if at != best:
                roles[at] = Role.OTHER
    if not laws and Role.REFERENCE not in roles:
        likely = [
            at
            for at, role in enumerate(roles)
            if role in (Role.OTHER, Role.NOTE)
            if columns[at].named > 0 and not is_of_other_laws(columns[at].heading)
        ]
        if likely:
            roles[max(likely, key=lambda at: (columns[at].named, -at))] = Role.LAW
        elif (only := [at for at, role in enumerate(roles) if role is not Role.OUT]) and len(only) == 1:
            roles[only[0]] = Role.LAW


# ---------------------------------------------------------------------------------------------- cells


def _known(row: Sequence[str]) -> int:
    """How many different cells of a row are headings that people have; none where one has a number.

    A title that is merged over all columns stands in each of them.
    """
    return 0 if any(map(_has_digit, row)) else sum(map(is_known, set(row)))


def _are_labels(rows: Rows, at: int) -> bool:
    return all(is_short(cell) and not _has_digit(cell) for cell in rows[at] if cell)


def _has_digit(cell: str) -> bool:
    return any(map(str.isdigit, cell))


def states_laws(cell: str) -> bool:
    """Whether a number or an address of a law is in it."""
    asked = understand(cell[:CELL_CHARACTERS_MAX])
    return bool(asked.citations or asked.names)


def cites_in_its_year(cell: str) -> str | None:
    """What a number within a year is, put behind that year: " c. 37", "/2677"; None for any other text."""
    found = _WITHIN_YEAR.fullmatch(cell)
    if found is None:
        return None
    return f" c. {found['chapter']}" if found["chapter"] else f"/{found['number']}"


def _cites(cell: str) -> bool:
    """Whether it is a citation or an address, with no title beside it."""
    if cites_in_its_year(cell) is not None:
        return True
    titled = _WORD.findall(_ADDRESS.sub("", cell))
    return len([word for word in titled if word.lower() not in _OF_SERIES]) < 2 and states_laws(cell)


def _is_date(cell: str) -> bool:
    return bool(_DATE.fullmatch(cell))


def _counts(filled: Sequence[str]) -> bool:
    """Whether the cells number the lines."""
    numbers = [cell.strip(".)") for cell in filled]
    return all(number.isascii() and number.isdigit() and len(number) <= 6 for number in numbers)


def _share(cells: Sequence[str], is_so: Callable[[str], bool]) -> float:
    some = _spread(cells)
    return sum(map(is_so, some)) / len(some) if some else 0.0


def _spread(cells: Sequence[str]) -> list[str]:
    """So many of them, from the first to the last."""
    if len(cells) <= CELLS_MAX:
        return list(cells)
    return [cells[at * len(cells) // CELLS_MAX] for at in range(CELLS_MAX)]


def _column(rows: Rows, at: int) -> list[str]:
    return [_at(row, at) for row in rows]


def _at(row: Sequence[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _width(rows: Rows) -> int:
    return max(map(len, rows), default=0)
