"""Rows of the trail as the deeds that were sealed: the same entries, worked out from what PostgreSQL has."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

from pyroaring import BitMap

from sertantai.audit import seals_sql as sql
from sertantai.core.audit_words import ADDING, DELETE_GROUP, HAND_OVER, REMOVING
from sertantai.core.ids import OwnerId
from sertantai.core.sealing.entries import OF_THE_LIST
from sertantai.core.sealing.tree import HASH_BYTES
from sertantai.postgres import Connection
from sertantai.sealing.blinds import Blind, Class
from sertantai.sealing.deeds import Deed, blinds_of
from sertantai.sealing.files import PLACE, TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.sql import BLINDS, LEAVES_BEHIND

PREFETCH_ROWS: Final = 5_000
KEYS_KEPT_MAX: Final = 50_000
# Where `SEALED_TRAIL` has what tells an operation or a part of one, what all its rows have in common, and
# what each says. A look by name costs as much as three by place, and there are millions of rows.
_PLACE: Final = slice(0, 4)
_ALIKE: Final = slice(4, 12)
_ALIKE_FIELDS: Final = (
    "operation_id",
    "actor_id",
    "group_id",
    "selection_group",
    "created_at",
    "session_id",
    "ip_address",
    "user_agent",
)
_SAYS: Final = slice(12, 16)


async def leaves_behind(
    connection: Connection, files: TrailFiles, journals: Collection[UUID | None], macs: RowMacs
) -> dict[tuple[int, int], bytes]:
    """Leaves that this server wrote and has not sealed yet, by place: those beyond the log, which is read
    after the moment that ``connection`` sees. Any other in the database is in the log too, or nobody's."""
    end = await asyncio.to_thread(files.last_place)
    own = [journal for journal in journals if journal is not None]
    found: dict[tuple[int, int], bytes] = {}
    for row in await connection.fetch(LEAVES_BEHIND, own, *end, None):
        places, leaves = bytes(row["places"]), bytes(row["leaves"])
        said = (str(row["journal_id"]), row["position"], row["part"], places, leaves)
        if macs.is_ours(bytes(row["mac"]), "leaves", *said):
            for number, (position, part) in enumerate(PLACE.iter_unpack(places)):
                if (position, part) > end:
                    found[position, part] = leaves[number * HASH_BYTES : (number + 1) * HASH_BYTES]
    return found


class Lists:
    """What is in each list of one owner, row by row: an entry says how many there were."""

    def __init__(self, before: Mapping[UUID, BitMap]) -> None:
        self._held = {key: BitMap(records) for key, records in before.items()}

    def play(self, group: UUID | None, action: str, *records: int) -> None:
        if group is None:
            return
        held = self._held.setdefault(group, BitMap())
        if action in ADDING:
            held.update(records)
        elif action in REMOVING:
            held.difference_update(BitMap(records))

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
    cursor = await connection.cursor(sql.SEALED_TRAIL, owner)
    while read := await cursor.fetch(prefetch):
        for row in read:
            own = row[_PLACE]
            if own == key:
                rows.append(row)
                continue
            if key is not None:
                yield _deed(rows, lists, more_follows=own[:-1] == key[:-1]), rows
            rows, key = [row], own
            if row["user_id"] != of_owner:
                if at_end is not None and of_owner is not None:
                    at_end(of_owner, lists)
                of_owner, adjusted = row["user_id"], False
                lists = Lists(await _baseline(connection, of_owner))
            if not adjusted and row["position"] > uneven.after:
                adjusted = True
                for group, (missing, extra) in uneven.lists.get(row["user_id"], {}).items():
                    lists.adjust(group, missing, extra)
    if rows:
        yield _deed(rows, lists, more_follows=False), rows
    if at_end is not None and of_owner is not None:
        at_end(of_owner, lists)


async def _baseline(connection: Connection, owner: UUID) -> Mapping[UUID, BitMap]:
    found = await connection.fetch(sql.BASELINE_OF, owner)
    return {row["group_id"]: BitMap(row["records"]) for row in found}


def _deed(rows: Sequence[Any], lists: Lists, *, more_follows: bool) -> Deed | None:
    """``more_follows``: another part of the same operation."""
    for (group, action, is_of_list), same in groupby(rows, key=_done):
        if not is_of_list:
            lists.play(group, action, *[row["record_no"] for row in same])
    last = rows[-1]  # that of the list itself, if there is one, which says what was done
    owner, journal, position, part = last[_PLACE]
    if journal is None:
        return None
    operation, actor, group, called, at, session, ip, user_agent = last[_ALIKE]
    said, action = last["metadata"], last["action"]
    ends = action == HAND_OVER or (action == DELETE_GROUP and "purged" in said)
    return Deed(
        journal,
        position,
        part,
        operation,
        OwnerId(owner),
        actor,
        group,
        called or "",
        at,
        session,
        ip,
        user_agent,
        said.get("source", "hand"),
        said.get("undoes"),
        None if group is None or ends or more_follows else lists.count(group),
        [
            (action, OF_THE_LIST, "", said) if record is None else (action, record, name, said)
            for action, record, name, said in [row[_SAYS] for row in rows]
        ],
    )


def _done(row: Any) -> tuple[Any, ...]:
    """To which list, what, and whether to the list itself."""
    return row["group_id"], row["action"], row["record_no"] is None


def unlike(rows: Sequence[Any]) -> str | None:
    """In what the rows of one operation differ that have to be alike; None: in nothing."""
    last = rows[-1]
    alike = last[_ALIKE]
    for row in rows[:-1]:
        if row[_ALIKE] != alike:
            return next(name for name in _ALIKE_FIELDS if row[name] != last[name])
    return None


class Keys:
    """The keys of what deeds hide, read when they are first needed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: dict[Blind, bytes | None] = {}
        self._last: tuple[Any, Mapping[Blind, bytes]] = (None, {})

    async def of(self, deed: Deed) -> Mapping[Blind, bytes]:
        wanted = blinds_of(deed)
        if wanted is not self._last[0]:  # most are of the person and month of the one before
            self._last = (wanted, await self._read(wanted))
        return self._last[1]

    async def _read(self, wanted: tuple[Blind, ...]) -> Mapping[Blind, bytes]:
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
