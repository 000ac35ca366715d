"""What the simulated database tells of operations, over the same connection that may break."""

from collections.abc import Sequence
from uuid import UUID

from sertantai.audit.effects import Coming, ListChanges, RecentOperations
from sertantai.core.audit_words import ADDING, ANNOTATE, MOVING, REMOVING
from sertantai.core.effects import Edit, Effect
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordId, UserId
from sertantai.core.told import Told
from sertantai.records.ranks import Numbers
from sertantai.sync.store import AuditedOperation, RowChange
from tests.simulation.database import SimulatedStore


class SimulatedEffects:
    """`EffectStore`; ``store`` is what a process has of the database."""

    def __init__(self, store: SimulatedStore) -> None:
        self._store = store

    async def effect_of(
        self, journal: JournalId, owner: OwnerId, operation: OperationId
    ) -> Told[Effect | None]:
        await self._store.trip()
        upto = self._upto(journal)
        parts = [
            a
            for a in self._store.database.tables.audit
            if (a.owner, a.id) == (owner, operation) and a.group_action not in MOVING
        ]
        rows = [row for part in parts for row in part.rows]
        await self._store.trip()
        if not rows:
            return Told(upto, None)
        dropped = {row.record: (row.metadata or {}).get("dropped") or {} for row in rows if _removes(row)}
        effect = Effect(
            parts[0].group,
            rows[0].action,
            [row.record for row in rows if row.action in ADDING],
            dropped,
            {row.record: _edit(part, row) for part in parts for row in part.rows if row.action == ANNOTATE},
            parts[-1].position,
            _undoes(parts[0]),
            parts[0].actor,
        )
        return Told(upto, effect)

    async def effect_before(
        self, journal: JournalId, owner: OwnerId, group: GroupId, operation: OperationId
    ) -> Told[Effect | None]:
        """Row security and lineage are tested on PostgreSQL itself."""
        await self._store.trip()
        return Told(self._upto(journal), None)

    def _upto(self, journal: JournalId) -> Position:
        return self._store.database.tables.watermarks.get(journal, (Position(0), 0))[0]

    async def recent_operations(
        self,
        journal: JournalId,
        owner: OwnerId,
        group: GroupId,
        actor: UserId,
        before: Position | None,
        walked: int,
    ) -> Told[RecentOperations]:
        await self._store.trip()
        upto = self._upto(journal)
        of_list = {
            audited.id: audited
            for audited in self._store.database.tables.audit
            if (audited.owner, audited.group) == (owner, group) and audited.rows
            if audited.group_action not in MOVING
            if before is None or audited.position < before
        }
        await self._store.trip()
        newest = sorted(of_list.values(), key=lambda audited: audited.position, reverse=True)[:walked]
        found = [
            (audited.id, undoes)
            for audited in newest
            if (undoes := _undoes(audited)) is not None or audited.actor == actor
        ]
        return Told(upto, RecentOperations(found, newest[-1].position if len(newest) == walked else None))

    async def changed_by_others(
        self, journal: JournalId, owner: OwnerId, group: GroupId, since: Position, actor: UserId
    ) -> Told[bool]:
        await self._store.trip()
        of_list = [a for a in self._store.database.tables.audit if (a.owner, a.group) == (owner, group)]
        return Told(
            self._upto(journal), any(a.actor not in (owner, actor) for a in of_list if a.position > since)
        )

    # What late readers and the pages of a list ask is tested on PostgreSQL itself.

    async def changed_since(
        self, journal: JournalId, owner: OwnerId, group: GroupId, version: Position
    ) -> Told[ListChanges]:
        raise NotImplementedError

    async def details(
        self, journal: JournalId, owner: OwnerId, group: GroupId, records: Sequence[RecordId]
    ) -> Told[Sequence[Coming]]:
        raise NotImplementedError

    async def in_order_of_coming(self, journal: JournalId, owner: OwnerId, group: GroupId) -> Told[Numbers]:
        raise NotImplementedError


def _removes(row: RowChange) -> bool:
    return row.action in REMOVING


def _edit(audited: AuditedOperation, row: RowChange) -> Edit:
    metadata = {**(audited.metadata or {}), **(row.metadata or {})}
    return Edit(metadata["before"], metadata["changes"])


def _undoes(audited: AuditedOperation) -> OperationId | None:
    undoes = (audited.metadata or {}).get("undoes")
    return OperationId(UUID(undoes)) if undoes else None
