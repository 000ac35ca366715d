"""What in the trail cannot be as the server wrote it, though each list can be rebuilt from it.

`verify` plays the trail and compares what it leads to; here every line is held against all else that says the
same: the operation that it is of, its law, people, the list and the tick, the time. A forger has to
get all of them right.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.audit import misfits_sql
from sertantai.core.audit_words import ADDING, NOTES, OF_RECORDS, REMOVING, WITHOUT_RECORD
from sertantai.core.ids import GroupId, OwnerId, Position, RecordNo
from sertantai.postgres import Connection

MISFITS_MAX: Final = 1_000


QUESTIONS: Final[tuple[tuple[str, tuple[list[str], ...]], ...]] = (
    (misfits_sql.LINES, (list(OF_RECORDS), list(WITHOUT_RECORD))),
    (misfits_sql.COUNTS, (list(ADDING), list(REMOVING), list(NOTES))),
    (misfits_sql.TALLIES, ()),
    (misfits_sql.PLACES, ()),
    (misfits_sql.TICKS, (list(ADDING),)),
    (misfits_sql.NEWEST, ()),
    (misfits_sql.CUTS, ()),
)
"""Statements, and what they take behind the most that they find."""


class Misfit(StrEnum):
    OWNER_UNKNOWN = "owner_unknown"
    """Nobody of that id has, or ever had, an account."""
    ACTOR_UNKNOWN = "actor_unknown"
    OF_NO_OPERATION = "of_no_operation"
    """It names no operation or no place in the log, as every line does that the server writes."""
    POSITION_NOT_REACHED = "position_not_reached"
    OF_NO_LIST = "of_no_list"
    LIST_OF_ANOTHER = "list_of_another"
    ANOTHER_LAW = "another_law"
    """Id, number and name are not of one law."""
    NOT_YET = "not_yet"
    BEFORE_ACCOUNT = "before_account"
    AFTER_ACCOUNT = "after_account"
    UNSEALED = "unsealed"
    """It was not sealed, though what its owner did before was."""
    NOT_COUNTED = "not_counted"
    """The list of operations does not know its operation."""
    COUNTED_OTHERWISE = "counted_otherwise"
    """The list of operations says another person, place, list, device or way."""
    LINES_MISSING = "lines_missing"
    """The list of operations counts other changes than the trail has."""
    TALLIED_OTHERWISE = "tallied_otherwise"
    """How much was done on a day is said otherwise than the trail says it."""
    SAME_POSITION = "same_position"
    """Two operations have the same place in the log."""
    TICK_UNTOLD = "tick_untold"
    """No line of the trail made the tick at the time, by the person and in the way that it says."""
    NEWEST_MISSING = "newest_missing"
    """A list has changed after all that the trail says of it."""
    CUT_WITHOUT_MONTH = "cut_without_month"
    """It is said to be dropped up to a time at which no month ends that could be dropped."""
    LINE_BEFORE_CUT = "line_before_cut"
    HELD_WITHOUT_CUT = "held_without_cut"
    HELD_TOO_YOUNG = "held_too_young"
    """What is kept of dropped months is younger than they."""
    IN_ANOTHER_MONTH = "in_another_month"


class Misfits(msgspec.Struct, frozen=True):
    """``lines`` of one list that do not fit in one way. Of one line, all is said of that line; of more, where
    they begin."""

    misfit: Misfit
    owner: OwnerId | None
    group: GroupId | None
    group_name: str
    lines: int
    at: datetime
    position: Position | None
    operation: UUID | None
    record: RecordNo | None
    month: str = ""


async def find_misfits(connection: Connection) -> list[Misfits]:
    """In a transaction that sees what `whole_trail_now` does. At most `MISFITS_MAX` for each question."""
    await connection.execute(misfits_sql.WITH_ROOM)
    found = []
    for statement, words in QUESTIONS:
        found += [_read(row) for row in await connection.fetch(statement, MISFITS_MAX, *words)]
    return found + [
        _of_month(row) for row in await connection.fetch(misfits_sql.MONTHS) if not _is_within(row)
    ]


def _read(row: Any) -> Misfits:
    return Misfits(
        Misfit(row["fault"]),
        row["user_id"],
        row["group_id"],
        row["name"] or "",
        row["lines"],
        row["at"],
        row["position"],
        row["operation"],
        row["record"],
    )


def _is_within(row: Any) -> bool:
    """The partition for all other times holds what is of no month."""
    year, month = row["month"][-7:-3], row["month"][-2:]
    if not (year.isdigit() and month.isdigit()):
        return True
    return all((at.year, at.month) == (int(year), int(month)) for at in (row["first"], row["last"]))


def _of_month(row: Any) -> Misfits:
    return Misfits(Misfit.IN_ANOTHER_MONTH, None, None, "", 1, row["first"], None, None, None, row["month"])
