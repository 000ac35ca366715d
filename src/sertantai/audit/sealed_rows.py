"""Rows of the trail as the deeds that were sealed: the same entries, worked out from what PostgreSQL has."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from pyroaring import BitMap

from sertantai.audit import seals_sql as sql
from sertantai.core.audit_words import ADDING, DELETE_GROUP, HAND_OVER, REMOVING
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, UserId
from sertantai.core.sealing.entries import OF_THE_LIST
from sertantai.postgres import Connection
from sertantai.sealing.blinds import Blind, Class
from sertantai.sealing.deeds import Deed, blinds_of
from sertantai.sealing.sql import BLINDS

PREFETCH_ROWS: Final = 5_000
KEYS_KEPT_MAX: Final = 50_000


class FoundDeed:
    """A deed, whether more of its operation may follow, and rows that are not like the others of it."""

    __slots__ = ("deed", "odd")

    def __init__(self, deed: Deed, odd: str | None) -> None:
        self.deed = deed
        self.odd = odd


class Lists:
    """What is in each list of one owner, row by row: an entry says how many there were."""

    def __init__(self, before: Mapping[UUID, BitMap]) -> None:
        self._held = {key: BitMap(records) for key, records in before.items()}

    def play(self, group: UUID | None, action: str, record: int | None) -> None:
        if group is None or record is None:
            return
        held = self._held.setdefault(group, BitMap())
        if action in ADDING:
            held.add(record)
        elif action in REMOVING:
            held.discard(record)

    def adjust(self, group: UUID, missing: BitMap, extra: BitMap) -> None:
        """The rows lead elsewhere than to what the list held, which somebody accepted."""
        self._held[group] = (self._held.get(group, BitMap()) | missing) - extra

    def differ(self, held: Mapping[UUID, BitMap]) -> Mapping[UUID, tuple[BitMap, BitMap]]:
        """Of each list that is not what the rows lead to: what they lack, and what they have too many."""
        apart = {}
        for group in {*held, *self._held}:
            there, here = held.get(group, BitMap()), self._held.get(group, BitMap())
            if there != here:
                apart[group] = (there - here, here - there)
        return apart

    def count(self, group: UUID | None) -> int:
        return 0 if group is None else len(self._held.get(group, ()))


class Uneven(NamedTuple):
    """Lists, by owner, that held something else than their rows lead to when a log began after a difference:
    what the rows lack, and what they have too many. ``after``: the last operation before that."""

    after: int
    lists: Mapping[UUID, Mapping[UUID, tuple[BitMap, BitMap]]]


EVEN: Final = Uneven(0, {})


async def deeds_from(
    connection: Connection,
    owner: UUID | None = None,
    uneven: Uneven = EVEN,
    at_end: Callable[[UUID, Lists], None] | None = None,
    prefetch: int = PREFETCH_ROWS,
) -> AsyncIterator[tuple[Deed | None, Sequence[Any]]]:
    """Each operation, or part of one, with its rows, owner after owner, in the order of positions. None: rows
    of before anything was sealed. ``owner``: of that one only. ``at_end`` is told what the lists of each
    owner hold after all their rows. ``prefetch``: rows read at a time, between which others have their turns
    at the event loop."""
    rows: list[Any] = []
    key: tuple[Any, ...] | None = None
    lists, of_owner, adjusted = Lists({}), None, False
    async for row in connection.cursor(sql.SEALED_TRAIL, owner, prefetch=prefetch):
        own = (row["user_id"], row["journal_id"], row["position"], row["part"])
        if own != key:
            if rows:
                yield _deed(rows, lists), rows
            rows, key = [], own
        if row["user_id"] != of_owner:
            if at_end is not None and of_owner is not None:
                at_end(of_owner, lists)
            of_owner, adjusted = row["user_id"], False
            lists = Lists(await _baseline(connection, of_owner))
        if not adjusted and row["position"] > uneven.after:
            adjusted = True
            for group, (missing, extra) in uneven.lists.get(row["user_id"], {}).items():
                lists.adjust(group, missing, extra)
        rows.append(row)
    if rows:
        yield _deed(rows, lists), rows
    if at_end is not None and of_owner is not None:
        at_end(of_owner, lists)


async def _baseline(connection: Connection, owner: UUID) -> Mapping[UUID, BitMap]:
    found = await connection.fetch(sql.BASELINE_OF, owner)
    return {row["group_id"]: BitMap(row["records"]) for row in found}


def _deed(rows: Sequence[Any], lists: Lists) -> Deed | None:
    for row in rows:
        lists.play(row["group_id"], row["action"], row["record_no"])
    first = rows[-1]  # that of the list itself, if there is one, which says what was done
    if first["journal_id"] is None:
        return None
    said = first["metadata"]
    last_action = first["action"]
    ends = last_action == HAND_OVER or (last_action == DELETE_GROUP and "purged" in said)
    more_follows = first["more_follows"]
    group = first["group_id"]
    return Deed(
        JournalId(first["journal_id"]),
        Position(first["position"]),
        first["part"],
        OperationId(first["operation_id"]),
        OwnerId(first["user_id"]),
        UserId(first["actor_id"]),
        None if group is None else GroupId(group),
        first["selection_group"] or "",
        first["created_at"],
        first["session_id"],
        None if first["ip_address"] is None else str(first["ip_address"]),
        first["user_agent"],
        said.get("source", "hand"),
        said.get("undoes"),
        None if group is None or ends or more_follows else lists.count(group),
        [
            (row["action"], OF_THE_LIST, "", row["metadata"])
            if row["record_no"] is None
            else (row["action"], row["record_no"], row["record_name"], row["metadata"])
            for row in rows
        ],
    )


_ALIKE: Final = (
    "operation_id",
    "actor_id",
    "group_id",
    "selection_group",
    "created_at",
    "session_id",
    "ip_address",
    "user_agent",
)


def unlike(rows: Sequence[Any]) -> str | None:
    """In what the rows of one operation differ that have to be alike; None: in nothing."""
    first = rows[-1]
    for field in _ALIKE:
        if any(row[field] != first[field] for row in rows):
            return field
    return None


class Keys:
    """The keys of what deeds hide, read when they are first needed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: dict[Blind, bytes | None] = {}

    async def of(self, deed: Deed) -> Mapping[Blind, bytes]:
        wanted = blinds_of(deed)
        missing = [blind for blind in wanted if blind not in self._kept]
        if missing:
            if len(self._kept) > KEYS_KEPT_MAX:
                self._kept = {}
                missing = list(wanted)
            rows = await self._connection.fetch(
                BLINDS,
                [blind.subject for blind in missing],
                [blind.month for blind in missing],
                [str(blind.kind) for blind in missing],
            )
            self._kept.update((blind, None) for blind in missing)
            self._kept.update(
                (Blind(row["subject"], row["month"], Class(row["class"])), bytes(row["key"])) for row in rows
            )
        return {blind: key for blind in wanted if (key := self._kept[blind]) is not None}


async def opaque_of(connection: Connection, deed: Deed) -> Mapping[str, str]:
    """Commitments whose values are gone, by field."""
    rows = await connection.fetch(sql.OPAQUE_OF, deed.journal, deed.position, deed.part)
    return {row["field"]: bytes(row["commitment"]).hex() for row in rows}
