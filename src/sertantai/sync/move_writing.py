"""Writes a list that goes from one owner to another: its rows, as they are, and both trails."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sertantai.core.audit_words import BULK_DESELECT, BULK_SELECT
from sertantai.core.ids import JournalId, RecordNo
from sertantai.core.notes import text_bytes
from sertantai.core.operations import Annotation
from sertantai.postgres import Connection
from sertantai.sync import move_sql as sql
from sertantai.sync.audit_metadata import HANDED_FROM, HANDED_TO
from sertantai.sync.operation_columns import operation_columns
from sertantai.sync.sql import REMOVE_GROUP
from sertantai.sync.store import GroupRows, MovedList, RowsDiffer

SLICE_RECORDS: Final = 2_000
SLICE_BYTES: Final = 1_000_000
"""Of notes in one statement, or one that is longer: it is to be done in `database_command_timeout_s`."""
Annotated = Callable[[Connection, Sequence[GroupRows]], Awaitable[None]]


async def move_list(
    connection: Connection, moved: MovedList, journal: JournalId, annotated: Annotated
) -> None:
    """``annotated`` writes what stands with records. The list itself is saved after it, by who calls."""
    group = moved.group
    await connection.execute(sql.STAGE, moved.owner, group.name, group.created_at, group.made_by)
    both = both_trails(moved)
    for start in range(0, len(moved.records), SLICE_RECORDS):
        some = moved.records[start : start + SLICE_RECORDS]
        status = await connection.execute(
            sql.MOVE_ROWS, moved.giver, moved.called, moved.owner, group.name, some, *both, journal
        )
        if int(status.rpartition(" ")[2]) != 2 * len(some):
            raise RowsDiffer("Of a list that is handed over not all rows are there.")
    await connection.execute(REMOVE_GROUP, moved.giver, group.id)
    await connection.execute(sql.NAME_HERE, moved.owner, group.name, group.id)
    for notes in _slices(moved.annotate):
        rows = GroupRows(moved.owner, group.id, [], [], notes, group.version, group.updated_at)
        await annotated(connection, [rows])
    await connection.execute(
        sql.REMEMBER,
        group.id,
        moved.giver,
        moved.version,
        moved.owner,
        moved.with_history,
        group.updated_at,
    )


def _slices(notes: Mapping[RecordNo, Annotation]) -> Iterator[Mapping[RecordNo, Annotation]]:
    some: dict[RecordNo, Annotation] = {}
    size = 0
    for number, annotation in notes.items():
        own = text_bytes(annotation)
        if some and (len(some) == SLICE_RECORDS or size + own > SLICE_BYTES):
            yield some
            some, size = {}, 0
        some[number] = annotation
        size += own
    if some:
        yield some


def both_trails(moved: MovedList) -> list[list[Any]]:
    """What `MOVE_ROWS` writes of each record, a column a list: of the giver, and of the receiver."""
    columns = operation_columns([moved.given, moved.taken], [0, 0])
    said = [{HANDED_TO: str(moved.owner)}, {HANDED_FROM: str(moved.giver)}]
    return [*columns, [BULK_DESELECT, BULK_SELECT], said]
