"""`Journal` on one shard of the journal in PostgreSQL.

Whoever opens it claims it: from then on nothing more is written by who had it before, whatever that one had
on its way. Between a claim and the next, all is as in a journal of one's own.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.about import new_epoch
from sertantai.journal.damage import Damage
from sertantai.journal.damage_notes import DamageNotes
from sertantai.journal.errors import JournalFenced
from sertantai.journal.keyed import NO_PROOF, JournalKey
from sertantai.journal.known import KnownJournals
from sertantai.journal.protocol import Checkpoint, Entry
from sertantai.journal.shared import entries, sql
from sertantai.journal.shared.hub import Batch, Fence, Hub
from sertantai.journal.shared.primaries import RETRY_AFTER_S, Connection
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

log = logger(__name__)

CLOSING_S_MAX: Final = 5.0
"""For what is under way; then its outcome is left to who opens it next."""
_T = TypeVar("_T")
_encode_bodies = msgspec.msgpack.Encoder().encode
KeyOf = Callable[[JournalId, int], JournalKey]
"""The key of a journal, whose newest position is told where it is new here."""


class SharedJournal:
    """``notes`` stands for the path of a journal's file: beside it is what was found damaged."""

    def __init__(self, hub: Hub, shard: int, key_of: KeyOf, notes: Path) -> None:
        self._hub, self._shard, self._key_of = hub, shard, key_of
        self._notes, self._known = DamageNotes(notes), KnownJournals(notes)
        self.overtaken = self._notes.overtaken
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._is_open = self._is_doubtful = False
        self._fence = Fence(shard, hub.holder, 0)
        self._id, self._run, self._generation = JournalId(UUID(int=0)), "", 0
        self._first, self._last, self._size_bytes = Position(1), Position(0), 0
        self._proof = NO_PROOF
        self._key: JournalKey

    @property
    def id(self) -> JournalId:
        return self._id

    @property
    def epoch(self) -> str:
        return f"{self._run}.{self._generation}"

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

    # ------------------------------------------------------------------------------------------ life

    async def open(self) -> None:
        """Claims it. Raises `JournalFenced` where somebody else does so in the same moment."""
        await self._hub.enter()
        try:
            async with self._hub.beside() as connection:
                await self._claim(connection)
        except BaseException:
            await self._hub.leave()
            raise
        self._is_open = True

    async def _claim(self, connection: Connection) -> None:
        await connection.execute(sql.MAKE_SHARD, self._shard, new_id(), new_epoch(), NO_PROOF)
        seen = await connection.fetchrow(sql.SEEN, self._shard)
        assert seen is not None, "it was made"
        row = await connection.fetchrow(sql.CLAIM, self._shard, self._hub.holder, seen["epoch"])
        if row is None:
            raise JournalFenced
        await connection.execute(sql.FORGET_ORPHANS, self._shard)
        self._fence = Fence(self._shard, self._hub.holder, row["epoch"])
        self._id, self._run = JournalId(UUID(int=row["journal_id"].int)), row["run"]
        self._generation = row["generation"]
        self._first, self._last = Position(row["trimmed"] + 1), Position(row["last"])
        self._proof = row["proof"]
        self._key = self._key_of(self._id, self._last)
        held = await entries.survey(connection, self._shard, row)
        self._size_bytes = held.size_bytes
        await asyncio.to_thread(self._notes.add, held.damages)
        await asyncio.to_thread(self._known.note, self._id, self._last)

    async def close(self) -> None:
        """What is under way is answered; who opens it next need not wait."""
        if not self._is_open:
            return
        self._is_open = False
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=CLOSING_S_MAX)
        if not self._fence.is_lost:
            with suppress(JournalUnavailable, TimeoutError):  # then it is claimed by who waits long enough
                async with asyncio.timeout(CLOSING_S_MAX), self._hub.beside() as connection:
                    await connection.execute(sql.LET_GO, self._shard, self._hub.holder)
        await self._hub.leave()

    # --------------------------------------------------------------------------------------- entries

    async def append(self, bodies: Sequence[bytes]) -> Position:
        return await self._in_turn(lambda: self._append(bodies))

    async def _append(self, bodies: Sequence[bytes]) -> Position:
        if self._is_doubtful:
            await self._look_again()
        first, last = self._last + 1, self._last + len(bodies)
        body, proof = self._key.sealed(self._proof, first, last, _encode_bodies(bodies))
        await self._hub.append(Batch(self._fence, first, last, zlib.crc32(body), body, proof))
        self._last, self._proof = Position(last), proof
        self._size_bytes += len(body)
        return Position(first)

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        self._require_open()
        async with self._hub.beside() as connection:
            wanted = self._key, self._shard, after, entries_max, self._last
            return await entries.read(connection, *wanted)

    async def trim(self, upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]) -> None:
        upto = Position(min(upto, self._last))

        async def run(connection: Connection) -> entries.Trimmed:
            return await entries.trim(connection, self._fence, upto, checkpoints)

        trimmed = await self._change(run)
        self._size_bytes -= trimmed.freed_bytes
        self._first = Position(max(self._first, trimmed.upto + 1))

    async def advance(self, past: Position) -> None:
        if past > self._last:
            await self._in_turn(lambda: self._advance(past))

    async def _advance(self, past: Position) -> None:
        epoch = new_epoch()
        self._is_doubtful = True

        async def run(connection: Connection) -> int:
            wanted = self._shard, self._hub.holder, past, epoch
            last: int | None = await connection.fetchval(sql.ADVANCE, *wanted)
            return last or 0  # another's: what comes next says so

        self._last, self._run = Position(max(self._last, await self._change(run))), epoch
        self._is_doubtful = False

    async def _look_again(self) -> None:
        """Whether positions were given up is not known: the answer was lost."""

        async def run(connection: Connection) -> Any:
            return await connection.fetchrow(sql.HELD, self._shard, self._hub.holder)

        row = await self._change(run)
        self._last, self._run = Position(row["last"]), row["run"]
        self._is_doubtful = False

    async def compare(self, watermark: Position, highest: Position) -> None:
        await asyncio.to_thread(self._notes.compare, watermark, highest, self._last, is_gone=False)

    # ----------------------------------------------------------------------------------- checkpoints

    async def checkpoint(self, owner: OwnerId) -> Checkpoint | None:
        self._require_open()
        async with self._hub.beside() as connection:
            return await entries.checkpoint(connection, self._shard, owner)

    async def checkpoint_positions(self, owners: Sequence[OwnerId]) -> dict[OwnerId, Position]:
        self._require_open()
        async with self._hub.beside() as connection:
            rows = await connection.fetch(sql.POSITIONS, self._shard, owners)
        return {OwnerId(UUID(int=row["owner"].int)): Position(row["position"]) for row in rows}

    async def checkpoint_parts(self, owner: OwnerId) -> dict[bytes, bytes]:
        self._require_open()
        async with self._hub.beside() as connection:
            return await entries.parts(connection, self._shard, owner)

    async def keep_parts(self, parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> None:
        await self._change(lambda connection: entries.keep_parts(connection, self._shard, parts))

    async def forget(self, owner: OwnerId) -> None:
        await self._change(lambda connection: entries.forget(connection, self._shard, owner))

    async def wipe(self) -> None:
        """PostgreSQL's own log keeps what it wrote until it is written over, and stand-bys and archives as
        long as they are kept."""
        self._require_open()
        async with self._hub.alone() as connection:
            for statement in sql.WIPE:
                await connection.execute(statement)

    # ---------------------------------------------------------------------------------------- turns

    async def _in_turn(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """One after the other, as they were asked for, also where nobody waits any more."""
        self._require_open()
        task = asyncio.ensure_future(self._one(work))
        self._under_way.add(task)
        task.add_done_callback(self._has_ended)
        return await asyncio.shield(task)

    async def _one(self, work: Callable[[], Awaitable[_T]]) -> _T:
        async with self._turn:
            self._require_open()
            return await work()

    def _has_ended(self, task: "asyncio.Task[Any]") -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked may be gone

    async def _change(self, run: Callable[[Connection], Awaitable[_T]]) -> _T:
        self._require_open()
        async with self._hub.beside(self._fence) as connection:
            return await run(connection)

    def _require_open(self) -> None:
        if not self._is_open:
            raise JournalUnavailable("The journal is closed.", retry_after_s=RETRY_AFTER_S)
        if self._fence.is_lost:
            raise JournalFenced
