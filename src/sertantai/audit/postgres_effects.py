"""`EffectStore` on PostgreSQL: the trail for what operations did, the rows for what is in a list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np

from sertantai.audit import sql
from sertantai.audit.effects import Coming, ListChanges, RecentOperations
from sertantai.audit.lineage import MOVED, formers_of, looking_back, rows_of_former
from sertantai.audit.moments import BeforeTheTrail
from sertantai.audit.snapshots import snapshot
from sertantai.core.audit_words import ADDING, MOVING, REMOVING
from sertantai.core.bitmaps import sent
from sertantai.core.effects import Edit, Effect
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordId, RecordNo, UserId
from sertantai.core.operations import Annotation
from sertantai.core.told import Told
from sertantai.postgres import Database, Record, Role
from sertantai.postgres.large_answers import made_of
from sertantai.records.ranks import Numbers

AT_HAND_MAX = 2_000
"""Rows of one operation; more of them are put together beside the event loop."""


class PostgresEffects:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def effect_of(
        self, journal: JournalId, owner: OwnerId, operation: OperationId
    ) -> Told[Effect | None]:
        async with snapshot(self._database, owner, journal) as found:
            rows = await found.connection.fetch(sql.EFFECT_OF, owner, operation, MOVED)
        if not rows:
            return found.told(None)
        return found.told(_effect_in(rows) if len(rows) <= AT_HAND_MAX else await made_of(_effect_in, rows))

    async def effect_before(
        self, journal: JournalId, owner: OwnerId, group: GroupId, operation: OperationId
    ) -> Told[Effect | None]:
        async with snapshot(self._database, owner, journal) as found:
            rows = await rows_of_former(
                found.connection, owner, group, sql.EFFECT_BEFORE, (operation, MOVED, group)
            )
        return found.told(await made_of(_effect_in, rows) if rows else None)

    async def recent_operations(
        self,
        journal: JournalId,
        owner: OwnerId,
        group: GroupId,
        actor: UserId,
        before: Position | None,
        walked: int,
    ) -> Told[RecentOperations]:
        asked = (group, actor, before, walked, MOVING)
        async with snapshot(self._database, owner, journal) as found:
            walks = [await found.connection.fetch(sql.RECENT_OPERATIONS, owner, *asked)]
            for former in await formers_of(found.connection, owner, group):
                until = former.until + 1 if before is None else min(before, former.until + 1)
                asked = (group, actor, Position(until), walked, MOVING)
                async with looking_back(found.connection, owner, former):
                    walks.append(await found.connection.fetch(sql.RECENT_OPERATIONS, former.owner, *asked))
        return found.told(_newest_of(walks))

    async def changed_by_others(
        self, journal: JournalId, owner: OwnerId, group: GroupId, since: Position, actor: UserId
    ) -> Told[bool]:
        async with snapshot(self._database, owner, journal) as found:
            others = await found.connection.fetchval(sql.CHANGED_BY_OTHERS, owner, group, since, actor)
        return found.told(bool(others))

    async def changed_since(
        self, journal: JournalId, owner: OwnerId, group: GroupId, version: Position
    ) -> Told[ListChanges]:
        async with snapshot(self._database, owner, journal) as found:
            row = await found.connection.fetchrow(
                sql.CHANGES_SINCE, owner, group, version, found.upto, ADDING, REMOVING
            )
        assert row is not None
        if row["is_dropped"]:
            raise BeforeTheTrail(
                f"The history does not go back to version {version}. Read the whole list instead."
            )
        changes = ListChanges(
            Position(row["version"] or version), sent(row["added"] or b""), sent(row["removed"] or b"")
        )
        return found.told(changes)

    async def details(
        self, journal: JournalId, owner: OwnerId, group: GroupId, records: Sequence[RecordId]
    ) -> Told[Sequence[Coming]]:
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            rows = await connection.fetch(sql.DETAILS, owner, group, records, journal)
        there = (row for row in rows if row["record_no"] is not None)
        came = [
            Coming(RecordNo(row["record_no"]), row["created_at"], row["source"], row["actor_id"])
            for row in there
        ]
        return Told(Position(rows[0]["upto"]), came)

    async def in_order_of_coming(self, journal: JournalId, owner: OwnerId, group: GroupId) -> Told[Numbers]:
        async with snapshot(self._database, owner, journal) as found:
            packed = await found.connection.fetchval(sql.IN_ORDER_OF_COMING, owner, group)
        return found.told(np.frombuffer(packed or b"", dtype=">u4").astype(np.uint32))


def _newest_of(walks: Sequence[Sequence[Record]]) -> RecentOperations:
    """Of walks through what several owners did to a list, the newest first. What is older than where one of
    them ended is left for the next time: there may be newer ones behind that end."""
    ended = (row["position"] for rows in walks for row in rows if row["operation_id"] is None)
    end = max((position for position in ended if position is not None), default=None)
    newest_first = sorted(
        (
            (row["position"], row["operation_id"], row["undoes"])
            for rows in walks
            for row in rows
            if row["operation_id"] is not None and (end is None or row["position"] >= end)
        ),
        reverse=True,
    )
    return RecentOperations(
        [(id, undoes) for _, id, undoes in newest_first], None if end is None else Position(end)
    )


def _effect_in(rows: list[Record]) -> Effect:
    added: list[RecordNo] = []
    removed: dict[RecordNo, Annotation] = {}
    annotated: dict[RecordNo, Edit] = {}
    reason: str | None = None
    for row in rows:
        number, action, metadata = RecordNo(row["record_no"]), row["action"], row["metadata"]
        if action in ADDING:
            added.append(number)
        elif action in REMOVING:
            removed[number] = metadata.get("dropped") or {}
            reason = metadata.get("reason")
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
        first["actor_id"],
        reason,
    )


def _edit(metadata: dict[str, Any]) -> Edit | None:
    """What was written before this was kept cannot be undone."""
    before = metadata.get("before")
    return None if before is None else Edit(before, metadata.get("changes") or {})
