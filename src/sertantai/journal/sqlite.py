"""The journal in one SQLite file: WAL mode, synchronous=FULL, one writer thread.

SQLite syncs the WAL at every commit in this mode (https://www.sqlite.org/pragma.html#pragma_synchronous),
so an entry whose commit returned is on the disk. Beside each commit the anchor is written, so that a loss is
found: see `anchor`.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal import entries_sql as sql
from sertantai.journal import sqlite_checkpoints
from sertantai.journal import sqlite_entries as entries
from sertantai.journal.about import APPLICATION_ID, SCHEMA_VERSION, write_about
from sertantai.journal.anchor import Anchor, End, anchor_path
from sertantai.journal.chain import Link, next_link
from sertantai.journal.damage import Damage
from sertantai.journal.damage_notes import DamageNotes
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.keyed import NO_PROOF, JournalKey, make_key, read_key
from sertantai.journal.known import KnownJournals
from sertantai.journal.mending import look_after
from sertantai.journal.protocol import Checkpoint, Entry
from sertantai.journal.turns import RETRY_AFTER_S, Turns
from sertantai.journal.verdict import Verdict
from sertantai.process.data_directory import make_private_file
from sertantai.process.logs import logger

log = logger(__name__)

WIPE_TRIES_MAX: Final = 100
WIPE_AGAIN_S: Final = 0.05
_T = TypeVar("_T")
_encode_bodies = msgspec.msgpack.Encoder().encode


class SqliteJournal:
    """`Journal` on ``path``. ``expected``: it ought to be there, so a new one is told as a loss.

    ``sync=False`` gives up durability and is for tests of other things only.
    """

    def __init__(self, path: Path, *, sync: bool = True, expected: bool = False) -> None:
        self._path = path
        self._sync = sync
        self._writer = Turns("journal-writer")
        self._reader = Turns("journal-reader")
        self._reading: sqlite3.Connection | None = None
        self._writing: sqlite3.Connection | None = None
        self._id = JournalId(UUID(int=0))
        self._epoch = ""
        self._first = Position(1)
        self._last = Position(0)
        self._size_bytes = 0
        self._expected, self._is_new = expected, False
        self._notes = DamageNotes(path)
        self.overtaken = self._notes.overtaken
        self._known = KnownJournals(path)
        self._anchor = Anchor(anchor_path(path), sync=sync)
        self._newest = Link(1, 0, 0, 0)
        """The newest batch; its chain is the chain's value at the journal's end."""
        self._trimmed_chain = 0
        self._key: JournalKey
        self._proof = NO_PROOF
        """Of the newest batch."""

    @property
    def id(self) -> JournalId:
        return self._id

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def first(self) -> Position:
        return self._first

    @property
    def last(self) -> Position:
        return self._last

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    @property
    def damages(self) -> Sequence[Damage]:
        return self._notes.open()

    async def open(self) -> None:
        try:
            verdict = await asyncio.to_thread(look_after, self._path, self._notes)
            self._writing = await asyncio.to_thread(self._connect)
            await asyncio.to_thread(self._load, self._writing, verdict)
            self._reading = await asyncio.to_thread(self._connect)
        except (sqlite3.Error, OSError, JournalUnavailable) as error:
            await self.close()
            if isinstance(error, JournalUnavailable):
                raise
            raise JournalUnavailable(f"The journal {self._path} cannot be opened: {error}.") from error
        self._writer.start()
        self._reader.start()
        await asyncio.to_thread(self._known.note, self._id, self._last)

    async def close(self) -> None:
        """Write what still waits, then close the file."""
        await self._writer.end()
        await self._reader.end()
        await asyncio.to_thread(self._close_files)

    def _close_files(self) -> None:
        for connection in (self._writing, self._reading):
            if connection is not None:
                connection.close()
        self._writing = self._reading = None
        self._anchor.close()

    async def append(self, bodies: Sequence[bytes]) -> Position:
        return await self._writer.take(partial(self._write, bodies))

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        # What is committed but not in the anchor yet may still be refused.
        upto = self._last
        return await self._read(
            lambda connection: entries.read(connection, self._key, after, entries_max, upto)
        )

    async def trim(self, upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]) -> None:
        upto = Position(min(upto, self._last))
        await self._in_turn(
            lambda connection: entries.trim(connection, upto, checkpoints), then=self._trimmed
        )

    async def advance(self, past: Position) -> None:
        if past > self._last:
            await self._in_turn(lambda connection: entries.advance(connection, past), then=self._advanced)

    async def compare(self, watermark: Position, highest: Position) -> None:
        is_gone, self._is_new = self._expected and self._is_new, False
        await asyncio.to_thread(self._notes.compare, watermark, highest, self._last, is_gone=is_gone)

    async def checkpoint(self, owner: OwnerId) -> Checkpoint | None:
        return await self._read(lambda connection: sqlite_checkpoints.read(connection, owner))

    async def checkpoint_positions(self, owners: Sequence[OwnerId]) -> dict[OwnerId, Position]:
        return await self._read(lambda connection: sqlite_checkpoints.read_positions(connection, owners))

    async def checkpoint_parts(self, owner: OwnerId) -> dict[bytes, bytes]:
        return await self._read(lambda connection: sqlite_checkpoints.read_parts(connection, owner))

    async def keep_parts(self, parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> None:
        await self._in_turn(lambda connection: sqlite_checkpoints.keep_parts(connection, parts))

    async def forget(self, owner: OwnerId) -> None:
        await self._in_turn(lambda connection: sqlite_checkpoints.forget(connection, owner))

    async def wipe(self) -> None:
        for _ in range(WIPE_TRIES_MAX):  # while somebody reads, the log of writes cannot be emptied
            if await self._writer.take(self._wipe):
                return
            await asyncio.sleep(WIPE_AGAIN_S)
        raise JournalUnavailable("Somebody reads the journal, so what was forgotten cannot be wiped yet.")

    # The reader's thread

    async def _read(self, run: Callable[[sqlite3.Connection], _T]) -> _T:
        return await self._reader.take(partial(self._look, run))

    def _look(self, run: Callable[[sqlite3.Connection], _T]) -> _T:
        assert self._reading is not None
        try:
            return run(self._reading)
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    # The writer's thread

    def _write(self, bodies: Sequence[bytes]) -> Position:
        first = self._last + 1
        last = first + len(bodies) - 1
        try:
            packed = _encode_bodies(bodies)
            body, proof = self._key.sealed(self._proof, first, last, packed)
            link = next_link(self._newest.chain, first, last, body)
            connection = self._connected()
            self._anchor.begin(self._end(link, self._newest.chain), body, link.crc)
            # One statement is a transaction of its own: each further one would wait for Python's lock again,
            # while the event loop holds it.
            # OR REPLACE: a commit that failed may all the same have reached the file; its entries were
            # refused, so the next ones take their place.
            connection.execute(sql.KEEP_BATCH, (first, last, link.checksum, body))
            self._anchor.settle()
        except Exception as error:
            self._abandon()
            self._take_back()
            raise _unavailable(error) from error
        self._newest, self._proof = link, proof
        self._last = Position(last)
        self._size_bytes += len(body)
        return Position(first)

    async def _in_turn(
        self, run: Callable[[sqlite3.Connection], _T], then: Callable[[_T], None] | None = None
    ) -> _T:
        """Run in the writer's thread, in a transaction; ``then`` runs there too, once it is durable."""
        return await self._writer.take(partial(self._change, run, then))

    def _change(self, run: Callable[[sqlite3.Connection], _T], then: Callable[[_T], None] | None) -> _T:
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            result = run(connection)
            connection.execute("COMMIT")
            if then is not None:
                then(result)
        except Exception as error:
            self._abandon()
            raise _unavailable(error) from error
        return result

    def _wipe(self) -> bool:
        try:
            is_busy = self._connected().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._anchor.wipe(self._end(self._newest, self._newest.chain))
        except Exception as error:
            self._abandon()
            raise _unavailable(error) from error
        return not is_busy

    def _connected(self) -> sqlite3.Connection:
        if self._writing is None:
            self._writing = self._connect()
            with entries.transaction(self._writing):
                entries.forget_beyond(self._writing, self._last)
        return self._writing

    def _abandon(self) -> None:
        """After a failed write nothing is known about the connection: the next write opens a new one.

        A page that the kernel failed to sync may be marked clean (the fsync lesson of 2018), so the same
        commit is never simply tried again.
        """
        connection, self._writing = self._writing, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _take_back(self) -> None:
        """Let the anchor not promise what was refused; where the disk fails for good, it may."""
        try:
            self._anchor.take_back(self._end(self._newest, self._newest.chain))
        except OSError as error:
            log.error("the anchor cannot be written", reason=str(error))  # noqa: TRY400  # nothing to trace

    def _end(self, newest: Link, before: int) -> End:
        last, trimmed = max(newest.last, self._last), self._first - 1
        chains = (newest.chain, before, trimmed, self._trimmed_chain)
        return End(self._id, SCHEMA_VERSION, newest.first, last, *chains)

    # The file

    def _connect(self) -> sqlite3.Connection:
        make_private_file(self._path)
        connection = sqlite3.connect(
            self._path, timeout=5, isolation_level=None, check_same_thread=False, cached_statements=32
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._sync else 'OFF'}")
        connection.execute("PRAGMA wal_autocheckpoint = 2000")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        # Some builds have it so by themselves: what is deleted is overwritten, in free pages, too.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _load(self, connection: sqlite3.Connection, verdict: Verdict) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application not in (0, APPLICATION_ID):
            raise JournalCorrupt(f"{self._path} is not a journal: it is a database of another program.")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.executescript(files("sertantai.journal").joinpath("schema.sql").read_text("utf-8"))
        with entries.transaction(connection):
            loaded = entries.load(connection, verdict)
        self._overwrite_free_pages(connection, is_new=loaded.is_new)
        self._is_new, self._id, self._epoch = loaded.is_new, loaded.id, loaded.epoch
        self._size_bytes = loaded.size_bytes
        self._first, self._last = loaded.first, loaded.last
        self._newest, self._trimmed_chain = loaded.newest, loaded.trimmed_chain
        self._proof = loaded.newest_proof
        known = read_key(self._path.parent, self._id)
        self._key = known or make_key(self._path.parent, self._id, self._last + 1)
        self._anchor.open(self._end(self._newest, self._newest.chain), loaded.anchor_since)
        with entries.transaction(connection):
            # From here on an anchor that is not there is a loss.
            write_about(connection, {"anchored": 1})

    def _overwrite_free_pages(self, connection: sqlite3.Connection, *, is_new: bool) -> None:
        """Once: what was deleted before it was overwritten when it is."""
        if connection.execute(sql.IS_OVERWRITTEN).fetchone():
            return
        if not is_new:
            try:
                connection.execute("VACUUM")
            except sqlite3.Error as error:  # a full disk: the next start does it
                log.warning("free pages of the journal cannot be overwritten yet", reason=str(error))
                return
        with entries.transaction(connection):
            write_about(connection, {"overwritten": 1})

    def _advanced(self, advanced: tuple[Position, str]) -> None:
        past, self._epoch = advanced
        self._last = max(self._last, past)  # what was appended before its turn came is behind it
        self._anchor.write(self._end(self._newest, self._newest.chain))

    def _trimmed(self, trimmed: entries.Trimmed) -> None:
        self._size_bytes -= trimmed.freed_bytes
        if trimmed.upto >= self._first:
            self._first, self._trimmed_chain = Position(trimmed.upto + 1), trimmed.chain
            self._anchor.write(self._end(self._newest, self._newest.chain))
        self._known.note(self._id, self._last)


def _unavailable(error: Exception) -> JournalUnavailable:
    return JournalUnavailable(f"The journal cannot be used: {error}.", retry_after_s=RETRY_AFTER_S)
