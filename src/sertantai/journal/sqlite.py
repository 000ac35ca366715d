"""The journal in one SQLite file: WAL mode, synchronous=FULL, one writer thread, group commit.

SQLite syncs the WAL at every commit in this mode (https://www.sqlite.org/pragma.html#pragma_synchronous),
so an entry whose commit returned is on the disk.
"""

import asyncio
import queue
import sqlite3
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, Position, UserId, new_id
from sertantai.data_directory import make_private_file
from sertantai.journal import sqlite_checkpoints
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.protocol import Checkpoint, Entry

BATCH_ENTRIES_MAX = 4096
BATCH_BYTES_MAX = 8 * 1024 * 1024
READ_BYTES_MAX = 8 * 1024 * 1024
"""A read ends once it has so much: entries may be large."""
RETRY_AFTER_S = 1.0
SCHEMA_VERSION = 1
APPLICATION_ID = 1397904449

_T = TypeVar("_T")
_bodies_decoder = msgspec.msgpack.Decoder(list[bytes])
_encode_bodies = msgspec.msgpack.Encoder().encode


class _Append:
    """One waiting append: what to write, and whom to tell."""

    __slots__ = ("bodies", "future", "size")

    def __init__(self, bodies: Sequence[bytes], future: "asyncio.Future[Position]") -> None:
        self.bodies = bodies
        self.future = future
        self.size = sum(map(len, bodies))


class _Task:
    """Anything else the writer thread does in its turn."""

    __slots__ = ("future", "run", "then")

    def __init__(
        self,
        run: Callable[[sqlite3.Connection], Any],
        future: "asyncio.Future[Any]",
        then: Callable[[Any], None] | None,
    ) -> None:
        self.run = run
        self.future = future
        self.then = then


class SqliteJournal:
    """`Journal` on ``path``. ``sync=False`` gives up durability and is for tests of other things only."""

    def __init__(self, path: Path, *, sync: bool = True) -> None:
        self._path = path
        self._sync = sync
        self._queue: queue.SimpleQueue[_Append | _Task | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._reading: sqlite3.Connection | None = None
        self._writing: sqlite3.Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._id = JournalId(UUID(int=0))
        self._first = Position(1)
        self._last = Position(0)
        self._size_bytes = 0

    @property
    def id(self) -> JournalId:
        return self._id

    @property
    def first(self) -> Position:
        return self._first

    @property
    def last(self) -> Position:
        return self._last

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._readers = ThreadPoolExecutor(1, "journal-reader")
        try:
            self._writing = await asyncio.to_thread(self._connect)
            await asyncio.to_thread(self._load, self._writing)
            self._reading = await self._loop.run_in_executor(self._readers, self._connect)
        except (sqlite3.Error, JournalUnavailable) as error:
            await self._give_up_opening()
            if isinstance(error, JournalUnavailable):
                raise
            raise JournalUnavailable(f"The journal {self._path} cannot be opened: {error}.") from error
        self._writer = threading.Thread(target=self._write_loop, name="journal-writer", daemon=True)
        self._writer.start()

    async def _give_up_opening(self) -> None:
        await self.close()
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    async def close(self) -> None:
        """Write what still waits, then close the file."""
        writer, self._writer = self._writer, None  # from here on nothing is queued behind the end
        if writer is not None:
            self._queue.put(None)
            await asyncio.to_thread(writer.join)
        if self._readers is not None:
            await asyncio.get_running_loop().run_in_executor(self._readers, self._close_reading)
            self._readers.shutdown()
            self._readers = None

    async def append(self, bodies: Sequence[bytes]) -> Position:
        assert self._loop is not None
        future: asyncio.Future[Position] = self._loop.create_future()
        self._put(_Append(bodies, future))
        return await future

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        return await self._read(lambda connection: _read_entries(connection, after, entries_max))

    async def trim(self, upto: Position, checkpoints: Mapping[UserId, Checkpoint]) -> None:
        upto = Position(min(upto, self._last))
        self._first, freed = await self._in_turn(lambda connection: _trim(connection, upto, checkpoints))
        self._size_bytes -= freed

    async def advance(self, past: Position) -> None:
        if past > self._last:
            await self._in_turn(lambda connection: _advance(connection, past), then=self._advanced)

    async def checkpoint(self, owner: UserId) -> Checkpoint | None:
        return await self._read(lambda connection: sqlite_checkpoints.read(connection, owner))

    async def checkpoint_positions(self, owners: Sequence[UserId]) -> dict[UserId, Position]:
        return await self._read(lambda connection: sqlite_checkpoints.read_positions(connection, owners))

    async def checkpoint_parts(self, owner: UserId) -> dict[bytes, bytes]:
        return await self._read(lambda connection: sqlite_checkpoints.read_parts(connection, owner))

    async def keep_parts(self, parts: Mapping[UserId, Mapping[bytes, bytes]]) -> None:
        await self._in_turn(lambda connection: sqlite_checkpoints.keep_parts(connection, parts))

    async def forget(self, owner: UserId) -> None:
        await self._in_turn(lambda connection: sqlite_checkpoints.forget(connection, owner))

    # The reader's thread

    async def _read(self, run: Callable[[sqlite3.Connection], _T]) -> _T:
        assert self._loop is not None
        if self._readers is None or self._reading is None:
            raise JournalUnavailable("The journal is closed.", retry_after_s=RETRY_AFTER_S)
        try:
            return await self._loop.run_in_executor(self._readers, run, self._reading)
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    def _close_reading(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    # The writer's thread

    def _put(self, item: "_Append | _Task") -> None:
        if self._writer is None:
            raise JournalUnavailable("The journal is closed.", retry_after_s=RETRY_AFTER_S)
        self._queue.put(item)

    async def _in_turn(
        self, run: Callable[[sqlite3.Connection], _T], then: Callable[[_T], None] | None = None
    ) -> _T:
        """Run in the writer's thread, in a transaction; ``then`` runs there too, once it is durable."""
        assert self._loop is not None
        future: asyncio.Future[_T] = self._loop.create_future()
        self._put(_Task(run, future, then))
        return await future

    def _write_loop(self) -> None:
        held: _Append | _Task | None = None
        while True:
            item = held or self._queue.get()
            held = None
            if item is None:
                break
            if isinstance(item, _Task):
                self._run_task(item)
                continue
            appends, held, ended = self._gather(item)
            self._write(appends)
            if ended:
                break
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def _gather(self, first: _Append) -> "tuple[list[_Append], _Append | _Task | None, bool]":
        """Everything that waits and fits one commit; the first item that does not; whether to end."""
        appends, entries, size = [first], len(first.bodies), first.size
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return appends, None, False
            if item is None:
                return appends, None, True
            if isinstance(item, _Task):
                return appends, item, False
            entries, size = entries + len(item.bodies), size + item.size
            if entries > BATCH_ENTRIES_MAX or size > BATCH_BYTES_MAX:
                return appends, item, False
            appends.append(item)

    def _write(self, appends: list[_Append]) -> None:
        bodies = [body for append in appends for body in append.bodies]
        first = self._last + 1
        last = first + len(bodies) - 1
        try:
            body = _encode_bodies(bodies)
            # One statement is a transaction of its own: each further one would wait for Python's lock again,
            # while the event loop holds it.
            # OR REPLACE: a commit that failed may all the same have reached the file; its entries were
            # refused, so the next ones take their place.
            self._connected().execute(
                "INSERT OR REPLACE INTO batch (first, last, checksum, body) VALUES (?, ?, ?, ?)",
                (first, last, zlib.crc32(body), body),
            )
        except Exception as error:  # noqa: BLE001  # whatever it was, somebody waits for an answer
            self._abandon()
            self._tell(_refuse, [append.future for append in appends], _unavailable(error))
            return
        self._last = Position(last)
        self._tell(self._acknowledge, appends, first, len(body))

    def _run_task(self, task: _Task) -> None:
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            result = task.run(connection)
            connection.execute("COMMIT")
            if task.then is not None:
                task.then(result)
        except Exception as error:  # noqa: BLE001  # the same
            self._abandon()
            self._tell(_refuse, [task.future], _unavailable(error))
        else:
            self._tell(_resolve, task.future, result)

    def _connected(self) -> sqlite3.Connection:
        if self._writing is None:
            self._writing = self._connect()
            _forget_beyond(self._writing, self._last)
        return self._writing

    def _abandon(self) -> None:
        """After a failed write nothing is known about the connection: the next write opens a new one.

        A page that the kernel failed to sync may be marked clean (the fsync lesson of 2018), so the same
        commit is never simply tried again.
        """
        connection, self._writing = self._writing, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                connection = None

    def _acknowledge(self, appends: list[_Append], first: int, size_bytes: int) -> None:
        """On the event loop: everyone in one commit is told in the order of their entries."""
        self._size_bytes += size_bytes
        for append in appends:
            _resolve(append.future, Position(first))
            first += len(append.bodies)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)

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
        return connection

    def _load(self, connection: sqlite3.Connection) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application not in (0, APPLICATION_ID):
            raise JournalCorrupt(f"{self._path} is not a journal: it is a database of another program.")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.executescript(files("sertantai.journal").joinpath("schema.sql").read_text("utf-8"))
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR IGNORE INTO about VALUES ('id', ?)", (new_id().bytes,))
        connection.execute("INSERT OR IGNORE INTO about VALUES ('trimmed', 0), ('advanced', 0)")
        connection.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (SCHEMA_VERSION,))
        sqlite_checkpoints.forget_orphans(connection)
        connection.execute("COMMIT")
        about: dict[str, Any] = dict(connection.execute("SELECT key, value FROM about").fetchall())
        if about["version"] != SCHEMA_VERSION:
            raise JournalCorrupt(f"The journal {self._path} was written by another version of Sertantai.")
        self._id = JournalId(UUID(bytes=about["id"]))
        last, size = connection.execute(
            "SELECT coalesce(max(last), 0), coalesce(sum(length(body)), 0) FROM batch"
        ).fetchone()
        self._last = Position(max(last, about["trimmed"], about["advanced"]))
        self._first = Position(about["trimmed"] + 1)
        self._size_bytes = size

    def _advanced(self, past: Position) -> None:
        self._last = past


def _refuse(futures: "list[asyncio.Future[Any]]", error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)


def _resolve(future: "asyncio.Future[Any]", result: object) -> None:
    if not future.done():
        future.set_result(result)


def _unavailable(error: Exception) -> JournalUnavailable:
    return JournalUnavailable(f"The journal cannot be used: {error}.", retry_after_s=RETRY_AFTER_S)


def _forget_beyond(connection: sqlite3.Connection, last: Position) -> None:
    """Take out what a failed commit may have left: it was refused."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM batch WHERE first > ?", (last,))
    connection.execute("COMMIT")


def _read_entries(connection: sqlite3.Connection, after: Position, entries_max: int) -> list[Entry]:
    entries: list[Entry] = []
    size = 0
    rows = connection.execute(
        "SELECT first, checksum, body FROM batch WHERE first > (SELECT coalesce(max(first), -1) FROM batch"
        " WHERE first <= ?) - 1 AND last > ? ORDER BY first",
        (after + 1, after),
    )
    for first, checksum, body in rows:
        if zlib.crc32(body) != checksum:
            raise JournalCorrupt(f"The journal's batch at position {first} does not match its checksum.")
        entries.extend(
            Entry(Position(position), entry)
            for position, entry in enumerate(_bodies_decoder.decode(body), first)
            if position > after
        )
        size += len(body)
        if len(entries) >= entries_max or size >= READ_BYTES_MAX:
            break
    return entries


def _advance(connection: sqlite3.Connection, past: Position) -> Position:
    connection.execute("UPDATE about SET value = ? WHERE key = 'advanced'", (past,))
    return past


def _trim(
    connection: sqlite3.Connection, upto: Position, checkpoints: Mapping[UserId, Checkpoint]
) -> tuple[Position, int]:
    sqlite_checkpoints.replace(connection, checkpoints)
    newest, freed = connection.execute(
        "SELECT coalesce(max(last), 0), coalesce(sum(length(body)), 0) FROM batch WHERE last <= ?", (upto,)
    ).fetchone()
    connection.execute("DELETE FROM batch WHERE last <= ?", (upto,))
    # Only entries count: what was skipped by `advance` was never there to be forgotten.
    connection.execute("UPDATE about SET value = max(value, ?) WHERE key = 'trimmed'", (newest,))
    trimmed = connection.execute("SELECT value FROM about WHERE key = 'trimmed'").fetchone()[0]
    return Position(trimmed + 1), freed
