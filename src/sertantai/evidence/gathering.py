"""From the trail to the lines of a pack: each entry worked out anew, and held against its leaf.

The whole trail of an owner is gone through, whatever is asked for, so it is done a slice at a time; an entry
of many laws, and whatever goes through the whole log, beside the event loop.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from sertantai.audit.as_found import uneven_in
from sertantai.audit.sealed_rows import Keys, Uneven, deeds_from
from sertantai.audit.seals_sql import FLOORS, HAS_OPAQUE
from sertantai.audit.vouched.hashes import Covering, commitments, hashes_of
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.errors import Conflict, TooLarge, Unavailable
from sertantai.core.sealing.commitments import salt_of
from sertantai.core.sealing.entries import (
    ChangeEntry,
    Link,
    NoticeEntry,
    Row,
    RowsRoot,
    change_bytes,
    in_order,
    time_of,
)
from sertantai.core.sealing.tree import leaf_hash
from sertantai.evidence.packing import Line, Opening
from sertantai.http.turns import breathe
from sertantai.postgres import Connection, Database
from sertantai.sealing.blinds import Blind
from sertantai.sealing.deeds import (
    ChainKey,
    Deed,
    advance,
    blinds_of,
    entry_of,
    origin_text,
    rows_in,
)
from sertantai.sealing.dropped import act_told, stub_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.servers import SERVER, SERVERS

ENTRIES_MAX: Final = 50_000
ROWS_MAX: Final = 400_000
OPENED_CHARACTERS_MAX: Final = 50_000_000
"""Of what people wrote: all that a pack is made of is in memory."""
ROWS_AT_HAND_MAX: Final = 50
"""So many take a millisecond or two."""
PREFETCH_ROWS: Final = 500
ALWAYS: Final = "key"
"""Notices of new keys are in each pack: by them the key of an earlier one is followed to today's."""


class TrailDiffers(Conflict):
    """The trail is not what was sealed, so nothing can be proved by it."""

    code = "trail_differs"


class NotSealedYet(Unavailable):
    code = "not_sealed_yet"


class PackTooLarge(TooLarge):
    code = "pack_too_large"


class Gathered(msgspec.Struct):
    """``last``, ``count`` and ``name`` of the history that was asked for, as the newest entry has them."""

    lines: list[Line]
    people: set[UUID]
    last: tuple[int, str] | None = None
    count: int | None = None
    name: str = ""
    unsealed: int = 0


class WhichDeeds(msgspec.Struct, frozen=True):
    """Whose trail (None: everybody's), which deeds of it, and what of each. ``history``: the one that the
    pack proves whole, if there is one. ``law``: its rows alone; None: all. ``origins``: from where, too.
    ``since``, ``until``: of which time is told what retention took of entries about ``subjects``."""

    owner: UUID | None
    is_of: Callable[[Deed], bool]
    history: ChainKey | None
    law: int | None = None
    origins: bool = False
    subjects: frozenset[UUID] = frozenset()
    since: datetime | None = None
    until: datetime | None = None


async def gather(
    database: Database, files: TrailFiles, journals: Collection[UUID], wanted: WhichDeeds
) -> Gathered:
    """Raises `TrailDiffers`, `PackTooLarge`, `DatabaseUnavailable`."""
    found = Gathered([], set())
    rows, characters, uneven = 0, 0, await asyncio.to_thread(uneven_in, files)
    async with whole_trail_now(database) as connection:
        async for deed, entry, leaf, newest, openings in _entries(
            connection, files, journals, wanted, uneven
        ):
            index = files.index_of(deed.position, deed.part)
            if index is None:  # not sealed yet, and so is all that follows in its history
                found.unsealed += 1
                continue
            _require_sealed(files, index, deed, leaf)
            line = await _beside_if_long(deed, _line, index, deed, entry, openings, wanted)
            rows += len(line.rows) if line.shown is None else len(line.shown)
            characters += sum(len(one.value) for one in line.opened)
            if len(found.lines) >= ENTRIES_MAX or rows > ROWS_MAX:
                raise PackTooLarge(f"A pack holds {ENTRIES_MAX:,} entries and {ROWS_MAX:,} laws at most.")
            if characters > OPENED_CHARACTERS_MAX:
                raise PackTooLarge(f"A pack holds {OPENED_CHARACTERS_MAX:,} characters of notes at most.")
            found.lines.append(line)
            found.people |= {deed.actor, deed.owner}
            if wanted.history is not None and wanted.history in newest:
                number = newest[wanted.history].number
                found.last, found.count, found.name = (number, leaf.hex()), entry.count, deed.list_name
    await asyncio.to_thread(_add_notices, found.lines, files, wanted)
    return found


async def entry_in_log(
    database: Database, files: TrailFiles, journals: Collection[UUID], wanted: WhichDeeds
) -> tuple[int, ChangeEntry] | None:
    """The first that is wanted, with its place; None: there is none in the trail. Raises `NotSealedYet`,
    `TrailDiffers`, `DatabaseUnavailable`."""
    uneven = await asyncio.to_thread(uneven_in, files)
    async with (
        whole_trail_now(database) as connection,
        aclosing(_entries(connection, files, journals, wanted, uneven)) as all_,
    ):
        async for deed, entry, leaf, _, _ in all_:
            index, head = files.index_of(deed.position, deed.part), files.newest_head()
            if index is None or head is None or index >= head.size:
                raise NotSealedYet("The operation is not sealed yet. Try again in a moment.")
            _require_sealed(files, index, deed, leaf)
            return index, entry
    return None


def _require_sealed(files: TrailFiles, index: int, deed: Deed, leaf: bytes) -> None:
    if files.leaf(index) != leaf:
        raise _differs(deed, "is not what was sealed")


def _differs(deed: Deed, why: str) -> TrailDiffers:
    said = f"Operation {deed.position} of {deed.at:%Y-%m-%d} {why}"
    return TrailDiffers(f"{said}: `sertantai audit verify` says more. Nothing can be proved by it.")


_T = TypeVar("_T")
_Found = tuple[Deed, ChangeEntry, bytes, Mapping[ChainKey, Link], "_Openings"]


class _Openings(msgspec.Struct, frozen=True):
    """``opaque``: what stands for what is gone, by field."""

    keys: Mapping[Blind, bytes]
    opaque: Mapping[str, str]


async def _beside_if_long(deed: Deed, work: Callable[..., _T], *given: Any) -> _T:
    """What ``work`` returns, which goes through all laws of the deed."""
    await breathe()
    return work(*given) if len(deed.rows) <= ROWS_AT_HAND_MAX else await asyncio.to_thread(work, *given)


async def _entries(
    connection: Connection,
    files: TrailFiles,
    journals: Collection[UUID],
    wanted: WhichDeeds,
    uneven: Uneven,
) -> AsyncGenerator[_Found, None]:
    """What is wanted, each with its hash, and the newest links of all histories after it."""
    keys = Keys(connection)
    has_opaque = await connection.fetchval(HAS_OPAQUE)
    covering = Covering(files, journals, None, uneven.after)
    covering.begin(connection)
    floors = {
        (row["user_id"], row["group_id"]): Link(row["number"], bytes(row["head"]).hex())
        for row in await connection.fetch(FLOORS, wanted.owner)
    }
    newest: dict[ChainKey, Link] = {}
    owner: UUID | None = None
    async for deed, rows in deeds_from(connection, wanted.owner, uneven, prefetch=PREFETCH_ROWS):
        if rows[0]["user_id"] != owner:
            owner = rows[0]["user_id"]
            newest = {key: link for key, link in floors.items() if key[0] == owner}
        if deed is None or deed.journal not in journals:
            continue
        hashes = await hashes_of(connection, deed) if has_opaque else {}
        opaque = commitments(hashes)
        if wanted.is_of(deed) and (why := await covering.why_not(deed, hashes)) is not None:
            raise _differs(deed, why)
        known = await keys.of(deed)
        entry, leaf = await _beside_if_long(deed, _entry, deed, known, newest, opaque)
        advance(newest, deed, leaf)
        if wanted.is_of(deed):
            yield deed, entry, leaf, newest, _Openings(known, opaque)


def _entry(
    deed: Deed, keys: Mapping[Blind, bytes], newest: Mapping[ChainKey, Link], opaque: Mapping[str, str]
) -> tuple[ChangeEntry, bytes]:
    entry = entry_of(deed, keys, newest, opaque)
    return entry, leaf_hash(change_bytes(entry))


def _line(index: int, deed: Deed, entry: ChangeEntry, openings: _Openings, wanted: WhichDeeds) -> Line:
    rows = rows_in(deed, openings.keys.get(blinds_of(deed)[1]), openings.opaque)
    ordered = in_order([row for row, _ in rows])
    shown = None
    if wanted.law is not None and isinstance(entry.rows, RowsRoot):
        shown = [at for at, row in enumerate(ordered) if row.record == wanted.law]
    opened = tuple(_opened(deed, entry, rows, ordered, shown, openings, wanted))
    return Line(index, entry, opened, [row for row, _ in rows], shown)


def _opened(
    deed: Deed,
    entry: ChangeEntry,
    rows: Sequence[tuple[Row, str | None]],
    ordered: Sequence[Row],
    shown: Sequence[int] | None,
    openings: _Openings,
    wanted: WhichDeeds,
) -> Iterator[Opening]:
    """Salts and values of what may be seen, where both are there still."""
    of_origin, of_content = (openings.keys.get(blind) for blind in blinds_of(deed))
    if wanted.origins and of_origin is not None:
        text = origin_text(deed)
        if text is not None:
            yield Opening("origin", salt_of(of_origin, "origin", str(deed.actor)), "origin", text)
    if of_content is None:
        return
    if entry.named is not None and deed.list is not None and deed.list_name:
        yield Opening("named", salt_of(of_content, "named", str(deed.list)), "named", deed.list_name)
    said = {row: text for row, text in rows if text is not None}
    for at, row in enumerate(ordered if shown is None else [ordered[number] for number in shown]):
        field = f"content/{row.record}"
        if row in said and row.content is not None:
            yield Opening(f"rows/{at}", salt_of(of_content, field, str(deed.id)), field, said[row])


def _add_notices(lines: list[Line], files: TrailFiles, wanted: WhichDeeds) -> None:
    lines += _notices(files, wanted)
    lines.sort(key=lambda line: line.index)


def _notices(files: TrailFiles, wanted: WhichDeeds) -> Iterator[Line]:
    """Those about what is asked for, of keys, and of what retention took of those of its time; not of other
    servers, of which a pack says nothing."""
    for index, entry in notices_in_log(files):
        is_about = entry.subject in wanted.subjects and entry.kind != "statement"
        is_of_a_key = entry.kind == ALWAYS and not {SERVER, SERVERS} & entry.body.keys()
        if is_about or is_of_a_key or _is_of_then(entry, wanted):
            yield Line(index, entry)


def _is_of_then(entry: NoticeEntry, wanted: WhichDeeds) -> bool:
    if not wanted.subjects or entry.kind != "retention":
        return False
    act = act_told(entry.number, time_of(entry.at), entry.body)
    if act is None or act.first is None or act.last is None:
        return False
    return (wanted.until is None or act.first < wanted.until) and (
        wanted.since is None or act.last >= wanted.since
    )


def notices_in_log(files: TrailFiles) -> Iterator[tuple[int, NoticeEntry]]:
    """Each sealed notice with its place."""
    for index, line in zip(files.notice_indexes(), files.notice_lines(), strict=False):
        if stub_in(line) is None:
            yield index, _decode(line)


def notice_in_log(files: TrailFiles, id: UUID) -> tuple[int, NoticeEntry] | None:
    """One of them; None: it is not sealed yet."""
    for index, line in zip(files.notice_indexes(), files.notice_lines(), strict=False):
        if str(id) in line and stub_in(line) is None and (entry := _decode(line)).id == id:
            return index, entry
    return None


_decode: Callable[[str], NoticeEntry] = msgspec.json.Decoder(NoticeEntry).decode
