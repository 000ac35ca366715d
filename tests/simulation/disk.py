"""A disk that forgets what was not synced, and the journal on it."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.damage import Damage
from sertantai.journal.protocol import Checkpoint, Entry
from tests.simulation.faults import Chaos

_T = TypeVar("_T")
Change = Callable[["Contents"], None]
STEP_S = 0.002
READ_BYTES_MAX = 8 * 1024 * 1024


class Contents(msgspec.Struct):
    """What the journal's file says once everything in it is replayed."""

    entries: dict[Position, bytes] = {}
    trimmed: Position = Position(0)
    last: Position = Position(0)
    skips: int = 0
    checkpoints: dict[OwnerId, Checkpoint] = {}
    parts: dict[OwnerId, dict[bytes, bytes]] = {}


class Disk:
    """``durable`` survives a crash. Of what is ``written`` and not synced, a crash keeps the first few writes
    or none; a torn one is found by its checksum and counts as lost."""

    def __init__(self, rng: random.Random, on_durable: Callable[[Position, bytes], None]) -> None:
        self._rng = rng
        self._on_durable = on_durable
        self.id = JournalId(UUID(int=rng.getrandbits(128)))
        self.durable = Contents()
        self.written: list[Change] = []
        self.rotten = 0

    def write(self, change: Change) -> None:
        """A write takes the place of one whose sync failed."""
        self.written = [change]

    def sync(self) -> None:
        for change in self.written:
            self._settle(change)
        self.written = []

    def crash(self) -> None:
        kept = self._rng.randint(0, len(self.written))
        for change in self.written[:kept]:
            self._settle(change)
        self.written = []

    def rot(self, upto: Position, rng: random.Random) -> None:
        """A byte turns in a batch that the database has: the next start builds a journal without it, and
        keeps no checkpoint that could be taken for the whole story."""
        held = [position for position in self.durable.entries if position <= upto]
        if not held:
            return
        bad = rng.choice(held)
        del self.durable.entries[bad]
        self.durable.checkpoints, self.durable.parts = {}, {}
        self.rotten += 1

    def _settle(self, change: Change) -> None:
        before = self.durable.last
        change(self.durable)
        for position in range(before + 1, self.durable.last + 1):
            body = self.durable.entries.get(Position(position))
            if body is not None:
                self._on_durable(Position(position), body)


class SimulatedJournal:
    """`Journal` on a `Disk`: one writer, and an order of events as with the thread of the real one.

    An entry can be read as soon as it is synced, a moment before its append returns.
    """

    def __init__(self, disk: Disk, chaos: Chaos) -> None:
        self.disk = disk
        self._chaos = chaos
        self._queue: asyncio.Queue[tuple[Change | Sequence[bytes], asyncio.Future[Position]]] = (
            asyncio.Queue()
        )
        self._writer: asyncio.Task[None] | None = None
        self._last = Position(0)

    @property
    def id(self) -> JournalId:
        return self.disk.id

    @property
    def epoch(self) -> str:
        return f"{self.id}-{self.disk.durable.skips}"

    @property
    def first(self) -> Position:
        return Position(self.disk.durable.trimmed + 1)

    @property
    def last(self) -> Position:
        return self._last

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.disk.durable.entries.values()))

    @property
    def damages(self) -> Sequence[Damage]:
        return ()

    def overtaken(self, after: Position, last: Position) -> None:
        raise NotImplementedError("a simulated journal has no copy")

    async def open(self) -> None:
        await self._chaos.pause(STEP_S, "disk_slow")
        self._last = self.disk.durable.last
        self._writer = asyncio.create_task(self._write_loop(), name="journal-writer")

    async def close(self) -> None:
        if self._writer is not None:
            await self._queue.join()
            self._writer.cancel()
            self._writer = None

    async def append(self, bodies: Sequence[bytes]) -> Position:
        return await self._in_turn(list(bodies))

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        await self._chaos.pause(STEP_S, "disk_slow")
        entries = self.disk.durable.entries
        found = [Entry(Position(p), entries[Position(p)]) for p in sorted(entries) if p > after]
        found = found[:entries_max]
        size = 0
        for index, entry in enumerate(found, 1):
            size += len(entry.body)
            if size >= READ_BYTES_MAX:
                return found[:index]
        return found

    async def trim(self, upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]) -> None:
        await self._in_turn(trimming(upto, checkpoints))

    async def keep_parts(self, parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> None:
        await self._in_turn(keeping(parts))

    async def checkpoint_parts(self, owner: OwnerId) -> dict[bytes, bytes]:
        await self._chaos.pause(STEP_S, "disk_slow")
        return dict(self.disk.durable.parts.get(owner, {}))

    async def advance(self, past: Position) -> None:
        if past > self._last:
            await self._in_turn(skipping(past))

    async def compare(self, watermark: Position, highest: Position) -> None:
        """This disk forgets, but what it keeps is whole."""

    async def checkpoint(self, owner: OwnerId) -> Checkpoint | None:
        await self._chaos.pause(STEP_S, "disk_slow")
        held = self.disk.durable.checkpoints.get(owner)
        if held is None:
            return None
        return msgspec.structs.replace(held, parts=tuple(self.disk.durable.parts.get(owner, ())))

    async def checkpoint_positions(self, owners: Sequence[OwnerId]) -> dict[OwnerId, Position]:
        await self._chaos.pause(STEP_S, "disk_slow")
        held = self.disk.durable.checkpoints
        return {owner: held[owner].position for owner in owners if owner in held}

    async def wipe(self) -> None:
        """Nothing is left of what is forgotten."""

    async def forget(self, owner: OwnerId) -> None:
        await self._in_turn(forgetting(owner))

    async def _in_turn(self, what: "Change | Sequence[bytes]") -> Position:
        if self._writer is None:
            raise JournalUnavailable("The journal is closed.")
        future: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((what, future))
        return await future

    async def _write_loop(self) -> None:
        while True:
            await self._write(*await self._queue.get())
            self._queue.task_done()

    async def _write(self, what: "Change | Sequence[bytes]", future: "asyncio.Future[Position]") -> None:
        first = Position(self._last + 1)
        try:
            await self._commit(what if callable(what) else appending(first, what))
        except JournalUnavailable as error:
            if not future.done():
                future.set_exception(JournalUnavailable(error.message, retry_after_s=1))
            return
        self._last = self.disk.durable.last
        await self._chaos.crash_point("crash_in_disk")
        await asyncio.sleep(self._chaos.rng.random() * STEP_S)
        if not future.done():
            future.set_result(first)

    async def _commit(self, change: Change) -> None:
        await self._chaos.crash_point("crash_in_disk")
        if self._chaos.happens("disk_full"):
            raise JournalUnavailable("No space left on device.")
        self.disk.write(change)
        await self._chaos.pause(STEP_S, "disk_slow")
        await self._chaos.crash_point("crash_in_disk")
        if self._chaos.happens("sync_error"):
            raise JournalUnavailable("Input/output error.")
        self.disk.sync()


def appending(first: Position, bodies: Sequence[bytes]) -> Change:
    def append(contents: Contents) -> None:
        for position, body in enumerate(bodies, first):
            contents.entries[Position(position)] = body
        contents.last = Position(first + len(bodies) - 1)

    return append


def trimming(upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]) -> Change:
    kept = dict(checkpoints)

    def forget(contents: Contents) -> None:
        contents.checkpoints.update(kept)
        for owner, checkpoint in kept.items():
            held = contents.parts.get(owner, {})
            contents.parts[owner] = {name: held[name] for name in checkpoint.parts if name in held}
        end = min(upto, contents.last)
        for position in [p for p in contents.entries if p <= end]:
            del contents.entries[position]
            contents.trimmed = max(contents.trimmed, position)

    return forget


def keeping(parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> Change:
    kept = {owner: dict(some) for owner, some in parts.items()}

    def keep(contents: Contents) -> None:
        for owner, some in kept.items():
            contents.parts[owner] = {**contents.parts.get(owner, {}), **some}

    return keep


def skipping(past: Position) -> Change:
    def skip(contents: Contents) -> None:
        contents.skips += past > contents.last
        contents.last = max(contents.last, past)

    return skip


def forgetting(owner: OwnerId) -> Change:
    def drop(contents: Contents) -> None:
        contents.checkpoints.pop(owner, None)
        contents.parts.pop(owner, None)

    return drop
