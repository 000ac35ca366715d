"""`SelectionStore` on PostgreSQL."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY, bitmap
from sertantai.core.errors import Conflict, DatabaseUnavailable, InvalidInput
from sertantai.core.ids import GroupId, JournalId, OperationId, Position, RecordId, RecordNo, UserId
from sertantai.core.notes import Notes, Settings
from sertantai.core.operations import Annotation
from sertantai.core.state import GroupState, OwnerState
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres.errors import SerializationFailed, constraint
from sertantai.postgres.lanes import Lane
from sertantai.postgres.roles import Role
from sertantai.records.ranks import Numbers
from sertantai.selections import sql
from sertantai.selections.claims import Claim, claimed
from sertantai.selections.store import (
    Batch,
    Edit,
    Effect,
    Fenced,
    Refused,
    Rejection,
    RowsDiffer,
    Snapshot,
    Told,
    Watermark,
)
from sertantai.selections.writing import write

NOWHERE = Position(0)
AT_HAND_MAX = 2_000
"""Records and notes; what has more of them is put together beside the event loop."""
ADDING = ("select", "bulk_select")
ANNOTATING = "annotate"
ONE_ROW_A_RECORD = "unique_user_record_group"


class PostgresStore:
    def __init__(self, database: Database, lane: Lane = Lane.LISTS) -> None:
        self._database = database
        self._lane = lane
        self._claim = Claim(0, uuid4())

    def for_synchroniser(self) -> "PostgresStore":
        return PostgresStore(self._database, Lane.SYNC)

    async def watermark(self, journal: JournalId) -> Watermark:
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.MAKE_WATERMARK, journal, 0)
            row = await connection.fetchrow(sql.WATERMARK, journal)
            highest = await connection.fetchval(sql.HIGHEST_POSITION)
        return _watermark(row, Position(highest))

    async def take(self, journal: JournalId) -> Watermark:
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.MAKE_WATERMARK, journal, 0)
            claim = await self._take(connection, journal)
            row = await connection.fetchrow(sql.WATERMARK, journal)
            highest = await connection.fetchval(sql.HIGHEST_POSITION)
        self._claim = claim
        return _watermark(row, Position(highest))

    async def _take(self, connection: Connection, journal: JournalId) -> Claim:
        """Without waiting for a batch that is being written, where the journal is claimed already."""
        found = _claim(await connection.fetchrow(sql.CLAIM, journal))
        if found == self._claim:
            return found
        found = _claim(await connection.fetchrow(sql.LOCK_CLAIM, journal))
        claim = claimed(self._claim, found)
        if claim != found:
            await connection.execute(sql.SET_CLAIM, journal, claim.number, claim.holder)
        return claim

    async def load(self, owners: Sequence[UserId], journal: JournalId) -> Snapshot:
        async with self._database.transaction(
            Role.SYNC, readonly=True, isolation="repeatable_read", lane=self._lane
        ) as connection:
            watermark = _watermark(await connection.fetchrow(sql.WATERMARK, journal))
            groups = await connection.fetch(sql.GROUPS_OF, owners)
            records = await connection.fetch(sql.RECORDS_OF, owners)
            annotations = await connection.fetch(sql.ANNOTATIONS_OF, owners)
        found = (groups, records, annotations)
        much = len(annotations) + sum(len(row["records"]) for row in records)
        states = _states(*found) if much <= AT_HAND_MAX else await asyncio.to_thread(_states, *found)
        return Snapshot(watermark, states)

    async def apply(self, batch: Batch) -> None:
        try:
            async with self._database.transaction(Role.SYNC) as connection:
                await self._lock(connection, batch.journal, batch.after, batch.parts)
                await write(connection, batch)
                await connection.execute(sql.MOVE_WATERMARK, batch.journal, batch.upto, batch.parts_after)
        except SerializationFailed as error:
            raise DatabaseUnavailable(error.message) from error
        except (Conflict, InvalidInput) as error:
            if constraint(error) == ONE_ROW_A_RECORD:
                raise RowsDiffer("A row to add is there already.") from error
            # Only what lies in the operation's own data: a missing privilege or a bug of ours says nothing
            # about the operation, and must never set it aside.
            raise Refused(f"{error.message} ({error.code})") from error

    async def reject(self, rejection: Rejection, after: Position, parts: int) -> None:
        async with self._database.transaction(Role.SYNC) as connection:
            await self._lock(connection, rejection.journal, after, parts)
            await connection.execute(
                sql.REJECT,
                rejection.journal,
                rejection.position,
                rejection.operation,
                rejection.owner,
                {"action": rejection.action},
                rejection.body,
                rejection.reason,
                rejection.code,
            )
            await connection.execute(sql.MOVE_WATERMARK, rejection.journal, rejection.position, 0)

    async def _lock(self, connection: Connection, journal: JournalId, after: Position, parts: int) -> None:
        """Hold the watermark until the transaction ends; only one synchroniser can stand there."""
        row = await connection.fetchrow(sql.LOCK_WATERMARK, journal)
        found = (row["position"], row["parts"]) if row else None
        if found != (after, parts):
            raise Fenced(f"The watermark is at {found}, not at {(after, parts)}.")
        if row is not None and self._claim.number and row["holder"] != self._claim.holder:
            raise Fenced("Another server has claimed this journal.")

    async def effect_of(
        self, journal: JournalId, owner: UserId, operation: OperationId
    ) -> Told[Effect | None]:
        async with self._audit(owner) as connection:
            upto = await _upto(connection, journal)
            rows = await connection.fetch(sql.EFFECT_OF, owner, operation)
        if not rows:
            return Told(upto, None)
        return Told(
            upto, _effect(rows) if len(rows) <= AT_HAND_MAX else await asyncio.to_thread(_effect, rows)
        )

    async def recent_operations(
        self, journal: JournalId, owner: UserId, group: GroupId, operations_max: int
    ) -> Told[list[tuple[OperationId, OperationId | None]]]:
        async with self._audit(owner) as connection:
            upto = await _upto(connection, journal)
            rows = await connection.fetch(sql.RECENT_OPERATIONS, owner, group, operations_max)
        recent = [
            (OperationId(row["operation_id"]), OperationId(row["undoes"]) if row["undoes"] else None)
            for row in rows
        ]
        return Told(upto, recent)

    def _audit(self, owner: UserId) -> AbstractAsyncContextManager[Connection]:
        """The audit and the watermark as one moment had them."""
        return self._database.transaction(Role.APP, owner, readonly=True, isolation="repeatable_read")

    async def details(
        self, owner: UserId, group_name: str, records: Sequence[RecordId]
    ) -> list[tuple[RecordNo, datetime, str]]:
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            rows = await connection.fetch(sql.DETAILS, owner, group_name, records)
        return [(RecordNo(row["record_no"]), row["created_at"], row["source"]) for row in rows]

    async def in_order_of_coming(self, owner: UserId, group_name: str) -> Numbers:
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            packed = await connection.fetchval(sql.IN_ORDER_OF_COMING, owner, group_name)
        return np.frombuffer(packed or b"", dtype=">u4").astype(np.uint32)

    async def changed_since(
        self, journal: JournalId, owner: UserId, group: GroupId, version: Position
    ) -> Told[tuple[list[RecordNo], list[RecordNo]]]:
        async with self._audit(owner) as connection:
            upto = await _upto(connection, journal)
            rows = await connection.fetch(sql.FIRST_CHANGES_SINCE, owner, group, version)
        added = [RecordNo(row["record_no"]) for row in rows if row["action"] in ADDING]
        removed = [RecordNo(row["record_no"]) for row in rows if row["action"] not in ADDING]
        return Told(upto, (added, removed))


async def _upto(connection: Connection, journal: JournalId) -> Position:
    return _watermark(await connection.fetchrow(sql.WATERMARK, journal)).position


def _claim(row: Record | None) -> Claim:
    assert row is not None
    return Claim(row["claim"], row["holder"])


def _watermark(row: Record | None, highest: Position = NOWHERE) -> Watermark:
    assert row is not None
    return Watermark(Position(row["position"]), row["parts"], highest)


def _effect(rows: list[Record]) -> Effect:
    added: list[RecordNo] = []
    removed: dict[RecordNo, Annotation] = {}
    annotated: dict[RecordNo, Edit] = {}
    for row in rows:
        number, action, metadata = RecordNo(row["record_no"]), row["action"], row["metadata"]
        if action in ADDING:
            added.append(number)
        elif action != ANNOTATING:
            removed[number] = metadata.get("dropped") or {}
        elif (edit := _edit(metadata)) is not None:
            annotated[number] = edit
    first = rows[0]
    undoes = first["metadata"].get("undoes")
    return Effect(
        GroupId(first["group_id"]),
        first["action"],
        added,
        removed,
        annotated,
        Position(max(row["position"] for row in rows)),
        OperationId(UUID(undoes)) if undoes else None,
    )


def _edit(metadata: dict[str, Any]) -> Edit | None:
    """What was written before this was kept cannot be undone."""
    before = metadata.get("before")
    return None if before is None else Edit(before, metadata.get("changes") or {})


def _states(
    groups: list[Record], records: list[Record], annotations: list[Record]
) -> dict[UserId, OwnerState]:
    sets: dict[tuple[UserId, str], BitMap] = {
        (row["user_id"], row["selection_group"]): bitmap(row["records"]) for row in records
    }
    notes: dict[tuple[UserId, str], dict[int, Annotation]] = defaultdict(dict)
    for row in annotations:
        notes[row["user_id"], row["selection_group"]][row["record_no"]] = row["metadata"]
    by_owner: dict[UserId, dict[GroupId, GroupState]] = defaultdict(dict)
    for row in groups:
        key = (row["user_id"], row["name"])
        by_owner[row["user_id"]][GroupId(row["id"])] = GroupState(
            GroupId(row["id"]),
            row["name"],
            row["created_at"],
            row["updated_at"],
            row["description"],
            row["is_default"],
            Position(row["version"]),
            Settings(row["metadata"]),
            sets.get(key, EMPTY),
            Notes(notes.get(key, {})),
        )
    return {owner: OwnerState(owner, lists) for owner, lists in by_owner.items()}
