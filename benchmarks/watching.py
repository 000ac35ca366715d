"""Many sockets in a process of their own: they join, keep alive, and say how late they were told.

``python -m benchmarks.watching PORT`` reads one JSON line with who watches what, says when all have joined,
and answers each further line: so many seconds, with what came in them; ``each`` and so many, with when each
came; ``back``, once all that were cut off have joined again, with how long that took. Who is cut off comes
again as phoenix.js does.
"""

import asyncio
import base64
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import uvloop

from benchmarks.load import percentile_ms

HEARTBEAT_S: Final = 30.0
CONNECTING_AT_ONCE: Final = 200
JOINED_S_MAX: Final = 60.0
AGAIN_AFTER_S: Final = (0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0)
"""How long phoenix.js waits before each further try; the last goes on."""
BACK_S_MAX: Final = 120.0
ANSWER_BYTES_MAX: Final = 2**28
ADDRESSES: Final = 50
"""Of this machine, from which they come: of one there may not be so many."""


@dataclass(frozen=True)
class Watch:
    """One socket: what it proves itself with, and what it joins."""

    token: str
    topic: str


@dataclass(frozen=True)
class Back:
    """How many have joined again, how long after they were cut off, and in how many tries."""

    joined: float
    p50_s: float
    max_s: float
    tries_each: float


@dataclass(frozen=True)
class Told:
    messages: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    bytes_each: float


class Came(NamedTuple):
    """One message, once it was on a socket."""

    topic: str
    version: int
    at: float
    """Seconds since the epoch."""
    late_s: float
    """Since what it tells of was asked for."""


class _Socket(asyncio.Protocol):
    def __init__(self, watch: Watch, port: int, told: list[Came]) -> None:
        self._watch = watch
        self._port = port
        self._told = told
        self._buffer = b""
        self._is_open = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.bytes = 0
        self.transport: asyncio.WriteTransport

    def connection_made(self, given: asyncio.BaseTransport) -> None:
        transport = self.transport = cast(asyncio.WriteTransport, given)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {self._watch.token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.joined.done():
            self.joined.set_exception(ConnectionError(f"lost before it had joined: {self._buffer[:200]!r}"))
        self.lost.set_result(time.monotonic())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head[:15]:
                return
            self._is_open, self._buffer = True, rest
            join = json.dumps(["1", "1", self._watch.topic, "phx_join", {"want": "summary"}])
            self.say(join)
        while (frame := self._frame()) is not None:
            self._heard(frame)

    def say(self, text: str) -> None:
        """Masked, as a client's frames are; with a mask of nothing, which is one."""
        payload = text.encode()
        size = len(payload)
        head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2)
        self.transport.write(head + b"\0\0\0\0" + payload)

    def _frame(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1] & 0x7F, 2
        if size == 126:
            size, at = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, at = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < at + size:
            return None
        self._buffer = buffer[at + size :]
        return buffer[at : at + size]

    def _heard(self, frame: bytes) -> None:
        if b'"changes"' in frame[:90]:
            self.bytes += len(frame)
            now = time.time()
            at = frame.index(b'"at":"') + 6
            done_at = datetime.fromisoformat(frame[at : frame.index(b'"', at)].decode())
            at = frame.index(b'"version":') + 10
            version = int(frame[at : frame.index(b",", at)])
            self._told.append(Came(self._watch.topic, version, now, now - done_at.timestamp()))
        elif b'"phx_reply"' in frame[:90] and not self.joined.done():
            self.joined.set_result(None)


class _Client:
    """Has a socket, and when it is cut off another."""

    def __init__(self, number: int, watch: Watch, port: int, told: list[Came]) -> None:
        self._address = (f"127.0.0.{1 + number % ADDRESSES}", 0)
        self._watch = watch
        self._port = port
        self._told = told
        self._bytes_before = 0
        self.socket: _Socket
        self.was_away_s: float | None = None
        self.tries = 0

    @property
    def bytes(self) -> int:
        return self._bytes_before + self.socket.bytes

    async def join(self) -> None:
        _, self.socket = await asyncio.get_running_loop().create_connection(
            lambda: _Socket(self._watch, self._port, self._told),
            "127.0.0.1",
            self._port,
            local_addr=self._address,
        )
        async with asyncio.timeout(JOINED_S_MAX):
            await self.socket.joined

    async def come_again(self) -> None:
        while True:
            cut_off = await self.socket.lost
            self._bytes_before += self.socket.bytes
            for wait_s in itertools.chain(AGAIN_AFTER_S, itertools.repeat(AGAIN_AFTER_S[-1])):
                await asyncio.sleep(wait_s)
                self.tries += 1
                try:
                    await self.join()
                except OSError:  # nobody is there, or they refuse for now
                    continue
                self.was_away_s = time.monotonic() - cut_off
                break


async def _watch(port: int, watches: Sequence[Watch], told: list[Came]) -> list[_Client]:
    turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one(number: int, watch: Watch) -> _Client:
        client = _Client(number, watch, port, told)
        async with turns:
            await client.join()
        return client

    return await asyncio.gather(*(one(number, watch) for number, watch in enumerate(watches)))


async def _main(port: int) -> None:
    told: list[Came] = []
    lines = asyncio.StreamReader()
    reading = asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    await reading
    watches = [Watch(*one) for one in json.loads(await _line(lines))]
    clients = await _watch(port, watches, told)
    _say({"joined": len(clients)})
    async with asyncio.TaskGroup() as living:
        tasks = [living.create_task(client.come_again()) for client in clients]
        tasks.append(living.create_task(_beat(clients)))
        while line := await _line(lines):
            asked, _, seconds = line.decode().strip().rpartition(" ")
            if seconds == "back":
                _say(asdict(await _back(clients)))
            elif asked == "each":
                _say(await _each(told, float(seconds)))
            else:
                _say(asdict(await _told(clients, told, float(seconds))))
        for task in tasks:
            task.cancel()


async def _told(clients: Sequence[_Client], told: list[Came], seconds: float) -> Told:
    told.clear()
    before = sum(one.bytes for one in clients)
    await asyncio.sleep(seconds)
    some = sorted(one.late_s for one in told)
    size = sum(one.bytes for one in clients) - before
    p50, p99 = (percentile_ms(some, percent) for percent in (50, 99))
    return Told(len(some), p50, p99, some[-1] * 1000 if some else 0.0, size / max(1, len(some)))


async def _each(told: list[Came], seconds: float) -> list[Came]:
    told.clear()
    await asyncio.sleep(seconds)
    return told


async def _back(clients: Sequence[_Client]) -> Back:
    """Of all, or of those who came within the time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(BACK_S_MAX):
            while any(one.was_away_s is None for one in clients):  # noqa: ASYNC110  # ten thousand come one by one
                await asyncio.sleep(0.05)
    away = sorted(one.was_away_s for one in clients if one.was_away_s is not None)
    tries = sum(one.tries for one in clients)
    for one in clients:
        one.was_away_s, one.tries = None, 0
    if not away:
        return Back(0, 0.0, 0.0, 0.0)
    return Back(len(away), percentile_ms(away, 50) / 1000, away[-1], tries / len(away))


async def _line(lines: asyncio.StreamReader) -> bytes:
    chunks: list[bytes] = []
    while True:
        try:
            return b"".join(chunks) + await lines.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            chunks.append(await lines.readexactly(error.consumed))
        except asyncio.IncompleteReadError as error:
            return b"".join(chunks) + error.partial


async def _beat(clients: Sequence[_Client]) -> None:
    """Each every so often, and never all at once."""
    frame = json.dumps([None, "9", "phoenix", "heartbeat", {}])
    while True:
        for client in clients:
            await asyncio.sleep(HEARTBEAT_S / len(clients))
            if not client.socket.transport.is_closing():
                client.socket.say(frame)


def _say(found: object) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


class Watchers:
    """The process, from outside."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def told_in(self, seconds: float) -> Told:
        return Told(**await self._ask(str(seconds)))

    async def each_in(self, seconds: float) -> list[Came]:
        return [Came(*one) for one in await self._ask(f"each {seconds}")]

    async def are_back(self) -> Back:
        """Once all that were cut off have joined again."""
        return Back(**await self._ask("back"))

    async def _ask(self, line: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()
        answer = await self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the watchers are gone")
        return json.loads(answer)


@asynccontextmanager
async def watching(port: int, watches: Sequence[Watch]) -> AsyncIterator[Watchers]:
    """All of them, joined."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.watching",
        str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=ANSWER_BYTES_MAX,
    )
    try:
        watchers = Watchers(process)
        joined = await watchers._ask(json.dumps([(one.token, one.topic) for one in watches]))
        if joined["joined"] != len(watches):
            raise RuntimeError(f"{joined['joined']} of {len(watches)} have joined")
        yield watchers
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1])))
