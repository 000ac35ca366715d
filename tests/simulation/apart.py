"""The synchroniser in a process of its own: both its ends, a pipe that takes its time, and sudden deaths."""

import asyncio
import contextvars
import random
from collections import deque
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from sertantai.core.clock import Clock
from sertantai.core.ids import JournalId, Position
from sertantai.process.settings import Settings
from sertantai.sync.apart.inside import Inside
from sertantai.sync.apart.pipe import Pipe
from sertantai.sync.apart.supervised import Orders, SynchroniserApart
from sertantai.sync.store import Rejection, Watermark
from sertantai.sync.synchroniser import Synchroniser
from tests.simulation.bounds_kept import BoundsKept
from tests.simulation.database import SimulatedStore
from tests.simulation.virtual_loop import LIFE
from tests.simulation.world import World, watch_store

PIPE_S = 0.002
SLOW_CHANCE, SLOW_S = 0.02, 0.6
START_S = 0.3
DEATHS_EVERY_S = 0.5
DEATH_CHANCE = 0.3


class _Writer:
    """One direction: what is written arrives later, in order, also when whoever wrote it has ended."""

    def __init__(self, there: asyncio.StreamReader, here: asyncio.StreamReader, rng: random.Random) -> None:
        self._there, self._here, self._rng = there, here, rng
        self._on_the_way: deque[bytes | None] = deque()
        self._arrives = 0.0
        self._is_closed = False

    def writelines(self, parts: Collection[bytes]) -> None:
        if not self._is_closed:
            self._send(b"".join(parts))

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._send(None)
            self._here.feed_eof()

    def _send(self, data: bytes | None) -> None:
        loop, rng = asyncio.get_running_loop(), self._rng
        takes_s = rng.random() * (SLOW_S if rng.random() < SLOW_CHANCE else PIPE_S)
        self._arrives = max(self._arrives, loop.time()) + takes_s
        self._on_the_way.append(data)
        loop.call_at(self._arrives, self._arrive)

    def _arrive(self) -> None:
        data = self._on_the_way.popleft()
        if self._there.at_eof():
            return
        if data is None:
            self._there.feed_eof()
        else:
            self._there.feed_data(data)


def _pipes(rng: random.Random) -> tuple[Pipe, Pipe]:
    ours, theirs = Pipe(), Pipe()
    readers: Any = asyncio.StreamReader(), asyncio.StreamReader()
    for pipe, here, there in ((ours, *readers), (theirs, *reversed(readers))):
        pipe._reader, pipe._writer = here, cast(Any, _Writer(there, here, rng))
        pipe.is_open = True
    return ours, theirs


class _Store(SimulatedStore):
    """Writes with the server's claim, as the process's own does."""

    inside: Inside
    worker: "Worker"

    async def take(self, _journal: JournalId) -> Watermark:
        watermark, self.claim = await self.inside.take()
        return watermark

    async def reject(self, rejection: Rejection, after: Position, parts: int) -> None:
        self.inside.tell()
        await super().reject(rejection, after, parts)
        await self.worker.may_die()


class Worker:
    """One life of the process: its tasks end with it, wherever they are."""

    server: ClassVar["Process"]
    """Whose it is, in a class of its own."""

    def __init__(self) -> None:
        self.pipe, self._theirs = _pipes(self.server.rng)
        self.process = self
        self._tasks: list[asyncio.Task[Any]] = []
        self._ended = asyncio.Event()
        context = contextvars.copy_context()
        context.run(LIFE.set, self._tasks)
        self._theirs.hears = Inside(self._theirs, self._made, self.server.synchroniser)
        self._listening = asyncio.get_running_loop().create_task(self._listen(), context=context)
        self.server.workers.append(self)

    async def _made(self, inside: Inside, _orders: Orders) -> tuple[SimulatedStore, Clock]:
        world = self.server.world
        store = _Store(world.database, world.chaos)
        store.inside, store.worker = inside, self
        watch_store(store, self.server.kept, world)
        return store, world.clock

    async def _listen(self) -> None:
        await self._theirs.listen()
        self.kill()

    @classmethod
    async def started(cls) -> "Worker":
        await asyncio.sleep(cls.server.rng.random() * START_S)
        return cls()

    async def end(self) -> int:
        self.pipe.close()
        return await self.wait()

    async def wait(self) -> int:
        await self._ended.wait()
        return 0

    async def may_die(self) -> None:
        """Between what it has done and the word about it; then this never returns."""
        if self.server.world.faults.enabled and self.server.rng.random() < DEATH_CHANCE:
            self.kill()
            await asyncio.Event().wait()

    def kill(self) -> None:
        if not self._ended.is_set():
            self._ended.set()
            for task in self._tasks:
                if not task.done():
                    task.cancel()
            self._theirs.close()


class Process:
    """Of one life of the server: the lives of its synchroniser's process."""

    def __init__(self, world: World, kept: BoundsKept, jitter: random.Random, rng: random.Random) -> None:
        self.world, self.kept, self.rng = world, kept, rng
        self._jitter = jitter
        self.workers: list[Worker] = []
        self._kind = type("WorkerOfThisServer", (Worker,), {"server": self})

    def synchroniser(self, *given: Any) -> Synchroniser:
        made = Synchroniser(*given)
        made._random = self._jitter
        return made

    def outside(self, *given: Any) -> Synchroniser:
        server = SimpleNamespace(
            worker=self._kind(),
            settings=Settings(),
            database=SimpleNamespace(dsn=""),
            blinds=SimpleNamespace(on_forgotten=None, doubt=None),
            alarm=SimpleNamespace(tell=None),
            on_protection=None,
        )
        return cast(Synchroniser, SynchroniserApart(cast(Any, server), *given))

    def kill(self) -> None:
        """With the server, as the kernel has it."""
        for worker in self.workers:
            worker.kill()


class Apart:
    """The synchroniser of this world has a process of its own. It has dice of its own, too."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._rng = random.Random(f"apart {seed}")
        self.deaths = 0
        world.apart = self

    def process(self, kept: BoundsKept, jitter: random.Random) -> Process:
        return Process(self._world, kept, jitter, self._rng)

    async def weather(self) -> None:
        while True:
            await asyncio.sleep(self._rng.random() * DEATHS_EVERY_S)
            life = self._world.life
            if life is not None and life.apart is not None and life.apart.workers:
                self.deaths += 1
                life.apart.workers[-1].kill()
