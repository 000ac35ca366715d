"""Says of an entry without rows what can be known: in which list, when, which operation, by whom.

The journal still has what was done lately; the list of operations may have been forgotten by whoever deleted
the rows. The entry after it proves its history; PostgreSQL's newest links say it of a history's last entry.
What of all that nothing says is said, too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.comparing.proving import Proved
from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import Position
from sertantai.core.operations import action_of, decode, of_no_list
from sertantai.core.sealing.entries import time_of
from sertantai.journal.chosen import journal_in
from sertantai.journal.protocol import JournalFiles
from sertantai.postgres import Connection
from sertantai.sealing.deeds import Deed

NAMED_MAX: Final = 1_000
"""Of more of them only the place is told."""


class Hole(NamedTuple):
    """``at``: which leaf. ``after``, ``before``: when what stands before and behind it was done, in
    microseconds since 1970; None: of nothing there are rows."""

    at: int
    position: int
    leaf: bytes
    after: int | None
    before: int | None


class Named(msgspec.Struct, frozen=True):
    """What is not known is None. ``source``: where it is from."""

    said: str
    owner: UUID | None
    group: UUID | None
    operation: UUID | None
    at: datetime | None


class _Known(msgspec.Struct):
    owner: UUID | None = None
    group: UUID | None = None
    group_name: str = ""
    actor: UUID | None = None
    operation: UUID | None = None
    at: datetime | None = None
    what: str = ""
    sources: list[str] = []


async def names_of(
    connection: Connection, data_path: Path, holes: Sequence[Hole], proved: Mapping[int, Proved]
) -> list[Named]:
    """In their order."""
    asked = list(holes[:NAMED_MAX])
    counted = {
        row["position"]: row
        for row in await connection.fetch(sql.OPERATIONS_AT, [hole.position for hole in asked])
    }
    newest: dict[bytes, list[Any]] = {}
    for row in await connection.fetch(sql.HISTORIES_ENDING_IN, [hole.leaf for hole in asked]):
        newest.setdefault(bytes(row["head"]), []).append(row)
    journal = journal_in(data_path)
    known = [
        _known(hole, proved.get(hole.at), counted.get(hole.position), newest.get(hole.leaf, []), journal)
        for hole in asked
    ]
    groups = [one.group for one in known if one.group is not None]
    names = {row["id"]: row["name"] for row in await connection.fetch(sql.LISTS_CALLED, groups)}
    said = []
    for hole, one in zip(asked, known, strict=True):
        if one.group is not None:
            one.group_name = one.group_name or names.get(one.group, "")
        said.append(Named(_sentence(hole, one), one.owner, one.group, one.operation, one.at))
    return said + [Named(_place(hole), None, None, None, None) for hole in holes[NAMED_MAX:]]


def _known(
    hole: Hole, proved: Proved | None, counted: Any | None, newest: Sequence[Any], journal: JournalFiles
) -> _Known:
    known = _Known(sources=[])
    if proved is not None:
        known.owner = proved.owner[0]
        if proved.group is not None:
            known.group, known.group_name = proved.group[1], proved.group_name
        if proved.laws:
            laws = f"{abs(proved.laws)} {'law' if abs(proved.laws) == 1 else 'laws'}"
            known.what = f"which left {laws} {'more' if proved.laws > 0 else 'fewer'} there"
        known.sources.append("the entry after it proves its history")
    elif newest:
        known.owner = newest[0]["user_id"]
        lists = [row["group_id"] for row in newest if row["group_id"] != row["user_id"]]
        known.group = lists[0] if lists else None
        known.sources.append("the newest links in the database say its history")
    if (performed := _performed(journal, hole.position)) is not None:
        known.owner = known.owner or performed.owner
        if performed.group != of_no_list(performed.owner):
            known.group = known.group or performed.group
        known.actor, known.operation, known.at = performed.origin.actor, performed.id, performed.at
        known.what = f"{action_of(performed)}, {known.what}" if known.what else action_of(performed)
        known.sources.append("the journal still has it")
    elif counted is not None:
        known.owner = known.owner or counted["user_id"]
        known.group = known.group or counted["group_id"]
        known.group_name = known.group_name or counted["group_name"] or ""
        known.actor = counted["actor_id"] or counted["user_id"]
        known.operation, known.at = counted["operation_id"], counted["created_at"]
        known.sources.append("the list of operations still has it")
    return known


def _performed(journal: JournalFiles, position: int) -> Any | None:
    try:
        entry = journal.first_after(Position(position - 1))
        return decode(entry.body) if entry is not None and entry.position == position else None
    except (JournalUnavailable, msgspec.DecodeError):
        return None


def _place(hole: Hole) -> str:
    return f"Operation {hole.position} (entry {hole.at:,} of the log) was sealed, and its rows are gone."


def _sentence(hole: Hole, known: _Known) -> str:
    unknown = []
    said = f"{_when(hole, known)}: operation {hole.position} (entry {hole.at:,} of the log"
    said += f", {known.operation})" if known.operation is not None else ")"
    said += f", {known.what}," if known.what else ","
    if known.group is not None:
        said += f" in the list {known.group_name!r} ({known.group}) of user {known.owner},"
    elif known.owner is not None:
        said += f" of user {known.owner},"
        unknown.append("in which list, if any")
    else:
        unknown.append("whose and in which list")
    if known.actor is not None:
        said += f" by {known.actor},"
    else:
        unknown.append("by whom, and what it did" if not known.what else "by whom")
    said += " was sealed, and its rows are gone"
    if known.sources:
        said += f" ({'; '.join(known.sources)})"
    return f"{said}." + (f" Nothing that is left says {', '.join(unknown)}." if unknown else "")


def _when(hole: Hole, known: _Known) -> str:
    if known.at is not None:
        return f"{known.at:%Y-%m-%d %H:%M}"
    if hole.after is not None and hole.before is not None:
        return f"Between {_minute(hole.after)} and {_minute(hole.before)}"
    if hole.after is not None:
        return f"After {_minute(hole.after)}"
    if hole.before is not None:
        return f"Before {_minute(hole.before)}"
    return "At a time that nothing says any more"


def _minute(at: int) -> str:
    return f"{time_of(at):%Y-%m-%d %H:%M}"


def said_of(deed: Deed, what: str) -> str:
    """A sentence of an operation and its rows."""
    in_list = "" if deed.list is None else f" in the list {deed.list_name!r} ({deed.list})"
    laws = [name for _, _, name, _ in deed.rows if name]
    of = f" of {laws[0]}" if len(laws) == 1 else f" of {len(laws)} laws" if laws else ""
    actions = ", ".join(sorted({row[0] for row in deed.rows}))
    return (
        f"{deed.at:%Y-%m-%d %H:%M}: {actions}{of}{in_list} of user {deed.owner}, by {deed.actor} "
        f"(operation {deed.position}), {what}."
    )
