"""What goes over the pipe between server and synchroniser arrives whole, in order, or is known not to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import Raw
from msgspec.msgpack import encode

from sertantai.core.errors import DatabaseUnavailable, SertantaiError, Unavailable
from sertantai.sync.apart.pipe import PIECE_BYTES, Pipe, PipeClosed
from sertantai.sync.claims import JournalInUse, Overtaken
from sertantai.sync.watermarks import JournalGap


@asynccontextmanager
async def pipes(**hears: Callable[..., Any]) -> AsyncIterator[tuple[Pipe, Pipe]]:
    """The second hears."""
    ends = socket.socketpair()
    one, other = Pipe(), Pipe(SimpleNamespace(**{f"heard_{name}": heard for name, heard in hears.items()}))
    for pipe, end in zip((one, other), ends, strict=True):
        await pipe.open(end)
    listening = [asyncio.create_task(pipe.listen()) for pipe in (one, other)]
    try:
        yield one, other
    finally:
        one.close()
        await asyncio.gather(*listening)


async def test_what_is_told_comes_in_order_before_the_answer_to_what_is_asked_next() -> None:
    told: list[int] = []

    def note(number: int) -> None:
        told.append(number)

    async def count() -> int:
        return len(told)

    async with pipes(note=note, count=count) as (one, _):
        for number in range(1_000):
            one.tell("note", number)
        assert await one.ask("count", answer=int) == 1_000
    assert told == list(range(1_000))


async def test_what_is_large_arrives_while_others_are_answered() -> None:
    begun = asyncio.Event()

    async def long(body: bytes) -> bytes:
        await begun.wait()
        return body

    async def short() -> None:
        begun.set()

    async with pipes(long=long, short=short) as (one, _):
        body = bytes(range(256)) * 40_000
        asked = asyncio.create_task(one.ask("long", body, answer=bytes))
        await one.ask("short")
        assert await asked == body


async def test_an_answer_in_pieces_leaves_others_their_turns() -> None:
    """One entry of the journal may be forty megabytes, and whoever answers has people waiting."""

    async def large(count: int) -> bytes:
        return bytes(count)

    async def short() -> str:
        return "answered"

    async with pipes(large=large, short=short) as (one, _):
        heard, hear = list[str](), one._heard

        def noting(number: int, name: str, body: Raw) -> None:
            heard.append("short" if b"answered" in bytes(body) else name)
            hear(number, name, body)

        one._heard = noting  # type: ignore[method-assign]  # to look on
        overhead = len(encode(bytes(PIECE_BYTES))) - PIECE_BYTES
        for count, frames in ((PIECE_BYTES - overhead, [""]), (PIECE_BYTES - overhead + 1, ["+", ""])):
            heard.clear()
            assert await one.ask("large", count, answer=bytes) == bytes(count)
            assert heard == frames
        heard.clear()
        asked = asyncio.create_task(one.ask("large", 8 * PIECE_BYTES, answer=bytes))
        await one.ask("short", answer=str)
        assert await asked == bytes(8 * PIECE_BYTES)
        assert heard.index("short") < heard.index("")
        assert not one._pieces


@pytest.mark.parametrize(
    "error", [Unavailable("Later.", retry_after_s=2), JournalGap("A gap."), JournalInUse(), Overtaken()]
)
async def test_errors_are_raised_as_they_were(error: SertantaiError) -> None:
    async def fail() -> None:
        raise error

    async with pipes(fail=fail) as (one, _):
        with pytest.raises(type(error)) as raised:
            await one.ask("fail")
    assert type(raised.value) is type(error)
    assert (raised.value.message, raised.value.retry_after_s) == (error.message, error.retry_after_s)


async def test_who_waits_hears_that_the_other_has_ended() -> None:
    begun = asyncio.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with pipes(never=never) as (one, other):
        asked = asyncio.create_task(one.ask("never"))
        await begun.wait()
        other.close()
        with pytest.raises(DatabaseUnavailable):
            await asked
        with pytest.raises(PipeClosed):
            await one.ask("never")
        one.tell("never")  # it is lost, as what tells it would be


async def test_what_fails_when_it_is_told_closes_the_pipe() -> None:
    """Nobody goes on with an order that has a gap."""

    def fail() -> None:
        raise ValueError

    async with pipes(fail=fail) as (one, _):
        one.tell("fail")
        with pytest.raises(PipeClosed):
            await one.ask("fail")
