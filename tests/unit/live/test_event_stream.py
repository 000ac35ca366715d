"""A stream's outlet: what it gives, when it ends, and what it holds for who does not read."""

import asyncio
from typing import Any, cast
from uuid import UUID

import pytest

from sertantai.accounts.caller import Caller
from sertantai.live.bounds import LAGGING_BYTES
from sertantai.live.event_stream import COME_AGAIN, SIGN_OF_LIFE, EventStream
from sertantai.live.messages import Form, Message, Written
from sertantai.live.screens import Channel, Screen
from sertantai.live.topics import Kind, Topic

LIST = Topic(Kind.LIST, UUID(int=7))
SOMEBODY = Caller(UUID(int=1), None, "user", None, frozenset({"read"}), None, None)  # type: ignore[arg-type]  # any id does


class Hub:
    """What it is asked to do: whoever missed something begins anew."""

    def drained(self, screen: Screen) -> None:
        screen.lagging_since = None
        for channel in list(screen.channels.values()):
            del screen.channels[channel.form.topic]
            screen.write(channel.form.ending("phx_error"))


class Way:
    """To a client that reads what a test says."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.reads.set()
        self.is_narrow = self.is_hung_up = False

    def be_narrow(self) -> None:
        self.is_narrow = True

    async def drained(self) -> None:
        await self.reads.wait()

    def hang_up(self) -> None:
        self.is_hung_up = True
        self.reads.set()


@pytest.fixture
def way() -> Way:
    return Way()


@pytest.fixture
def stream(way: Way) -> EventStream:
    made = EventStream(cast(Any, Hub()), way, sign_of_life_s=0.01)
    assert way.is_narrow
    made.screen = Screen(SOMEBODY, None, made, now=0.0)
    made.screen.channels[str(LIST)] = Channel(made.screen, LIST, Form(None, None, str(LIST)), None)
    return made


def channel_of(stream: EventStream) -> Channel:
    return stream.screen.channels[str(LIST)]


async def test_it_says_what_came_and_gives_a_sign_of_life_when_nothing_does(stream: EventStream) -> None:
    texts = stream.texts()
    assert await anext(texts) == COME_AGAIN
    stream.write(Written(b"one\n\n"))
    stream.write(Written(b"two\n\n"))
    assert await anext(texts) == b"one\n\ntwo\n\n"
    assert await anext(texts) == SIGN_OF_LIFE == b":\n\n"
    asyncio.get_running_loop().call_soon(stream.write, Written(b"three\n\n"))
    assert await anext(texts) == b"three\n\n"


async def test_what_is_said_before_its_end_goes_out(stream: EventStream) -> None:
    texts = stream.texts()
    await anext(texts)
    stream.write(Written(b"last\n\n"))
    stream.close(1001)
    assert [text async for text in texts] == [b"last\n\n"]


async def test_it_ends_with_what_it_listens_to(stream: EventStream) -> None:
    texts, channel = stream.texts(), channel_of(stream)
    await anext(texts)
    del stream.screen.channels[str(LIST)]
    stream.write(channel.form.ending("phx_close"))
    assert [text async for text in texts] == [b"event: gone\ndata: {}\n\n"]


async def test_who_does_not_read_is_told_no_more_than_a_bound_and_then_ends(stream: EventStream) -> None:
    texts, channel = stream.texts(), channel_of(stream)
    await anext(texts)
    message = Message("changes", {"added": ["x" * 1_000]}, version=3)
    told = 0
    while stream.screen.tell(channel, message.written(channel.form), now=1.0):
        told += 1
    size = len(message.written(channel.form).text)
    assert LAGGING_BYTES < stream.unread_bytes <= LAGGING_BYTES + size
    rest = [text async for text in texts if text != SIGN_OF_LIFE]
    assert b"".join(rest).count(b"event: changes") == told
    assert stream.screen.lagging_since is None


async def test_what_is_on_its_way_counts_until_more_is_taken(stream: EventStream) -> None:
    texts = stream.texts()
    await anext(texts)
    stream.write(Written(b"x" * 100))
    await anext(texts)
    assert stream.unread_bytes == 100
    assert await anext(texts) == SIGN_OF_LIFE
    assert stream.unread_bytes == 0


async def test_until_the_client_reads_nothing_more_is_given_and_who_missed_something_begins_anew_then(
    stream: EventStream, way: Way
) -> None:
    texts, channel = stream.texts(), channel_of(stream)
    await anext(texts)
    stream.write(Written(b"x" * 100))
    await anext(texts)
    way.reads.clear()
    stream.screen.lagging_since = 1.0
    more = asyncio.ensure_future(anext(texts, None))
    await asyncio.sleep(0.02)
    assert not more.done(), "not even a sign of life"
    assert (stream.unread_bytes, channel.form.topic in stream.screen.channels) == (100, True)
    way.reads.set()
    assert await more is None
    assert stream.screen.lagging_since is None


async def test_one_that_is_cut_off_says_nothing_more_and_is_hung_up_on(stream: EventStream, way: Way) -> None:
    texts = stream.texts()
    await anext(texts)
    stream.write(Written(b"x" * 100))
    stream.abort()
    assert way.is_hung_up
    assert stream.unread_bytes == 0
    assert [text async for text in texts] == []


def test_an_event_has_the_version_behind_it_as_its_id() -> None:
    form = Form(None, None, str(LIST))
    assert form.write("changes", b"{}", 12) == b"event: changes\nid: 12\ndata: {}\n\n"
    assert form.ending("phx_error").text == b"", "its client comes again by itself"
    assert form.ending("phx_close").text == b"event: gone\ndata: {}\n\n"
