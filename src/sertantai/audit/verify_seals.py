"""Holds the trail and the notices against the sealed log: each entry worked out anew from the rows, and its
hash compared with the leaf that was sealed.

Rows are read in one snapshot; the files are read after it, so they reach at least as far. What is committed
and not sealed yet has its leaf in the database still. Order and partitions of rows do not matter: a leaf is
found by position, and what was found is ticked off; what is left is what somebody deleted.
"""

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.as_found import month_differs, rows_as_found, told_as_found, uneven_in
from sertantai.audit.comparing.differences import OF_ROWS, SealDifference, SealFault, SealVerification
from sertantai.audit.comparing.naming import Hole, names_of, said_of
from sertantai.audit.comparing.notices import Compared, compare_notices
from sertantai.audit.comparing.of_files import cannot_compare, differing_heads, said_without_log
from sertantai.audit.comparing.proving import Doubt, Proved, prove
from sertantai.audit.sealed_rows import EVEN, Keys, Uneven, deeds_from, leaves_behind, unlike
from sertantai.audit.standing.chains import Chains
from sertantai.audit.standing.comparing import check_standing
from sertantai.audit.standing.difference import Differing
from sertantai.audit.standing.told import Known
from sertantai.audit.vouched.checking import Unvouched, check_kept
from sertantai.audit.vouched.hashes import Covering, commitments, hashes_of
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.sealing.entries import Link, change_bytes
from sertantai.core.sealing.tree import HASH_BYTES, leaf_hash
from sertantai.postgres import Connection, Database
from sertantai.sealing.deeds import ChainKey, Deed, advance, entry_of
from sertantai.sealing.files import NOTICE, TrailFiles
from sertantai.sealing.fsck import HEAD_COUNTS_AS
from sertantai.sealing.keys import RowMacs, macs_in
from sertantai.sealing.log import carried_in, journals_of, newest_log
from sertantai.sealing.place_index import PlaceIndex
from sertantai.sealing.servers import Servers, servers_in

FAULTS_MAX: Final = 1_000
NOT_SEALED_SO: Final = "is not what was sealed: rows were changed, added or taken away"
PROGRESS_ROWS: Final = 50_000
HEADS_AT_ONCE: Final = 10
"""A few milliseconds."""

Progress = Callable[[int], None]
Pause = Callable[[int], Awaitable[None]]
"""Told how many rows were read since it was last."""


async def verify_seals(
    database: Database,
    data_path: Path,
    journal: UUID | None,
    heads: Sequence[str] = (),
    progress: Progress | None = None,
    pause: Pause | None = None,
) -> SealVerification:
    """``journal``: this directory's. ``heads``: signed notes from elsewhere, which the log must be a later
    state of. ``pause``: awaited after the rows of each operation; then it takes little memory, too. Raises
    `DatabaseUnavailable`."""
    if (damaged := await asyncio.to_thread(cannot_compare, data_path)) is not None:
        return damaged
    folder = newest_log(data_path)
    journals = {journal, *journals_of(folder)}
    files = TrailFiles(folder)
    others = await asyncio.to_thread(servers_in, files)
    check = _Check(files, journals, progress, others, lean=pause is not None)
    if journal is None or not (folder / "checkpoint").exists():
        check.heads(0, said_without_log(data_path, heads))
        return check.result(None)
    check.macs = macs_in(data_path)
    owners: Sequence[UUID | None] = [None]
    if pause is not None:  # one after the other, so that no snapshot is open for long
        async with whole_trail_now(database) as connection:
            owners = [row["user_id"] for row in await connection.fetch(sql.OWNERS)]
    for owner in owners:
        async with whole_trail_now(database) as connection:
            await check.begin(connection)
            await _check_rows(connection, check, owner, pause)
            if pause is None:
                await _check_beside(connection, check, None)
    if pause is not None:
        async with whole_trail_now(database) as connection:
            await check.begin(connection)
            await _check_beside(connection, check, pause)
    await check.name_holes(database, data_path)
    check.tell_standing()
    check.heads(*await _check_heads(differing_heads(data_path, folder, heads), pause))
    return check.result(str(folder))


async def verify_owner(
    database: Database, data_path: Path, journal: UUID, owner: UUID, pause: Pause
) -> SealVerification:
    """The rows of one owner alone; what was deleted as a whole, and notices, are not looked at."""
    folder = newest_log(data_path)
    journals = {journal, *journals_of(folder)}
    files = TrailFiles(folder)
    check = _Check(files, journals, None, await asyncio.to_thread(servers_in, files), lean=True)
    check.macs = macs_in(data_path)
    async with whole_trail_now(database) as connection:
        await check.begin(connection)
        await _check_rows(connection, check, owner, pause)
    check.settle({})
    check.tell_standing()
    return check.result(str(folder))


async def _check_rows(
    connection: Connection, check: "_Check", only: UUID | None, pause: Pause | None
) -> None:
    keys = Keys(connection)
    has_opaque = await connection.fetchval(sql.HAS_OPAQUE)
    uneven, covering = await check.of_log(connection)
    floors = {
        (row["user_id"], row["group_id"]): Link(row["number"], bytes(row["head"]).hex())
        for row in await connection.fetch(sql.FLOORS, only)
    }
    newest: dict[ChainKey, Link] = {}
    owner: UUID | None = None
    chains = Chains(connection)
    async for deed, rows in deeds_from(connection, only, uneven):
        check.read(len(rows))
        if pause is not None:
            await pause(len(rows))
        if rows[0]["user_id"] != owner:
            await chains.end_of(owner, newest)
            owner = rows[0]["user_id"]
            newest = {key: link for key, link in floors.items() if key[0] == owner}
        if deed is None:
            check.before += len(rows)
        elif deed.journal not in check.journals:
            check.not_here(deed, len(rows))
            chains.leave_out(deed.owner)
        else:
            hashes = await hashes_of(connection, deed) if has_opaque else {}
            check.deed(deed, rows, await keys.of(deed), newest, commitments(hashes))
            if (why := await covering.why_not(deed, hashes)) is not None:
                check.add(SealFault.NOT_TOLD, deed, why)
    await chains.end_of(owner, newest)
    await chains.compare(everybody=only is None)
    check.standing += chains.differing


async def _check_heads(heads: Iterator[str | None], pause: Pause | None) -> tuple[int, list[str]]:
    """How many there are, and what differs."""
    count, differing = 0, list[str]()
    while some := await asyncio.to_thread(list, islice(heads, HEADS_AT_ONCE)):
        count += len(some)
        differing += filter(None, some)
        if pause is not None:
            await pause(HEAD_COUNTS_AS * len(some))
    return count, differing


async def _check_beside(connection: Connection, check: "_Check", pause: Pause | None) -> None:
    """What is beside rows that are sealed."""
    await _check_notices(connection, check, pause)
    await _check_found(connection, check, pause)
    known = Known(check.files, check.journals, check.macs)
    for said in await check_kept(connection, *known, pause, bool(check.carried)):
        check.kept(said)
    check.standing += await check_standing(connection, known, pause)


async def _check_notices(connection: Connection, check: "_Check", pause: Pause | None) -> None:
    check.carried = await asyncio.to_thread(carried_in, check.files)
    known = (check.files, check.journals, check.macs)
    check.notices(await compare_notices(connection, *known, check.notices_then, check.carried, pause))


async def _check_found(connection: Connection, check: "_Check", pause: Pause | None) -> None:
    """Rows of before the log: as they were found when it began."""
    found = await asyncio.to_thread(told_as_found, check.files) or await connection.fetchval(sql.FOUND)
    if found is None:  # the server that will say so has not been there yet
        return
    now = await rows_as_found(connection, pause)
    gone = {row["month"] for row in await connection.fetch(sql.MONTHS_TOLD_GONE)}
    for month in sorted({*found, *now} - gone):
        check.month_found(month, found.get(month), now.get(month))


class _Check:
    def __init__(
        self,
        files: TrailFiles,
        journals: Collection[UUID | None],
        progress: Progress | None,
        others: Servers,
        *,
        lean: bool,
    ) -> None:
        """``lean``: leaves are read from the files one by one."""
        self.files = files
        self.journals = journals
        self.macs: RowMacs | None = None  # by which notices are known that are not sealed yet
        self.before = self.elsewhere = 0
        self._others = others
        self._progress = progress
        self._lean = lean
        self._rows = self._entries = self._notices = self._heads = 0
        self._size = 0
        self._leaves = b""
        self._index = PlaceIndex()
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._found = bytearray()
        self._then = files.size  # whoever reads rows after this finds all that was sealed by now
        self.notices_then = files.notices_before(self._then) if self._then else 0
        self._gone: list[tuple[int, int]] = []
        self._doubts: list[Doubt] = []
        self.standing: list[Differing] = []
        self._times = array("q")
        self._uneven, self._covering = EVEN, cast(Covering | None, None)
        self.carried = 0
        """Notices that a log took over from the one before, whose leaves they speak of."""
        self._differences, self._unshown = list[SealDifference](), list[str]()

    async def begin(self, connection: Connection) -> None:
        """What was committed and may not be sealed yet, and then the files."""
        if self.macs is not None:
            self._waiting |= await leaves_behind(connection, self.files, self.journals, self.macs)
        self._size = self.files.size
        self._found.extend(bytes(self._size - len(self._found)))
        self._times.frombytes(bytes(self._times.itemsize * (self._size - len(self._times))))
        if not self._lean:
            self._leaves = self.files.leaves(0, self._size)
            self._index = await asyncio.to_thread(PlaceIndex, self.files, self._size)

    async def of_log(self, connection: Connection) -> tuple[Uneven, Covering]:
        """Read once, however many owners there are."""
        if self._covering is None:
            self._uneven = await asyncio.to_thread(uneven_in, self.files)
            self._covering = Covering(self.files, self.journals, self.macs, self._uneven.after)
        self._covering.begin(connection)
        return self._uneven, self._covering

    def _sealed_at(self, position: int, part: int) -> tuple[int, bytes] | None:
        """Where in the log, and the leaf."""
        if self._lean:
            found = self.files.index_of(position, part)
            return None if found is None or found >= self._size else (found, self.files.leaf(found))
        at = self._index.get(position, part)
        return None if at is None else (at, self._leaves[at * HASH_BYTES : (at + 1) * HASH_BYTES])

    def read(self, rows: int) -> None:
        before, self._rows = self._rows, self._rows + rows
        if self._progress is not None and before // PROGRESS_ROWS != self._rows // PROGRESS_ROWS:
            self._progress(self._rows)

    def deed(
        self,
        deed: Deed,
        rows: Sequence[Any],
        keys: Mapping[Any, bytes],
        newest: dict[ChainKey, Link],
        opaque: Mapping[str, str],
    ) -> None:
        self._entries += 1
        entry = entry_of(deed, keys, newest, opaque)
        leaf = leaf_hash(change_bytes(entry))
        in_log = self._sealed_at(deed.position, deed.part)
        if in_log is None:
            sealed = self._waiting.get((deed.position, deed.part))
        else:
            at, sealed = in_log
            self._found[at] = 1
            self._times[at] = entry.at
        if leaf != sealed and entry.count is not None:
            # Of an operation that is being written, or was refused halfway: its last part is still to come.
            unfinished = leaf_hash(change_bytes(msgspec.structs.replace(entry, count=None)))
            leaf = unfinished if unfinished == sealed else leaf
        if sealed is None:
            self.add(SealFault.ROW_WITHOUT_LEAF, deed, "was never sealed: it was not written by the product")
            return
        advance(newest, deed, sealed)  # so one fault is one, not all that follow
        if leaf != sealed:
            self._doubt(Doubt(deed, entry, self._size if in_log is None else in_log[0], sealed))
        elif (field := unlike(rows)) is not None:
            self.add(SealFault.ROWS_DIFFER, deed, f"has rows that do not agree in {field}")

    def _doubt(self, doubt: Doubt) -> None:
        """Where rows before it are gone, it may be true all the same: that is known when all were read."""
        if len(self._doubts) < FAULTS_MAX:
            self._doubts.append(doubt)

    def settle(self, holes: Mapping[int, bytes]) -> Mapping[int, Proved]:
        different, proved = prove(self._doubts, holes)
        for doubt in different:
            self.add(SealFault.LEAF_DIFFERS, doubt.deed, NOT_SEALED_SO)
        return proved

    def notices(self, compared: Compared) -> None:
        self._notices += compared.read
        self._gone += compared.gone
        self._differences += compared.differences[: FAULTS_MAX - len(self._differences)]

    def month_found(self, month: str, then: Sequence[Any] | None, now: tuple[int, str] | None) -> None:
        """``then``, ``now``: how many rows of before the log, and their hash."""
        if said := month_differs(month, then, now):
            self._difference(SealFault.NOT_SEALED, said)

    def kept(self, said: Unvouched) -> None:
        if said.is_fault:
            self._difference(SealFault.NOT_TOLD, said.said, owner=said.owner)
        else:
            self._unshown.append(said.said)

    def tell_standing(self) -> None:
        """What stands now follows from a trail that is what was sealed; where it is not, that is told."""
        doubted = {one.owner for one in self._differences if one.fault in OF_ROWS}
        for one in self.standing:
            if not one.of_trail or doubted.isdisjoint((one.owner, None)):
                where = {"owner": one.owner, "group": one.group, "at": one.at}
                self._difference(SealFault.STATE_DIFFERS, one.said, **where)

    async def name_holes(self, database: Database, data_path: Path) -> None:
        """What was sealed and has no rows, with what is left of it."""
        holes = await asyncio.to_thread(self._holes)
        proved = self.settle({hole.at: hole.leaf for hole in holes})
        if not holes:
            return
        async with whole_trail_now(database) as connection:
            named = await names_of(connection, data_path, holes, proved)
        for hole, one in zip(holes, named, strict=True):
            where = {"owner": one.owner, "group": one.group, "operation": one.operation, "at": one.at}
            self._difference(SealFault.ROWS_GONE, one.said, position=hole.position, **where)

    def _holes(self) -> list[Hole]:
        allowed = bytearray(self._size)
        for first, last in self._gone:
            allowed[first : last + 1] = b"\x01" * (min(last + 1, self._size) - first)
        missing = [
            (at, place[0])
            for at, place in enumerate(self.files.places(0, self._then))
            if place[1] != NOTICE and not self._found[at] and not allowed[at]
        ]
        holes = []
        for at, position in missing[:FAULTS_MAX]:
            after = next((self._times[n] for n in range(at - 1, -1, -1) if self._times[n]), None)
            before = next((self._times[n] for n in range(at + 1, self._size) if self._times[n]), None)
            holes.append(Hole(at, position, self.files.leaf(at), after, before))
        return holes

    def heads(self, compared: int, differing: Sequence[str]) -> None:
        self._heads = compared
        for said in differing:
            self._difference(SealFault.HEAD_DIFFERS, said)

    def not_here(self, deed: Deed, rows: int) -> None:
        """Of a journal that is not ours."""
        if (why := self._others.why_not(deed.journal, deed.at)) is None:
            self.elsewhere += rows
        else:
            self.add(SealFault.ROW_WITHOUT_LEAF, deed, why)

    def add(self, fault: SealFault, deed: Deed, what: str) -> None:
        said = said_of(deed, what)
        self._difference(
            fault,
            said,
            owner=deed.owner,
            group=deed.list,
            position=deed.position,
            operation=deed.id,
            at=deed.at,
        )

    def _difference(self, fault: SealFault, said: str, **where: Any) -> None:
        if len(self._differences) < FAULTS_MAX:
            self._differences.append(SealDifference(fault, said, **where))

    def result(self, log: str | None) -> SealVerification:
        waiting = sum(1 for place in self._waiting if self._sealed_at(*place) is None)
        return SealVerification(
            log,
            self._size,
            self._rows,
            self._entries,
            self._notices,
            self._heads,
            waiting,
            self.elsewhere,
            self.before,
            self._differences,
            self._unshown,
        )
