"""Accepts in words that the history is not what was sealed: the log ends, and the next one begins.

The next log's first entry holds both heads: the last one that was signed, and the one that the rows lead to
now. Behind it stands everything as it was found on this day, so from now on nothing of it can change unseen;
it is never presented as sealed when it was written. The ended log stays where it is, and is written no more.
"""

import asyncio
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.audit import seals_sql as sql
from sertantai.audit.as_found import FOUND, rows_as_found, uneven_bodies
from sertantai.audit.guarding.database_rules import DatabaseRules
from sertantai.audit.guarding.leaves_found import floors_of, leaves_found
from sertantai.audit.guarding.own_notices import own_notices
from sertantai.audit.sealed_rows import Lists
from sertantai.audit.sql import VERIFY_LISTS
from sertantai.audit.standing.as_found import FOUND_MAX, standing_bodies
from sertantai.audit.standing.checking import all_standing
from sertantai.audit.standing.told import Known
from sertantai.audit.verify_seals import verify_seals
from sertantai.audit.vouched.as_kept import kept_bodies, tell_bodies
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput
from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import BEFORE_ALL, Link
from sertantai.core.sealing.notes import Head, NotANote
from sertantai.core.sealing.tree import ZERO, leaf_hash, root_of
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres.roles import Role
from sertantai.process.private_files import sync_directory, write_whole
from sertantai.process.summed_files import write_summed
from sertantai.sealing.accepted import ACCEPTED_FILE, Accepted
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.blinds import FILE as BLINDS_FILE
from sertantai.sealing.blinds import Blinds, Class
from sertantai.sealing.deeds import ChainKey, chains_of
from sertantai.sealing.files import NOTICE, TrailFiles
from sertantai.sealing.heads import LastHead, last_head
from sertantai.sealing.keys import RowMacs, forget_key_before, macs_in, signer_in
from sertantai.sealing.links import link_columns
from sertantai.sealing.log import JOURNALS_FILE, KEYS_FILE, ORIGIN_FILE, journals_of, newest_log, origin_of
from sertantai.sealing.notices import Kind, Notices, notice_line
from sertantai.sealing.reached import HistoryDiffers, Reached
from sertantai.sealing.sql import KEEP_CHAINS, REACHED

REASON_LETTERS_MAX: Final = 1_000
SAID_MAX: Final = 100
"""Of what differed, kept in words; the entry holds how many, and a hash of all."""
DRAFT: Final = "begun"
LISTS_AT_ONCE: Final = 20


class HalfWritten(Conflict):
    """An operation of several parts is not written whole yet."""

    code = "half_written"


class _Found(msgspec.Struct):
    """Each operation's place and leaf, in order; of all histories the last entries."""

    operations: list[tuple[tuple[int, int], bytes]] = []
    newest: dict[ChainKey, Link] = {}
    apart: dict[UUID, Mapping[UUID, tuple[BitMap, BitMap]]] = {}


async def accept(
    database: Database, data_path: Path, journal: UUID, reason: str, by: UUID | None, clock: Clock
) -> Accepted | None:
    """None: nothing differs, and nothing is done. Nobody may write meanwhile: the server must be stopped.
    Raises `InvalidInput`, `HalfWritten`, `DatabaseUnavailable`."""
    said = reason.strip()
    if not said or len(said) > REASON_LETTERS_MAX:
        raise InvalidInput(f"Give a reason, of {REASON_LETTERS_MAX:,} letters at most.", field="reason")
    ended = newest_log(data_path)
    differences = [*Alarm(ended).said]
    differences += [
        one.said
        for one in (await verify_seals(database, data_path, journal)).differences
        if one.said not in differences
    ]
    rules = DatabaseRules(database, data_path)
    differences += [said for said in await rules.differing() if said not in differences]
    if not differences:
        return None
    journals = list(dict.fromkeys([*journals_of(ended), journal]))
    reached = Reached(data_path)
    known = _known(ended, reached)
    folder = ended.with_name(str(max(int(ended.name), _number_of(known)) + 1))
    draft = ended.with_name(DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    TrailFiles(draft).make()
    if (ended / BLINDS_FILE).exists():
        write_whole(draft / BLINDS_FILE, (ended / BLINDS_FILE).read_bytes())
    name = known.head.origin if known is not None else origin_of(ended)
    origin = _next_origin(name, folder.name)
    forget_key_before(data_path)
    signer = signer_in(data_path, origin)
    write_whole(draft / ORIGIN_FILE, f"{origin}\n".encode())
    write_whole(draft / KEYS_FILE, f"{signer.key}\n".encode())
    write_whole(draft / JOURNALS_FILE, "".join(f"{one}\n" for one in journals).encode())
    notices = Notices(macs_in(data_path), Blinds(draft), clock)
    async with whole_trail_now(database) as connection:
        if await connection.fetchval(sql.HALF_WRITTEN, journals):
            raise HalfWritten(
                "A large operation is not written whole yet. Start the server, wait until `sertantai sync "
                "status` shows nothing waiting, stop it, and accept again."
            )
        found = await _found(connection, journals)
        months = await rows_as_found(connection)
        kept = await kept_bodies(connection)
        known_here = Known(TrailFiles(ended), journals, macs_in(data_path))
        standing = {one.mark async for one in all_standing(connection, known_here, None, FOUND_MAX)}
    root = root_of([leaf for _, leaf in found.operations])
    async with database.transaction(Role.SYNC) as connection:
        commitment = await notices.committed(connection, Class.CONTENT, journal, "reason", said)
        body: dict[str, Any] = {
            "accepted": {
                "count": len(differences),
                "digest": _digest(differences),
            },
            "carried": {
                "notices": len(await own_notices(connection, TrailFiles(ended), journals)),
                "operations": len(found.operations),
                "upto": max(await connection.fetchval(REACHED, journals), _last_of(found)),
            },
            "ended": None if known is None else _head(known.head),
            "found": _head(Head(origin, len(found.operations), root)),
            "reason": commitment,
        }
        if months:
            told = {month: [count, digest] for month, (count, digest) in months.items()}
            await notices.tell(connection, Kind.BALANCE, by=by, body={FOUND: told})
            body["carried"]["notices"] += 1
        body["carried"]["notices"] += await tell_bodies(connection, notices, kept, by)
        bodies = standing_bodies(standing)
        body["carried"]["notices"] += await tell_bodies(connection, notices, bodies, by)
        body["uneven"] = [
            str(await notices.tell(connection, Kind.BALANCE, by=by, body=uneven))
            for uneven in uneven_bodies(found.apart)
        ]
        body["carried"]["notices"] += len(body["uneven"])
        first = await notices.tell(connection, Kind.RESTORE, by=by, body=body)
        told_here = await own_notices(connection, TrailFiles(ended), journals)
        lines = list(_lines(told_here, first))
        await _go_on_from(connection, journals, found.newest, macs_in(data_path))
    await asyncio.to_thread(_write, TrailFiles(draft), found, lines)
    files = TrailFiles(draft)
    size = files.size
    files.keep_head(signer.sign(Head(origin, size, files.root(size))))
    accepted = Accepted(
        at=clock.now(),
        by=by,
        reason=said,
        differences=len(differences),
        said=differences[:SAID_MAX],
        ended=None if known is None else known.note,
        origin=origin,
        key=str(signer.key),
    )
    write_summed(draft / ACCEPTED_FILE, msgspec.json.encode(accepted))
    reached.remember(files.newest_note() or "", at_once=True)
    draft.rename(folder)
    await rules.accept()
    sync_directory(folder.parent)
    return accepted


def _last_of(found: _Found) -> int:
    """Where the log begins to grow; an invented row may stand further on than anybody was."""
    return found.operations[-1][0][0] if found.operations else 0


def _known(folder: Path, reached: Reached) -> LastHead | None:
    """The newest head of the log that ends: of its files, or what is remembered of them. None: neither can
    be read."""
    found: list[LastHead] = []
    for read in (reached.head, partial(last_head, TrailFiles(folder))):
        try:
            head = read()
        except (HistoryDiffers, NotANote, OSError):
            continue
        if head is not None:
            found.append(head)
    return max(found, key=lambda one: one.head.size, default=None)


def _number_of(known: LastHead | None) -> int:
    """Of the log that a head is of; two never have one name."""
    number = "" if known is None else known.head.origin.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def _next_origin(origin: str, number: str) -> str:
    return f"{origin.rpartition('/')[0]}/{number}"


def _head(head: Head) -> dict[str, Any]:
    return {"origin": head.origin, "root": head.root.hex(), "size": head.size}


def _digest(differences: Sequence[str]) -> str:
    return sha256(canonical(list(differences))).hexdigest()


async def _found(connection: Connection, journals: Sequence[UUID]) -> _Found:
    found, held = _Found(newest=await floors_of(connection)), await _held(connection)

    def at_end(owner: UUID, lists: Lists) -> None:
        apart = lists.differ(held.pop(owner, {}))
        if apart:
            found.apart[owner] = apart

    async for one in leaves_found(connection, journals, at_end=at_end):
        found.operations.append(((one.deed.position, one.deed.part), one.leaf))
        found.newest.update((key, one.newest[key]) for key in chains_of(one.deed))
    found.operations.sort()
    for owner in list(held):  # of whom there is no row
        at_end(owner, Lists({}))
    return found


async def _held(connection: Connection) -> dict[UUID, dict[UUID, BitMap]]:
    """What is in each list now."""
    held: dict[UUID, dict[UUID, BitMap]] = {}
    async for row in connection.cursor(VERIFY_LISTS, prefetch=LISTS_AT_ONCE):
        records = BitMap(row["selected"])
        if records:
            held.setdefault(row["user_id"], {})[row["group_id"]] = records
    return held


def _lines(rows: Sequence[Record], first: UUID) -> Iterator[bytes]:
    """The entries of all notices: of the one that begins the log, and then as they were told."""
    ordered = [row for row in rows if row["id"] == first] + [row for row in rows if row["id"] != first]
    previous = ZERO.hex()
    for number, row in enumerate(ordered, 1):
        line = notice_line(row, number, previous)
        previous = leaf_hash(line).hex()
        yield line


async def _go_on_from(
    connection: Connection, journals: Sequence[UUID], newest: dict[ChainKey, Link], macs: RowMacs
) -> None:
    """Each history goes on from its last entry as it was found; one of which nothing is left begins anew."""
    chains = dict(newest)
    if not await connection.fetchval(sql.HAS_OTHER_JOURNALS, list(journals)):
        for row in await connection.fetch(sql.CHAINS):
            chains.setdefault((row["user_id"], row["group_id"]), BEFORE_ALL)
    await connection.execute(KEEP_CHAINS, *link_columns(macs, chains))
    await connection.execute(sql.DROP_LEAVES, list(journals))


def _write(files: TrailFiles, found: _Found, lines: Sequence[bytes]) -> None:
    leaves = [leaf_hash(line) for line in lines] + [leaf for _, leaf in found.operations]
    places = [(0, NOTICE)] * len(lines) + [place for place, _ in found.operations]
    files.append(leaves, places, lines)
