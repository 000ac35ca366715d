"""What one transaction of the synchroniser writes: rows, versions and the trail, a statement each."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.operations import of_no_list
from sertantai.core.state import GroupState
from sertantai.postgres import Connection
from sertantai.postgres.arrays import array_as_text, new_ids_as_text
from sertantai.sync import sql
from sertantai.sync.access_writing import save_access, save_suggestion
from sertantai.sync.move_writing import move_list
from sertantai.sync.operation_columns import operation_columns
from sertantai.sync.store import AuditedOperation, Batch, GroupRows, RowsDiffer


async def write(connection: Connection, batch: Batch) -> None:
    if (moved := batch.move_list) is not None:
        await move_list(connection, moved, batch.journal, _annotate)
        await _save_group(connection, moved.owner, moved.group)
        await _append_audit(connection, batch, [moved.given, moved.taken])
    if batch.save_group is not None:
        await _save_group(connection, *batch.save_group)
    await _delete(connection, batch.rows)
    await _insert(connection, batch.rows)
    await _annotate(connection, batch.rows)
    await _move_versions(connection, batch.rows)
    if batch.remove_group is not None:
        await connection.execute(sql.REMOVE_GROUP, *batch.remove_group)
    if batch.save_access is not None:
        await save_access(connection, batch.save_access)
    if batch.save_suggestion is not None:
        await save_suggestion(connection, batch.save_suggestion)
    await _append_audit(connection, batch, batch.operations)


async def _save_group(connection: Connection, owner: OwnerId, group: GroupState) -> None:
    await connection.execute(
        sql.SAVE_GROUP,
        owner,
        group.id,
        group.name,
        group.description,
        group.is_default,
        dict(group.metadata),
        group.version,
        group.created_at,
        group.updated_at,
        group.restricted,
        group.made_by,
        group.four_eyes,
    )


async def _delete(connection: Connection, rows: Sequence[GroupRows]) -> None:
    lists = [index for index, r in enumerate(rows, 1) for _ in r.delete]
    if lists:
        records = [record for r in rows for record in r.delete]
        status = await connection.execute(
            sql.DELETE_SELECTIONS, array_as_text(lists), array_as_text(records), *_lists(rows)
        )
        _expect(status, len(lists), "removed")


async def _insert(connection: Connection, rows: Sequence[GroupRows]) -> None:
    lists = [index for index, r in enumerate(rows, 1) for _ in r.insert]
    if not lists:
        return
    new = [insertion for r in rows for insertion in r.insert]
    status = await connection.execute(
        sql.INSERT_SELECTIONS,
        array_as_text(lists),
        array_as_text([n.record for n in new]),
        _json_array([n.annotation for n in new]),
        array_as_text([n.source for n in new]),
        array_as_text([n.actor for n in new]),
        array_as_text([n.at for n in new]),
        *_lists(rows),
        new_ids_as_text(len(new)),
    )
    _expect(status, len(lists), "added")


async def _annotate(connection: Connection, rows: Sequence[GroupRows]) -> None:
    lists = [index for index, r in enumerate(rows, 1) for _ in r.annotate]
    if lists:
        records = [record for r in rows for record in r.annotate]
        notes = [note for r in rows for note in r.annotate.values()]
        ats = [r.at for r in rows]
        status = await connection.execute(sql.ANNOTATE_SELECTIONS, lists, records, notes, *_lists(rows), ats)
        _expect(status, len(lists), "annotated")


async def _move_versions(connection: Connection, rows: Sequence[GroupRows]) -> None:
    if rows:
        await connection.execute(
            sql.MOVE_VERSIONS, *_lists(rows), [r.version for r in rows], [r.at for r in rows]
        )


async def _append_audit(connection: Connection, batch: Batch, operations: Sequence[AuditedOperation]) -> None:
    single = [o for o in operations if len(o.rows) == 1]
    if single:
        await _append_single(connection, batch, single)
    if len(single) < len(operations):
        await _append_several(connection, batch, [o for o in operations if len(o.rows) > 1])
    for operation in operations:
        if operation.group_action is not None:
            await _append_group_audit(connection, batch, operation)


async def _append_single(
    connection: Connection, batch: Batch, operations: Sequence[AuditedOperation]
) -> None:
    rows = [o.rows[0] for o in operations]
    status = await connection.execute(
        sql.APPEND_SINGLE_AUDIT,
        *_columns(batch, operations),
        _json_array([_merged(o.metadata, row.metadata) for o, row in zip(operations, rows, strict=True)]),
        batch.journal,
        new_ids_as_text(len(rows)),
        array_as_text([row.record for row in rows]),
        array_as_text([row.action for row in rows]),
    )
    _expect(status, len(rows), "audited")


def _merged(shared: dict[str, Any] | None, own: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**shared, **own} if shared and own else shared or own


async def _append_several(
    connection: Connection, batch: Batch, operations: Sequence[AuditedOperation]
) -> None:
    if not operations:
        return
    rows = [row for o in operations for row in o.rows]
    status = await connection.execute(
        sql.APPEND_AUDIT,
        *_columns(batch, operations),
        _json_array([o.metadata for o in operations]),
        batch.journal,
        new_ids_as_text(len(rows)),
        array_as_text([number for number, o in enumerate(operations, 1) for _ in o.rows]),
        array_as_text([row.record for row in rows]),
        array_as_text([row.action for row in rows]),
        _json_array([row.metadata for row in rows]),
    )
    _expect(status, len(rows), "audited")


async def _append_group_audit(connection: Connection, batch: Batch, o: AuditedOperation) -> None:
    await connection.execute(
        sql.APPEND_GROUP_AUDIT,
        o.owner,
        o.actor,
        o.group_action,
        o.group_name or None,
        None if o.group == of_no_list(o.owner) else o.group,
        o.id,
        o.position,
        o.session,
        o.ip,
        o.user_agent,
        o.metadata,
        o.at,
        batch.part_of(o.position),
        batch.journal,
    )


def _columns(batch: Batch, operations: Sequence[AuditedOperation]) -> list[str]:
    columns = operation_columns(operations, [batch.part_of(o.position) for o in operations])
    return [array_as_text(column) for column in columns]


def _json_array(values: Sequence[Mapping[str, Any] | None]) -> str:
    return array_as_text([None if value is None else msgspec.json.encode(value).decode() for value in values])


def _lists(rows: Sequence[GroupRows]) -> tuple[list[OwnerId], list[GroupId]]:
    return [r.owner for r in rows], [r.group for r in rows]


def _expect(status: str, rows: int, what: str) -> None:
    """``status`` is the command tag, such as ``INSERT 0 12``."""
    done = int(status.rpartition(" ")[2])
    if done != rows:
        raise RowsDiffer(
            f"PostgreSQL {what} {done} of {rows} rows: a list or a record is not in the database, "
            "or rows were changed by something else."
        )
