"""Writes a list that goes from one owner to another: its rows, as they are, and both trails."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, Final

from sertantai.core.audit_words import BULK_DESELECT, BULK_SELECT
from sertantai.postgres import Connection
from sertantai.sync import move_sql as sql
from sertantai.sync.audit_metadata import HANDED_FROM, HANDED_TO
from sertantai.sync.sql import REMOVE_GROUP
from sertantai.sync.store import AuditedOperation, GroupRows, MovedList, RowsDiffer

SLICE_RECORDS: Final = 2_000
Annotated = Callable[[Connection, Sequence[GroupRows]], Awaitable[None]]


async def move_list(connection: Connection, moved: MovedList, annotated: Annotated) -> None:
    """``annotated`` writes what stands with records. The list itself is saved after it, by who calls."""
    group = moved.group
    await connection.execute(sql.STAGE, moved.owner, group.name, group.created_at, group.made_by)
    both = _columns(moved)
    for start in range(0, len(moved.records), SLICE_RECORDS):
        some = moved.records[start : start + SLICE_RECORDS]
        status = await connection.execute(
            sql.MOVE_ROWS, moved.giver, moved.called, moved.owner, group.name, some, *both
        )
        if int(status.rpartition(" ")[2]) != 2 * len(some):
            raise RowsDiffer("Of a list that is handed over not all rows are there.")
    await connection.execute(REMOVE_GROUP, moved.giver, group.id)
    await connection.execute(sql.NAME_HERE, moved.owner, group.name, group.id)
    notes = iter(moved.annotate.items())
    while some_notes := dict(islice(notes, SLICE_RECORDS)):
        await annotated(
            connection,
            [GroupRows(moved.owner, group.id, [], [], some_notes, group.version, group.updated_at)],
        )
    await connection.execute(
        sql.REMEMBER,
        group.id,
        moved.giver,
        moved.version,
        moved.owner,
        moved.with_history,
        group.updated_at,
    )


def _columns(moved: MovedList) -> list[list[Any]]:
    def of(one: AuditedOperation, action: str, key: str, other: Any) -> tuple[Any, ...]:
        return (
            one.owner,
            one.actor,
            one.group,
            one.group_name,
            one.id,
            one.position,
            one.session,
            one.ip,
            one.user_agent,
            one.at,
            action,
            {key: str(other)},
        )

    given = of(moved.given, BULK_DESELECT, HANDED_TO, moved.owner)
    taken = of(moved.taken, BULK_SELECT, HANDED_FROM, moved.giver)
    return [list(column) for column in zip(given, taken, strict=True)]
