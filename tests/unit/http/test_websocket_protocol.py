"""A WebSocket, and what a peer can make it keep: against a transport that is never read."""

import asyncio
import gc
import weakref
from typing import Any, cast

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from sertantai.http.protocol.text_frames import text_frame
from sertantai.http.protocol.websocket_protocol import (
    BROKEN_RULE,
    FRAGMENTS_MAX,
    FRAMES_AT_ONCE,
    HEARD_AT_ONCE_BYTES,
    UNREAD_BYTES_MAX,
    WebSocketProtocol,
)

HANDSHAKE = (
    b"GET /socket/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING = b"\x89\xfd\0\0\0\0" + bytes(125)
TEXT = b"\x81\x82\0\0\0\0hi"
BEGINNING = b"\x01\x81\0\0\0\0h"
NOTHING_MORE = b"\x00\x80\0\0\0\0"
END = b"\x80\x81\0\0\0\0i"
NOT_UTF8 = b"\x81\x81\0\0\0\0\xff"


class NobodyReads(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = bytearray()
        self.is_over = False
        self.is_read = True

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 1) if name in ("peername", "sockname") else default

    def write(self, data: Any) -> None:
        self.kept += data

    def get_write_buffer_size(self) -> int:
        return len(self.kept)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self.is_over

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        self.is_over = True


class Listener:
    def __init__(self) -> None:
        self.told: list[str | bytes] = []

    def heard(self, message: str | bytes) -> None:
        self.told.append(message)

    def gone(self) -> None: ...

    def drained(self) -> None: ...


async def application(scope: Any, _receive: Any, send: Any) -> None:
    if "never" in scope["path"]:
        await asyncio.Event().wait()
    await send({"type": "websocket.accept"})
    scope["state"]["line"].take(LISTENER)


LISTENER = Listener()


async def begun(
    handshake: bytes = HANDSHAKE, state: ServerState | None = None
) -> tuple[WebSocketProtocol, NobodyReads]:
    config = Config(cast(Any, application), ws="none", lifespan="off", log_config=None)
    config.load()
    transport, protocol = NobodyReads(), WebSocketProtocol(config, state or ServerState(), {})
    protocol.connection_made(transport)
    protocol.data_received(handshake)
    for _ in range(3):
        await asyncio.sleep(0)
    return protocol, transport


async def heard_all(transport: NobodyReads) -> int:
    """In how many turns all of it was looked at."""
    turns = 1
    while not transport.is_read and not transport.is_over:
        await asyncio.sleep(0)
        turns += 1
    return turns


@pytest.mark.parametrize("frame", [PING, NOTHING_MORE, TEXT], ids=["pings", "nothing", "behind the end"])
async def test_who_sends_frames_without_end_is_hung_up_on(frame: bytes) -> None:
    protocol, transport = await begun()
    if frame is NOTHING_MORE:
        protocol.data_received(BEGINNING)
    elif frame is TEXT:
        protocol.data_received(NOT_UTF8)
    protocol.data_received(frame * (FRAMES_AT_ONCE - 2))
    await heard_all(transport)
    is_over_early = transport.is_over
    protocol.data_received(frame * FRAMES_AT_ONCE)
    await heard_all(transport)
    assert (is_over_early, transport.is_over) == (False, True)
    assert len(transport.kept) <= 3 * FRAMES_AT_ONCE * len(PING)
    protocol.connection_lost(None)


async def test_what_comes_at_once_is_looked_at_in_pieces() -> None:
    protocol, transport = await begun()
    LISTENER.told.clear()
    protocol.data_received(TEXT * 400)
    in_the_first_turn, is_read_on = len(LISTENER.told), transport.is_read
    turns = await heard_all(transport)
    assert (in_the_first_turn, is_read_on) == (HEARD_AT_ONCE_BYTES // len(TEXT), False)
    assert turns == -(-400 * len(TEXT) // HEARD_AT_ONCE_BYTES)
    assert LISTENER.told == ["hi"] * 400


async def test_a_message_may_come_in_so_many_parts() -> None:
    protocol, transport = await begun()
    parts = BEGINNING + NOTHING_MORE * (FRAGMENTS_MAX - 2)
    protocol.data_received(parts + END)
    assert LISTENER.told[-1] == "hi"
    written = len(transport.kept)
    protocol.data_received(parts + NOTHING_MORE * 2)
    assert transport.kept[written:][:4] == b"\x88\x10" + BROKEN_RULE.to_bytes(2)
    protocol.connection_lost(None)


async def test_so_much_is_kept_of_what_is_written_and_no_more() -> None:
    protocol, transport = await begun()
    frame = text_frame(bytes(UNREAD_BYTES_MAX))
    protocol.write(frame)
    at_the_bound = transport.is_over
    protocol.write(text_frame(b"one more"))
    assert (at_the_bound, transport.is_over) == (False, True)
    protocol.write(frame)
    assert len(transport.kept) < UNREAD_BYTES_MAX + 1_000


async def test_what_comes_before_the_answer_ends_it() -> None:
    """Else whoever asks could send for as long as it takes to look them up."""
    state = ServerState()
    protocol, transport = await begun(HANDSHAKE.replace(b"/socket/websocket", b"/never"), state)
    protocol.data_received(TEXT)
    is_over = transport.is_over
    for task in state.tasks:
        task.cancel()
    assert is_over


async def test_what_comes_after_it_is_heard() -> None:
    protocol, transport = await begun()
    protocol.data_received(TEXT)
    assert LISTENER.told[-1] == "hi"
    assert not transport.is_over


async def test_a_socket_that_has_ended_waits_for_no_collector() -> None:
    collects = gc.isenabled()
    gc.disable()
    try:
        for ended in (True, False):
            protocol, transport = await begun()
            protocol.data_received(PING)
            frames = weakref.ref(protocol._connection)
            if ended:
                protocol.eof_received()
            protocol.connection_lost(None)
            for _ in range(3):
                await asyncio.sleep(0)
            del protocol, transport
            assert frames() is None
    finally:
        if collects:
            gc.enable()
