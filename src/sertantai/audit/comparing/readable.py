"""Which rows hold what nobody can read, such as a time without end: asked when a comparison, or a pack, met
one. The database refuses such values, unless somebody with its passwords took that rule away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sertantai.audit import seals_sql as sql
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.errors import Conflict, InvalidInput
from sertantai.postgres import Connection, Database

NAMED_MAX: Final = 20
FAILURES: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, InvalidInput)
"""What reading such a value may end in."""


class Unreadable(Conflict):
    """``rows``: sentences, one a row. The message names the first without saying whose it is."""

    code = "trail_unreadable"

    def __init__(self, rows: list[str], place: str) -> None:
        super().__init__(
            f"A row of the trail cannot be read: {place}. The administrators of this site can find out more "
            "with: sertantai audit verify"
        )
        self.rows = rows


@asynccontextmanager
async def naming_unreadable(database: Database) -> AsyncIterator[None]:
    """Raises `Unreadable` in place of whatever reading such a row has ended in."""
    try:
        yield
    except FAILURES as error:
        if isinstance(error, InvalidInput) and error.__cause__ is None:
            raise  # of whoever asked
        async with whole_trail_now(database) as connection:
            found = await _unreadable(connection)
        if not found:
            raise
        rows = [f"{table} {id} of user {owner}, {place}" for table, id, owner, place in found]
        said = [f"A row cannot be read: {row}." for row in rows]
        raise Unreadable(said, found[0][3]) from error


async def _unreadable(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Table, id, whose, and where it stands with what is wrong."""
    found = [
        (row["name"], row["id"], row["owner"] or "nobody", _place(row, row["what"]))
        for row in await connection.fetch(sql.UNREADABLE, NAMED_MAX)
    ]
    async for row in connection.cursor(sql.SAID_OF_MOVES, prefetch=1_000):
        what = [name for name, reads in _READS.items() if row[name] is not None and not reads(row[name])]
        if what and len(found) < NAMED_MAX:
            said = " and ".join(f"metadata.{name}" for name in what)
            found.append(("selection_audit_log", row["id"], row["owner"], _place(row, said)))
    return found


def _place(row: Any, what: str) -> str:
    at = f" of {row['at'][:16]}"
    where = f"operation {row['position']}{at}" if row["position"] is not None else f"the one{at}"
    return f"{where}, its {what}"


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


_READS: Final = {"selected_at": _is_time, "selected_by": _is_uuid}
