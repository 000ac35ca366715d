"""Erlang's ETS, the hot tier that the plan began with: inserts, lookups and memory, timed inside Erlang."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.peers import program

SCRIPT = Path(__file__).with_name("ets.escript")
ANSWER_S_MAX = 120.0


class EtsTable:
    """A table in a running Erlang, asked over its standard input and output."""

    def __init__(self, erlang: asyncio.subprocess.Process) -> None:
        self._erlang = erlang

    async def fill(self, entries: int) -> None:
        await self._ask(f"fill {entries}")

    async def insert_us(self) -> float:
        """Microseconds for one insert into the filled table."""
        return await self._ask("insert_us")

    async def lookup_us(self, batch: int) -> float:
        """Microseconds for ``batch`` lookups, of which half find something."""
        return await self._ask(f"lookup_us {batch}")

    async def bytes_per_entry(self) -> float:
        return await self._ask("bytes_per_entry")

    async def _ask(self, question: str) -> float:
        assert self._erlang.stdin is not None
        self._erlang.stdin.write(question.encode() + b"\n")
        await self._erlang.stdin.drain()
        return float(await answer(self._erlang))


async def answer(erlang: asyncio.subprocess.Process) -> str:
    assert erlang.stdout is not None
    async with asyncio.timeout(ANSWER_S_MAX):
        line = await erlang.stdout.readline()
    if not line:
        raise RuntimeError("escript ended without an answer")
    return line.decode().strip()


@asynccontextmanager
async def ets_table(entries: int) -> AsyncIterator[EtsTable]:
    """A table with ``entries`` selections of one user."""
    erlang = await asyncio.create_subprocess_exec(
        program("escript", "erlang-base"),
        str(SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        ready = await answer(erlang)
        if ready != "ready":
            raise RuntimeError(f"escript said {ready!r}")
        table = EtsTable(erlang)
        await table.fill(entries)
        yield table
    finally:
        if erlang.returncode is None:
            erlang.kill()
        await erlang.wait()
