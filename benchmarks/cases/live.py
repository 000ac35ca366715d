"""Live channels of the whole server: how late a change is told, what a socket takes, what a tick costs."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter, time
from typing import Final

import psutil

from benchmarks.case import Bench, Contest, case
from benchmarks.cases.http import server
from benchmarks.http import Connection, connections, request
from benchmarks.load import percentile_ms
from benchmarks.peers.websockets_broadcast import broadcasting
from benchmarks.watching import Came, Watch, watching
from tests.fixtures.client import Client
from tests.fixtures.colleagues import found, good
from tests.fixtures.process import ServerProcess

PER_LIST: Final = 5
RECORDS: Final = 50
CONNECTIONS: Final = 32
BULK: Final = 40_000
SOCKETS_A_PERSON: Final = 29
MESSAGE_BYTES_MAX: Final = 1024
TOLD_WITHIN_S: Final = 10.0
"""Of a large change, with all watching; of it and its undoing some may be told at once."""
TOLD_LATEST_S: Final = 2.0
TOGETHER_MAX: Final = 0.05
"""Of the messages: of a list whose next change was faster than its telling."""
REGISTERING_AT_ONCE: Final = 16
RATE_MEANWHILE: Final = 50.0
"""Of ticks, each of which has to be answered while everybody comes again."""


class Stage:
    """People with a list each, and so many sockets that watch each list."""

    def __init__(self, ours: ServerProcess, people: list[Client], ids: list[str], lists: list[str]) -> None:
        self.port = int(ours.url.rpartition(":")[2])
        self.ours = ours
        self.answered: dict[tuple[str, int], float] = {}
        """When each change of a list, by its version, was known to be durable to whoever did it."""
        self._ticks = [
            (f"list:{list_}", _ticks(person, ids, self.port))
            for person, list_ in zip(people, lists, strict=True)
        ]
        self.watches = [
            Watch(person.token, f"list:{list_}")
            for person, list_ in zip(people, lists, strict=True)
            for _ in range(PER_LIST)
        ]

    async def tick(self, rate: float, seconds: float) -> float:
        """So many ticks a second, whoever's turn it is; the 99th percentile of their answers, in ms."""
        took: list[float] = []
        async with connections(self.port, CONNECTIONS) as opened:
            free: asyncio.Queue[Connection] = asyncio.Queue()
            for connection in opened:
                free.put_nowait(connection)

            async def one(topic: str, asked: bytes) -> None:
                connection = await free.get()
                began = perf_counter()
                status, body = await connection.ask(asked)
                took.append(perf_counter() - began)
                at = time()
                free.put_nowait(connection)
                if status != 200:
                    raise RuntimeError(f"answered {status}: {body[:200]!r}")
                if (done := json.loads(body))["changed"]:
                    self.answered[topic, done["version"]] = at

            loop = asyncio.get_running_loop()
            due, ends = loop.time(), loop.time() + seconds
            async with asyncio.TaskGroup() as group:
                while due < ends:
                    due += 1 / rate
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    topic, mine = random.choice(self._ticks)  # anybody's turn
                    mine.append(mine.pop(0))
                    group.create_task(one(topic, mine[0]))
        return percentile_ms(sorted(took), 99)

    def memory_kib(self) -> float:
        """What the server takes of the machine, without what its database does."""
        return float(psutil.Process(self.ours.pid).memory_full_info().pss) / 1024


def _ticks(person: Client, ids: list[str], port: int) -> list[bytes]:
    headers = {"Authorization": f"Bearer {person.token}"}
    return [
        request(method, f"/api/v1/groups/default/records/{id}", port, headers)
        for id in ids
        for method in ("PUT", "DELETE")
    ]


@asynccontextmanager
async def stage(bench: Bench) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(server(bench))
        people = await _people(ours, bench.pick(100, 2_000), stack)
        ids = [record["id"] for record in await people[0].records(limit=RECORDS)]
        lists = [(await person.get("/groups/default"))["id"] for person in people]
        yield Stage(ours, people, ids, lists)


async def _people(ours: ServerProcess, count: int, stack: AsyncExitStack) -> list[Client]:
    turns = asyncio.Semaphore(REGISTERING_AT_ONCE)

    async def somebody() -> Client:
        async with turns:
            return await ours.register()

    made = await asyncio.gather(*(somebody() for _ in range(count)))
    return [await stack.enter_async_context(person) for person in made]


def late_ms(answered: Mapping[tuple[str, int], float], came: Sequence[Came]) -> list[float]:
    """From when each change was durable until it was on each socket: what came first there is not late.

    Raises `RuntimeError` when much was told together with what came after it, and so cannot be told apart."""
    found = sorted(
        max(0.0, one.at - answered[one.topic, one.version])
        for one in came
        if (one.topic, one.version) in answered
    )
    if len(found) < (1 - TOGETHER_MAX) * PER_LIST * len(answered):
        raise RuntimeError(f"{len(found):,} messages of {PER_LIST * len(answered):,} came by themselves")
    return found


def _rate(bench: Bench) -> float:
    return bench.pick(200.0, 2_000.0)


@case("live_p99", unit="ms", better="lower", limit=20.0)
@asynccontextmanager
async def live_p99(bench: Bench) -> AsyncIterator[Contest]:
    """From when a change is durable until it is on a socket, with all sockets alive."""
    async with AsyncExitStack() as stack:
        on = await stack.enter_async_context(stage(bench))
        watchers = await stack.enter_async_context(watching(on.port, on.watches))
        peer_port = await stack.enter_async_context(broadcasting(_rate(bench), len(on.watches)))
        others = await stack.enter_async_context(watching(peer_port, on.watches))

        async def ours() -> float:
            on.answered.clear()
            came, _ = await asyncio.gather(
                watchers.each_in(bench.seconds + TOLD_LATEST_S), on.tick(_rate(bench), bench.seconds)
            )
            return percentile_ms(late_ms(on.answered, came), 99)

        async def broadcast() -> float:
            return (await others.told_in(bench.seconds)).p99_ms

        yield Contest(ours, {"websockets' broadcast, from memory": broadcast})


@case("live_ack_p99", unit="ms", better="lower")
@asynccontextmanager
async def live_ack_p99(bench: Bench) -> AsyncIterator[Contest]:
    """A tick's answer with all sockets told of it, against the same with nobody there."""
    async with stage(bench) as on:

        async def watched() -> float:
            async with watching(on.port, on.watches):
                return await on.tick(_rate(bench), bench.seconds)

        async def alone() -> float:
            return await on.tick(_rate(bench), bench.seconds)

        yield Contest(watched, {"nobody watches": alone})


@case("live_memory", unit="KiB/socket", better="lower", limit=15.0)
@asynccontextmanager
async def live_memory(bench: Bench) -> AsyncIterator[Contest]:
    """What the server grows by with each socket that has joined a list."""
    async with stage(bench) as on:
        before = on.memory_kib()  # of the first time: what is given back is used again, and not seen to grow

        async def each() -> float:
            async with watching(on.port, on.watches):
                return (on.memory_kib() - before) / len(on.watches)

        yield Contest(each)


@case("live_restart", unit="s", better="lower", limit=30.0)
@asynccontextmanager
async def live_restart(bench: Bench) -> AsyncIterator[Contest]:
    """The server is killed with all sockets alive and started again: until the last of them has joined."""
    async with stage(bench) as on, watching(on.port, on.watches) as watchers:

        async def last_back() -> float:
            await on.ours.restart_async(graceful=False)
            back, _ = await asyncio.gather(watchers.are_back(), on.tick(RATE_MEANWHILE, bench.seconds))
            if back.joined != len(on.watches):
                raise RuntimeError(f"{back.joined:,.0f} of {len(on.watches):,} came back")
            return back.max_s

        yield Contest(last_back)


@case("live_bulk", unit="ms", better="lower")
@asynccontextmanager
async def live_bulk(bench: Bench) -> AsyncIterator[Contest]:
    """A list of 40,000 laws in one operation with all members watching, against the same with nobody there.

    Each watcher is told of it in one short message."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(server(bench, BULK))
        port = int(ours.url.rpartition(":")[2])
        owner, *members = await _people(ours, bench.pick(10, 69), stack)
        organization = await found(owner)
        for member in members:
            await organization.join(member)
        group = await organization.list()
        watches = [Watch(one.token, f"list:{group}") for one in (owner, *members)] * SOCKETS_A_PERSON

        async def bulk() -> tuple[float, str]:
            began = perf_counter()
            done = await owner.operate("bulk_select", group, filter={})
            took = perf_counter() - began
            if done["changed"] < BULK:
                raise RuntimeError(f"only {done['changed']:,} laws were changed")
            return took * 1000, done["operation_id"]

        async def undo(operation: str) -> None:
            await good(owner, "POST", f"/groups/{group}/undo", {"operation_id": operation})

        async def watched() -> float:
            async with watching(port, watches) as watchers:
                told, (took, operation) = await asyncio.gather(watchers.told_in(TOLD_WITHIN_S), bulk())
            if told.messages != len(watches) or told.bytes_each > MESSAGE_BYTES_MAX:
                raise RuntimeError(f"{told.messages:,.0f} messages of {told.bytes_each:,.0f} bytes came")
            await undo(operation)
            return took

        async def alone() -> float:
            took, operation = await bulk()
            await undo(operation)
            return took

        yield Contest(watched, {"nobody watches": alone})
