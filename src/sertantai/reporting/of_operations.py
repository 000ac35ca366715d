"""Questions that whole operations answer: outside hours, in bulk, by one person."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sertantai.audit.days import start_of
from sertantai.core.errors import PermissionNeeded
from sertantai.core.rights import Right
from sertantai.files.report_rows import Row
from sertantai.postgres import Record
from sertantai.postgres.arrays import moments_as_text
from sertantai.reporting import sql
from sertantai.reporting.asked import Asked
from sertantai.reporting.paging import (
    Make,
    Names,
    Pages,
    People,
    actor,
    counted,
    name_in,
    newest_first,
    who,
)
from sertantai.reporting.sight import Sight
from sertantai.reporting.wording import SOURCES, done_in_operation

SATURDAY: Final = 5
Statements = tuple[str, ...]


class OfOperations:
    """``narrowed``: by whom, by what means, at least so many laws, undone, and outside which hours."""

    def __init__(
        self,
        narrowed: Callable[[Asked], tuple[Any, ...]],
        make: Callable[[Sight, Asked], Make],
        people: People = actor,
    ) -> None:
        self._narrowed = narrowed
        self._make = make
        self._people = people

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        statement, narrowed = _statements(sight, asked)[0], self._narrowed(asked)
        make = self._make(sight, asked)
        async for page in newest_first(sight, asked, statement, narrowed, make, chunk, people=self._people):
            yield page

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]:
        return await counted(sight, asked, _statements(sight, asked)[1], self._narrowed(asked), edges)


def _statements(sight: Sight, asked: Asked) -> Statements:
    if asked.question.key == "outside-hours" and asked.why == "address":
        if not sight.personal:
            raise PermissionNeeded(Right.AUDIT_PERSONAL.value, ())
        return sql.NEW_ADDRESSES if sight.owner is not None else sql.NEW_ADDRESSES_OF_EVERYBODY
    return sql.OPERATIONS if sight.owner is not None else sql.OPERATIONS_OF_EVERYBODY


def working_hours(asked: Asked) -> list[datetime]:
    """When work begins and ends on each working day between the ends of a time, in order: between an even and
    an odd one nobody works. The database may know other zones than this machine, so it is told."""
    begins, ends = asked.hours
    edges: list[datetime] = []
    day = asked.since.astimezone(asked.zone).date()
    last = min(asked.until, asked.now).astimezone(asked.zone).date()
    while day <= last:
        if day.weekday() < SATURDAY:
            midnight = start_of(day, asked.zone)
            edges += [_at(midnight, day, minute, asked) for minute in (begins, ends)]
        day += timedelta(days=1)
    return edges


def _at(midnight: datetime, day: Any, minute: int, asked: Asked) -> datetime:
    """That time by the clock on the wall, also on a day on which the clocks change."""
    if minute == 0:
        return midnight
    if minute == 24 * 60:
        return start_of(day + timedelta(days=1), asked.zone)
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=asked.zone)
    return max(midnight, local.astimezone(midnight.tzinfo))


def _outside(asked: Asked) -> tuple[Any, ...]:
    edges = None if asked.why == "address" else moments_as_text(working_hours(asked))
    return asked.person, None, None, None, edges


def _in_bulk(asked: Asked) -> tuple[Any, ...]:
    return asked.person, asked.source, asked.least, asked.undone, None


def _of_person(asked: Asked) -> tuple[Any, ...]:
    return asked.person, None, None, None, None


def _done(row: Record) -> str:
    undo = row["undoes"] is not None
    return done_in_operation(
        row["list_action"], row["record_action"], row["added"], row["removed"], is_undo=undo
    )


def _laws(row: Record) -> int:
    count: int = row["added"] + row["removed"] + row["annotated"]
    return count


def _list(sight: Sight, row: Record) -> str | None:
    return sight.list_name(row["group_id"], row["group_name"]) if row["group_id"] else None


def _where(row: Record) -> tuple[str | None, str | None]:
    return row["ip"], row["user_agent"]


def _how(row: Record) -> str:
    source = row["source"] or "hand"
    return SOURCES.get(source, source)


def _outside_row(sight: Sight, asked: Asked) -> Make:
    def make(row: Record, names: Names) -> Row:
        local = row["at"].astimezone(asked.zone)
        return (
            *(row["at"], f"{local:%a %Y-%m-%d %H:%M}", name_in(names, who(row)), _done(row)),
            *(_list(sight, row), _laws(row), _how(row), str(row["operation_id"]), *_where(row)),
        )

    return make


def _bulk_row(sight: Sight, _asked: Asked) -> Make:
    def make(row: Record, names: Names) -> Row:
        counts = (row["added"], row["removed"], row["annotated"])
        first = (row["at"], name_in(names, who(row)), _list(sight, row), _done(row))
        return *first, *counts, _how(row), row["undone_at"], str(row["operation_id"]), *_where(row)

    return make


def _person_row(sight: Sight, _asked: Asked) -> Make:
    def make(row: Record, _names: Names) -> Row:
        said = (row["at"], _done(row), _list(sight, row), _laws(row), _how(row))
        return *said, str(row["operation_id"]), *_where(row)

    return make


def _everything(asked: Asked) -> tuple[Any, ...]:
    return asked.person, asked.source, None, asked.undone, None


def _with_owner(row: Record) -> tuple[UUID | None, ...]:
    return who(row), row["user_id"]


def _everything_row(sight: Sight, _asked: Asked) -> Make:
    def make(row: Record, names: Names) -> Row:
        by, whose = name_in(names, who(row)), name_in(names, row["user_id"])
        said = (row["at"], by, whose, _done(row), _list(sight, row), _laws(row), _how(row), row["undone_at"])
        return *said, str(row["operation_id"]), *_where(row)

    return make


OUTSIDE: Final = OfOperations(_outside, _outside_row)
IN_BULK: Final = OfOperations(_in_bulk, _bulk_row)
PERSON: Final = OfOperations(_of_person, _person_row)
EVERYTHING: Final = OfOperations(_everything, _everything_row, _with_owner)
