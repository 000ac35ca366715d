"""`SelectionStore` on PostgreSQL."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from uuid import uuid4

import numpy as np

from sertantai.core.audit_words import ADDING, NOTES, REMOVING
from sertantai.core.errors import Conflict, DatabaseUnavailable, InvalidInput
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordId, RecordNo, UserId
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres.errors import SerializationFailed, constraint
from sertantai.postgres.lanes import Lane
from sertantai.postgres.roles import Role
from sertantai.records.ranks import Numbers
from sertantai.sync import presence_sql, sql
from sertantai.sync.claims import Claim, JournalInUse, claimed
from sertantai.sync.presence import Presence
from sertantai.sync.rows_read import OwnerRows, effect_in, not_ours, states_in
from sertantai.sync.store import (
    Batch,
    Effect,
    Fenced,
    Refused,
    Rejection,
    RowsDiffer,
    Snapshot,
    Told,
    Watermark,
)
from sertantai.sync.writing import write

NOWHERE = Position(0)
AT_HAND_MAX = 2_000
"""Records and notes; what has more of them is put together beside the event loop."""
ONE_ROW_A_RECORD = "unique_user_record_group"


class PostgresStore:
    """``presence`` tells other servers that this one runs; ``overtakes``: it may claim the journal of another
    that runs."""

    def __init__(
        self,
        database: Database,
        lane: Lane = Lane.LISTS,
        *,
        presence: Presence | None = None,
        overtakes: bool = True,
    ) -> None:
        self._database = database
        self._lane = lane
        self._presence = presence
        self._overtakes = overtakes
        self._may_claim = overtakes
        self._claim = Claim(0, uuid4())
        self._moved = 0

    def for_synchroniser(self) -> "PostgresStore":
        return PostgresStore(self._database, Lane.SYNC, presence=self._presence, overtakes=self._overtakes)

    async def watermark(self, journal: JournalId) -> Watermark:
        await self._require_stopped(journal)
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.MAKE_WATERMARK, journal, 0)
            row = await connection.fetchrow(sql.WATERMARK, journal)
            highest = await connection.fetchval(sql.HIGHEST_POSITION)
        return _watermark(row, Position(highest))

    async def take(self, journal: JournalId) -> Watermark:
        await self._require_stopped(journal)
        if self._presence is not None:
            await self._presence.hold(journal)
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.MAKE_WATERMARK, journal, 0)
            claim = await self._take(connection, journal)
            row = await connection.fetchrow(sql.WATERMARK, journal)
            highest = await connection.fetchval(sql.HIGHEST_POSITION)
        self._claim = claim
        return _watermark(row, Position(highest))

    def expect(self, moved: int) -> None:
        self._moved = moved

    async def _require_stopped(self, journal: JournalId) -> None:
        """Once, before the journal is claimed: later it is we who run."""
        if not self._may_claim:
            async with self._database.transaction(Role.SYNC, readonly=True) as connection:
                if await connection.fetchval(presence_sql.IS_RUNNING, journal):
                    raise JournalInUse
            self._may_claim = True

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

    async def load(self, owners: Sequence[OwnerId], journal: JournalId) -> Snapshot:
        found = await self._read(owners, journal)
        if others := not_ours(found.groups, journal):
            async with self._database.transaction(Role.SYNC, lane=self._lane) as connection:
                await connection.execute(presence_sql.TAKE_OWNERS, list(others), journal)
            # Anew: whoever kept them may have written until now.
            found = await self._read(owners, journal)
        rows = (found.groups, found.records, found.annotations)
        much = len(found.annotations) + sum(len(row["records"]) for row in found.records)
        states = states_in(*rows) if much <= AT_HAND_MAX else await asyncio.to_thread(states_in, *rows)
        return Snapshot(found.watermark, states, not_ours(found.groups, journal))

    async def _read(self, owners: Sequence[OwnerId], journal: JournalId) -> "OwnerRows":
        async with self._database.transaction(
            Role.SYNC, readonly=True, isolation="repeatable_read", lane=self._lane
        ) as connection:
            watermark = _watermark(await connection.fetchrow(sql.WATERMARK, journal))
            groups = await connection.fetch(sql.GROUPS_OF, owners)
            records = await connection.fetch(sql.RECORDS_OF, owners)
            annotations = await connection.fetch(sql.ANNOTATIONS_OF, owners)
        return OwnerRows(watermark, groups, records, annotations)

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
        if row is not None and self._claim.number and row["moved"] != self._moved:
            raise Fenced("Another server has taken over people of this one.")

    async def effect_of(
        self, journal: JournalId, owner: OwnerId, operation: OperationId
    ) -> Told[Effect | None]:
        async with self._audit(owner) as connection:
            upto = await _upto(connection, journal)
            rows = await connection.fetch(sql.EFFECT_OF, owner, operation)
        if not rows:
            return Told(upto, None)
        return Told(
            upto, effect_in(rows) if len(rows) <= AT_HAND_MAX else await asyncio.to_thread(effect_in, rows)
        )

    async def recent_operations(
        self, journal: JournalId, owner: OwnerId, group: GroupId, actor: UserId, operations_max: int
    ) -> Told[list[tuple[OperationId, OperationId | None]]]:
        async with self._audit(owner) as connection:
            upto = await _upto(connection, journal)
            rows = await connection.fetch(sql.RECENT_OPERATIONS, owner, group, actor, operations_max)
        recent = [
            (OperationId(row["operation_id"]), OperationId(row["undoes"]) if row["undoes"] else None)
            for row in rows
        ]
        return Told(upto, recent)

    def _audit(self, owner: OwnerId) -> AbstractAsyncContextManager[Connection]:
        """The audit and the watermark as one moment had them."""
        return self._database.transaction(Role.APP, owner, readonly=True, isolation="repeatable_read")

    async def details(
        self, owner: OwnerId, group_name: str, records: Sequence[RecordId]
    ) -> list[tuple[RecordNo, datetime, str]]:
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            rows = await connection.fetch(sql.DETAILS, owner, group_name, records)
        return [(RecordNo(row["record_no"]), row["created_at"], row["source"]) for row in rows]

    async def in_order_of_coming(self, owner: OwnerId, group_name: str) -> Numbers:
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            packed = await connection.fetchval(sql.IN_ORDER_OF_COMING, owner, group_name)
        return np.frombuffer(packed or b"", dtype=">u4").astype(np.uint32)

    async def changed_since(
        self, journal: JournalId, owner: OwnerId, group: GroupId, version: Position
    ) -> Told[tuple[list[RecordNo], list[RecordNo]]]:
        async with self._audit(owner) as connection:
            upto = await _upto(connection, journal)
            rows = await connection.fetch(sql.FIRST_CHANGES_SINCE, owner, group, version, NOTES)
        added = [RecordNo(row["record_no"]) for row in rows if row["action"] in ADDING]
        removed = [RecordNo(row["record_no"]) for row in rows if row["action"] in REMOVING]
        return Told(upto, (added, removed))


async def _upto(connection: Connection, journal: JournalId) -> Position:
    return _watermark(await connection.fetchrow(sql.WATERMARK, journal)).position


def _claim(row: Record | None) -> Claim:
    assert row is not None
    return Claim(row["claim"], row["holder"])


def _watermark(row: Record | None, highest: Position = NOWHERE) -> Watermark:
    assert row is not None
    return Watermark(Position(row["position"]), row["parts"], highest, row["moved"])
