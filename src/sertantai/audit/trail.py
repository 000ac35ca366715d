"""One owner's trail: what happened to which record of which list, newest first."""

from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from sertantai.audit import sql
from sertantai.audit.lineage import rows_of_former
from sertantai.audit.snapshots import Snapshots
from sertantai.core import audit_words
from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordId, UserId
from sertantai.core.told import Told
from sertantai.postgres import Connection

BY_HAND: Final = "hand"

THE_BEGINNING: Final = datetime(1, 1, 2, tzinfo=UTC)
THE_END: Final = datetime(9999, 12, 30, tzinfo=UTC)
LOWEST_ID: Final = UUID(int=0)

Keyset = tuple[datetime, UUID]
Row: TypeAlias = Any
"""A row of the driver's, which is no Mapping to the type checker."""


class Named(msgspec.Struct, frozen=True):
    """A record or a list, with the name it had when it happened."""

    id: UUID
    name: str


class TrailEntry(msgspec.Struct, frozen=True):
    """One effective change of one record; or of a list itself, then ``record`` is None.

    ``source`` is hand, filter, import, undo, merge, system or salvage. ``note`` is what an annotation said,
    ``reason`` why a record went. ``metadata`` is the rest: what it undoes, which annotation went with the
    record; of a list itself what it says since (``changes``) and said ``before``, and so on.
    """

    id: UUID
    at: datetime
    action: str
    record: Named | None
    group: Named | None
    operation_id: OperationId | None
    actor: UserId | None
    source: str
    session: str | None
    ip: str | None
    user_agent: str | None
    note: str | None
    reason: str | None
    metadata: dict[str, Any]


class TrailFilter(msgspec.Struct, frozen=True, kw_only=True):
    """``group`` None: all lists; "default": the owner's default list. ``actions`` empty: all of them."""

    group: GroupId | str | None = None
    record: RecordId | None = None
    actor: UserId | None = None
    actions: tuple[str, ...] = ()
    since: datetime = THE_BEGINNING
    until: datetime = THE_END
    lists: bool = False
    """Also changes of lists themselves (made, renamed, deleted)."""

    @property
    def wanted_actions(self) -> tuple[str, ...]:
        return self.actions or (audit_words.ALL if self.lists else audit_words.OF_RECORDS)


class Trail:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def page(
        self, owner: OwnerId, wanted: TrailFilter, after: Keyset | None, limit: int
    ) -> Told[tuple[list[TrailEntry], Keyset | None]]:
        """Newest first, beginning after a keyset; and the keyset to go on with, None at the end."""

        async def read(connection: Connection) -> tuple[list[TrailEntry], Keyset | None]:
            group = await resolve_group(connection, owner, wanted.group)
            of_another = wanted.actor is not None and wanted.actor != owner
            asked = (
                wanted.since,
                *ends_before(wanted.until, after),
                group,
                wanted.record,
                wanted.wanted_actions,
                wanted.actor,
                limit + 1,
            )
            rows = await connection.fetch(sql.TRAIL_OF_ANOTHER if of_another else sql.TRAIL, owner, *asked)
            if group is not None:
                before = await rows_of_former(connection, owner, group, sql.FORMER_TRAIL, asked)
                rows = sorted([*rows, *before], key=lambda row: (row["created_at"], row["id"]), reverse=True)
            entries = [entry_of(row) for row in rows[:limit]]
            return entries, (entries[-1].at, entries[-1].id) if len(rows) > limit else None

        return await self._snapshots.read(owner, read, waits=after is None)


def ends_before(until: datetime, after: Keyset | None) -> Keyset:
    """The one bound of a page from above: where the last one ended, or at ``until``, whichever is earlier."""
    latest = (until, LOWEST_ID)
    return latest if after is None else min(after, latest)


async def resolve_group(
    connection: Connection, owner: OwnerId, group: GroupId | str | None
) -> GroupId | None:
    """The id that a list is asked for by; "default" is the owner's own default list."""
    if isinstance(group, str):
        return GroupId(await connection.fetchval(sql.DEFAULT_GROUP, owner))
    return group


def entry_of(row: Row) -> TrailEntry:
    metadata = dict(row["metadata"])
    source = metadata.pop("source", BY_HAND)
    changes = metadata.get("changes")
    note = changes.get("note") if isinstance(changes, dict) else None
    return TrailEntry(
        id=row["id"],
        at=row["created_at"],
        action=row["action"],
        record=Named(row["record_id"], row["record_name"] or "") if row["record_id"] else None,
        group=Named(row["group_id"], row["selection_group"] or "") if row["group_id"] else None,
        operation_id=row["operation_id"],
        actor=row["actor_id"],
        source=source,
        session=row["session_id"],
        ip=str(row["ip_address"]) if row["ip_address"] is not None else None,
        user_agent=row["user_agent"],
        note=note,
        reason=metadata.get("reason") or None,
        metadata=metadata,
    )
