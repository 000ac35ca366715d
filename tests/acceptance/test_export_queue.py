"""Exports over HTTP: two run, twenty wait in order, nobody has two, whoever hangs up leaves nothing.

A client that does not read what it asked for keeps its export running, for as long as a test needs it.
"""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from sertantai.lists.exporting.queue import AT_ONCE_MAX, WAITING_MAX
from tests.fixtures.client import ANSWER_S_MAX, Client
from tests.fixtures.live.wire import socket as live_socket
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess

RECORDS = 12_000
"""Much more than what lies between a server and a client that does not read."""
SMALL_BUFFER_BYTES = 4_096
PEOPLE = AT_ONCE_MAX + WAITING_MAX + 1
LOOK_AGAIN_S = 0.05
FILE, BOOK = "/records/export.json", "/records/export.xlsx"


@pytest.fixture(scope="module")
def exporting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(copy_prepared(tmp_path_factory.mktemp("exporting") / "data"), forked=True)
    try:
        server.start()
        made = server.command("records", "generate", "--count", str(RECORDS))
        assert made.returncode == 0, made.stderr
        yield server
    finally:
        server.sweep()


@pytest.fixture
async def people(exporting: ServerProcess) -> AsyncIterator[list[Client]]:
    registered = await asyncio.gather(*(exporting.register() for _ in range(PEOPLE)))
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(person) for person in registered]


class Download:
    """One export that is asked for, and read only as far as a test says."""

    def __init__(self, server: ServerProcess, person: Client) -> None:
        host, _, port = server.url.rpartition("//")[2].rpartition(":")
        self._peer = (host, int(port))
        self._person = person

    async def ask(self, path: str = FILE) -> "Download":
        ours = socket.socket()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        ours.setblocking(False)
        await asyncio.get_running_loop().sock_connect(ours, self._peer)
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=SMALL_BUFFER_BYTES)
        head = f"GET /api/v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self._person.token}\r\n\r\n"
        self._writer.write(head.encode())
        self._begun = asyncio.ensure_future(self._reader.readline())
        return self

    async def begun(self) -> bytes:
        """The answer's first line."""
        return await asyncio.wait_for(asyncio.shield(self._begun), ANSWER_S_MAX)

    @property
    def waits(self) -> bool:
        return not self._begun.done()

    async def hang_up(self) -> None:
        self._begun.cancel()
        self._writer.transport.abort()
        await asyncio.sleep(0)  # the transport closes its socket in the next turn


Ask = Callable[..., Awaitable[Download]]


@pytest.fixture
async def ask(exporting: ServerProcess) -> AsyncIterator[Ask]:
    """Ask for an export as somebody; whatever comes of the test, all hang up at its end."""
    downloads: list[Download] = []

    async def one(person: Client, path: str = FILE) -> Download:
        downloads.append(Download(exporting, person))
        return await downloads[-1].ask(path)

    yield one
    for download in downloads:
        await download.hang_up()


async def is_so(said: Callable[[], Any]) -> None:
    """Look until it is; a server needs a moment to hear of it."""
    async with asyncio.timeout(ANSWER_S_MAX):
        while True:
            if await said():
                return
            await asyncio.sleep(LOOK_AGAIN_S)


async def waiting(server: ServerProcess) -> int:
    async with server.client() as prometheus:
        text = (await prometheus.get("/metrics")).text
    line = next(
        one for one in text.splitlines() if one.startswith('sertantai_queue_waiting{queue="exports"}')
    )
    return int(float(line.rpartition(" ")[2]))


async def asked(server: ServerProcess, ask: Ask, people: list[Client]) -> list[Download]:
    """One export each, in order: each has its place before the next one asks."""
    downloads: list[Download] = []
    for at, person in enumerate(people):
        downloads.append(await ask(person))
        if at < AT_ONCE_MAX:
            assert await downloads[-1].begun() == b"HTTP/1.1 200 OK\r\n"
        else:

            async def has_place(wanted: int = at + 1 - AT_ONCE_MAX) -> bool:
                return await waiting(server) == wanted

            await is_so(has_place)
    return downloads


async def test_two_run_twenty_wait_in_order_and_more_are_told_when_to_come_back(
    exporting: ServerProcess, ask: Ask, people: list[Client]
) -> None:
    server = exporting
    *let_in, last = people
    async with live_socket(server.url, let_in[AT_ONCE_MAX + 1].token) as wire:
        await wire.listen(f"user:{let_in[AT_ONCE_MAX + 1].user_id}")
        downloads = await asked(server, ask, let_in)
        told = (await wire.event("work")).payload
        assert (told["kind"], told["state"], told["ahead"]) == ("export", "waiting", AT_ONCE_MAX + 1)
    assert [one.waits for one in downloads] == [False] * AT_ONCE_MAX + [True] * WAITING_MAX
    for person, sentence in ((last, "Too many exports"), (let_in[0], "already"), (let_in[-1], "already")):
        refused = await person.http.get(FILE)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_exports")
        assert sentence in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) >= 1

    third, fourth, fifth, *_, last_one = downloads[AT_ONCE_MAX:]
    await fourth.hang_up()
    await last_one.hang_up()

    async def places_are_free() -> bool:
        return await waiting(server) == WAITING_MAX - 2

    await is_so(places_are_free)
    again = await ask(last)  # a place is free for whoever was refused
    await downloads[1].hang_up()  # and so is one of the two that run
    assert await third.begun() == b"HTTP/1.1 200 OK\r\n"
    assert fifth.waits
    await downloads[0].hang_up()
    assert await fifth.begun() == b"HTTP/1.1 200 OK\r\n"
    assert again.waits
    for one in (*downloads, again):
        await one.hang_up()

    async def all_are_gone() -> bool:
        answers = [await person.http.get(f"{BOOK}?year=1974") for person in (people[0], people[-1])]
        return [answer.status_code for answer in answers] == [200, 200]

    await is_so(all_are_gone)
    assert await waiting(server) == 0


async def test_whoever_hangs_up_leaves_no_process(
    exporting: ServerProcess, ask: Ask, people: list[Client]
) -> None:
    server = exporting
    downloads = [await ask(person, BOOK) for person in people[: AT_ONCE_MAX + 2]]

    async def both_are_made() -> bool:
        return len(makers(server)) == AT_ONCE_MAX

    await is_so(both_are_made)
    for one in downloads:
        await one.hang_up()

    async def nothing_is_left() -> bool:
        return not makers(server) and await waiting(server) == 0

    await is_so(nothing_is_left)
    whole = await people[0].http.get(f"{BOOK}?year=1974")
    assert whole.status_code == 200
    assert whole.content.startswith(b"PK")


def makers(server: ServerProcess) -> list[str]:
    """The processes of this server that make a workbook; ``-ww``, as long paths are cut off otherwise."""
    found = subprocess.run(
        ["ps", "-ww", "-o", "args=", "--ppid", str(server.pid)], capture_output=True, text=True, check=False
    )
    return [line for line in found.stdout.splitlines() if "workbook_process" in line]
