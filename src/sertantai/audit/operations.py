"""The timeline: the trail by operation, newest first, for the history page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import sql
from sertantai.audit.lineage import formers_of, looking_back
from sertantai.audit.narrowing import sql as narrowed_sql
from sertantai.audit.narrowing.sql import Narrowed
from sertantai.audit.narrowing.walking import Narrower, narrowed_page
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
        source: str | None = None,
        undone: bool | None = None,
        with_said: bool = False,
    ) -> Told[tuple[list[TimelineEntry], Keyset | None]]:
        """Operations after a keyset (when, operation id), and the keyset to go on with.

        ``kind`` is one of `KINDS`: only those that did such a thing, among whatever else; "" is all. With
        ``records``: only those that changed any of these; with ``actor`` only theirs. ``source``: by what
        means; ``undone``: whether they were taken back since. With one of these a page may have fewer than
        ``limit``, or none, and go on nevertheless: see `narrowing`. ``with_said``: with what they say of
        themselves.
        """
        way = _way(owner, records, actor)
        narrower = Narrower(source, undone, actor if records is not None else None)

        async def read(connection: Connection) -> tuple[list[TimelineEntry], Keyset | None]:
            group_id = await resolve_group(connection, owner, group)
            asked = (owner, since, *ends_before(until, after), group_id)
            rows, ended = await way.page(connection, kind, asked, narrower, limit + 1)
            said = await _said(connection, owner, rows[:limit]) if with_said else {}
            reasons = await _reasons(connection, owner, rows[:limit]) if with_said else {}
            before = Before([], {}, {})
            if records is None and group_id is not None:
                before = await _before(connection, group_id, actor, kind, asked, narrower, limit + 1)
                ended = max((one for one in (ended, before.ended) if one is not None), default=None)
                rows = _newest_first(rows, before.rows)
                rows = [row for row in rows if ended is None or _key(row) >= ended]
            shown = rows[:limit]
            undone_by = before.undone_by | await _undone(connection, owner, shown)
            reasons = before.reasons | reasons
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
            more = (entries[-1].at, entries[-1].operation_id) if len(rows) > limit else ended
            return entries, more

        return await self._snapshots.read(owner, read, waits=after is None)


class Way(NamedTuple):
    """Statements, by kind, and what they take behind the number of rows."""

    statements: Mapping[str, str]
    narrowed: Mapping[str, Narrowed]
    more: tuple[Any, ...] = ()

    async def page(
        self, connection: Connection, kind: str, asked: Sequence[Any], narrower: Narrower, limit: int
    ) -> tuple[list[Record], Keyset | None]:
        """The rows, and how far was looked if that is not to the end."""
        if narrower:
            return await narrowed_page(connection, self.narrowed[kind], asked, self.more, narrower, limit)
        return await connection.fetch(self.statements[kind], *asked, limit, *self.more), None


def _way(owner: OwnerId, records: Sequence[RecordId] | None, actor: UserId | None) -> Way:
    if records is not None:
        return Way(sql.TIMELINE_OF_RECORDS, narrowed_sql.OF_RECORDS, (records,))
    if actor is None:
        return Way(sql.TIMELINE, narrowed_sql.TIMELINE)
    if actor == owner:
        return Way(sql.TIMELINE_OF_OWNER, narrowed_sql.OF_OWNER)
    return Way(sql.TIMELINE_OF_ACTOR, narrowed_sql.OF_ACTOR, (actor,))


class Before(NamedTuple):
    """What was done while the list was another owner's, what was undone of it there already, why laws went,
    and how far was looked if that is not to the end."""

    rows: list[Record]
    undone_by: dict[UUID, OperationId]
    reasons: dict[UUID, str]
    ended: Keyset | None = None

    @property
    def operations(self) -> set[UUID]:
        return {row["operation_id"] for row in self.rows}


async def _before(
    connection: Connection,
    group: GroupId,
    actor: UserId | None,
    kind: str,
    asked: tuple[Any, ...],
    narrower: Narrower,
    limit: int,
) -> Before:
    before, owner = Before([], {}, {}), asked[0]
    ends: list[Keyset] = []
    for former in await formers_of(connection, owner, group):
        way = Way(sql.TIMELINE_OF_FORMER, narrowed_sql.OF_FORMER, (actor, former.until))
        async with looking_back(connection, owner, former):
            rows, ended = await way.page(connection, kind, (former.owner, *asked[1:]), narrower, limit)
            ends += [ended] if ended is not None else []
            before.rows.extend(rows)
            before.undone_by.update(await _undone(connection, former.owner, rows))
            before.reasons.update(await _reasons(connection, former.owner, rows))
    return before._replace(ended=max(ends, default=None))


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


_key: Final[Callable[[Row], Keyset]] = itemgetter("created_at", "operation_id")


def _newest_first(rows: Sequence[Row], before: Sequence[Row]) -> list[Row]:
    return sorted([*rows, *before], key=_key, reverse=True) if before else list(rows)


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
