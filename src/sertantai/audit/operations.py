"""The timeline: the trail by operation, newest first, for the history page."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import sql
from sertantai.audit.lineage import formers_of, looking_back
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.trail import (
    BY_HAND,
    THE_BEGINNING,
    THE_END,
    Keyset,
    Named,
    Row,
    ends_before,
    resolve_group,
)
from sertantai.core.audit_words import MOVING, REMOVING
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordId, UserId
from sertantai.core.told import Told
from sertantai.postgres import Connection, Record


class TimelineEntry(msgspec.Struct, frozen=True):
    """One operation and how many records it changed. ``action`` is that of the list where it changed one.

    ``undoes`` is the operation it took back; ``undone_by`` the newest one that took this one back. ``record``
    is the record it changed, where that is only one.
    """

    operation_id: OperationId
    position: Position
    at: datetime
    action: str
    actor: UserId | None
    group: Named | None
    added: int
    removed: int
    annotated: int
    undoable: int
    """Of these changes, those of which is known what was there before."""
    source: str
    session: str | None
    ip: str | None
    user_agent: str | None
    undoes: OperationId | None = None
    undone_by: OperationId | None = None
    record: Named | None = None
    said: dict[str, Any] = {}
    """What it says beside that, where that was asked for: of changes of lists, members and rights."""
    is_former: bool = False
    """It was done before the list came to its owner from another."""
    reason: str | None = None
    """Why laws went, where that was asked for and somebody has said so."""

    @property
    def changed(self) -> int:
        return self.added + self.removed + self.annotated

    @property
    def has_details(self) -> bool:
        """Whether it says of single laws what was done to them: not where they moved with their list."""
        return self.changed > 0 and self.action not in MOVING

    @property
    def can_be_undone(self) -> bool:
        return self.undoable > 0 and self.undone_by is None


KINDS: Final = tuple(sql.TIMELINE)


class Timeline:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def page(
        self,
        owner: OwnerId,
        after: Keyset | None,
        limit: int,
        *,
        group: GroupId | str | None = None,
        since: datetime = THE_BEGINNING,
        until: datetime = THE_END,
        kind: str = "",
        records: Sequence[RecordId] | None = None,
        actor: UserId | None = None,
        with_said: bool = False,
    ) -> Told[tuple[list[TimelineEntry], Keyset | None]]:
        """Operations after a keyset (when, operation id), and the keyset to go on with.

        ``kind`` is one of `KINDS`: only those that did such a thing, among whatever else; "" is all. With
        ``records``: only those that changed any of these; with ``actor``, and without ``records``, only
        theirs. ``with_said``: with what they say of themselves.
        """

        async def read(connection: Connection) -> tuple[list[TimelineEntry], Keyset | None]:
            group_id = await resolve_group(connection, owner, group)
            wanted = (owner, since, *ends_before(until, after), group_id, limit + 1)
            if records is None and actor == owner:
                rows = await connection.fetch(sql.TIMELINE_OF_OWNER[kind], *wanted)
            elif records is None and actor is not None:
                rows = await connection.fetch(sql.TIMELINE_OF_ACTOR[kind], *wanted, actor)
            elif records is None:
                rows = await connection.fetch(sql.TIMELINE[kind], *wanted)
            else:
                rows = await connection.fetch(sql.TIMELINE_OF_RECORDS[kind], *wanted, records)
            said = await _said(connection, owner, rows[:limit]) if with_said else {}
            reasons = await _reasons(connection, owner, rows[:limit]) if with_said else {}
            before = Before([], {}, {})
            if records is None and group_id is not None:
                before = await _before(connection, owner, group_id, kind, (*wanted[1:], actor))
                rows = _newest_first(rows, before.rows)
            shown = rows[:limit]
            undone = await _undone(connection, owner, shown)
            undone_by, reasons = before.undone_by | undone, before.reasons | reasons
            entries = [
                _entry(
                    row,
                    undone_by.get(row["operation_id"]),
                    said.get(row["operation_id"], {}),
                    is_former=row["operation_id"] in before.operations,
                    reason=reasons.get(row["operation_id"]) if with_said else None,
                )
                for row in shown
            ]
            return entries, (entries[-1].at, entries[-1].operation_id) if len(rows) > limit else None

        return await self._snapshots.read(owner, read, waits=after is None)


class Before(NamedTuple):
    """What was done while the list was another owner's, what was undone of it there already, and why laws
    went."""

    rows: list[Record]
    undone_by: dict[UUID, OperationId]
    reasons: dict[UUID, str]

    @property
    def operations(self) -> set[UUID]:
        return {row["operation_id"] for row in self.rows}


async def _before(
    connection: Connection, owner: OwnerId, group: GroupId, kind: str, asked: Sequence[Any]
) -> Before:
    before = Before([], {}, {})
    for former in await formers_of(connection, owner, group):
        async with looking_back(connection, owner, former):
            statement = sql.TIMELINE_OF_FORMER[kind]
            rows = await connection.fetch(statement, former.owner, *asked, former.until)
            before.rows.extend(rows)
            before.undone_by.update(await _undone(connection, former.owner, rows))
            before.reasons.update(await _reasons(connection, former.owner, rows))
    return before


async def _undone(connection: Connection, owner: OwnerId, rows: Sequence[Row]) -> dict[UUID, OperationId]:
    """By which operations of an owner these have been undone, the newest of each."""
    found = await connection.fetch(sql.UNDONE_BY, owner, [row["operation_id"] for row in rows])
    return {row["undone"]: OperationId(row["operation_id"]) for row in found}


async def _reasons(connection: Connection, owner: OwnerId, rows: Sequence[Row]) -> dict[UUID, str]:
    asked = [row for row in rows if row["removed"]]
    if not asked:
        return {}
    ids, times = [row["operation_id"] for row in asked], [row["created_at"] for row in asked]
    found = await connection.fetch(sql.REASONS, owner, ids, times, REMOVING)
    return {row["operation_id"]: row["reason"] for row in found}


def _newest_first(rows: Sequence[Row], before: Sequence[Row]) -> list[Row]:
    key = itemgetter("created_at", "operation_id")
    return sorted([*rows, *before], key=key, reverse=True) if before else list(rows)


async def _said(connection: Connection, owner: OwnerId, rows: Sequence[Row]) -> dict[UUID, dict[str, Any]]:
    asked = [row for row in rows if row["list_action"] is not None]
    if not asked:
        return {}
    times = [row["created_at"] for row in asked]
    ids = [row["operation_id"] for row in asked]
    found = await connection.fetch(sql.SAID, owner, ids, min(times), max(times))
    return {row["operation_id"]: dict(row["metadata"] or {}) for row in found}


def _entry(
    row: Row,
    undone_by: OperationId | None,
    said: dict[str, Any],
    *,
    is_former: bool,
    reason: str | None,
) -> TimelineEntry:
    single = row["added"] + row["removed"] + row["annotated"] == 1
    return TimelineEntry(
        operation_id=row["operation_id"],
        position=Position(row["position"]),
        at=row["created_at"],
        action=row["list_action"] or row["record_action"],
        actor=row["actor_id"],
        group=Named(row["group_id"], row["group_name"] or "") if row["group_id"] else None,
        added=row["added"],
        removed=row["removed"],
        annotated=row["annotated"],
        undoable=0 if row["list_action"] in MOVING else row["undoable"],
        source=row["source"] or BY_HAND,
        session=row["session_id"],
        ip=str(row["ip_address"]) if row["ip_address"] is not None else None,
        user_agent=row["user_agent"],
        undoes=row["undoes"],
        undone_by=undone_by,
        record=Named(row["record_id"], row["record_name"] or "") if single else None,
        said=said,
        is_former=is_former,
        reason=reason,
    )
