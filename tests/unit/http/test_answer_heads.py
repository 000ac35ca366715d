"""What goes over the wire is, byte for byte, what uvicorn's own code makes of the same answer."""

import asyncio
import logging
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.http import httptools_impl

from sertantai.http.protocol.answer_heads import JSON, WholeHeads
from sertantai.http.protocol.security_headers import ALWAYS, PRIVATE, Header

UVICORNS_OWN = WholeHeads.__mro__[1]
STATE = ("response_started", "response_complete", "keep_alive", "chunked_encoding", "expected_content_length")

SAID = st.sampled_from(
    [
        *ALWAYS,
        PRIVATE,
        JSON,
        (b"Content-Security-Policy", ALWAYS[0][1]),
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"4"),
        (b"Content-Length", b"4"),
        (b"content-length", b"5"),
        (b"content-length", b"four"),
        (b"transfer-encoding", b"Chunked"),
        (b"connection", b"close"),
        (b"Connection", b"keep-alive, Close"),
        (b"set-cookie", b"a=b\tc"),
        (b"x", b"one\r\ntwo: three"),
        (b"x", b"\x7f"),
        (b"x y", b"z"),
        (b"x:", b"z"),
    ]
)
ANYTHING = st.tuples(st.binary(max_size=8), st.binary(max_size=8))

DATE = (b"date", b"Sun, 06 Nov 1994 08:49:37 GMT")


class Wire:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.is_closed = True


class Flow:
    write_paused = False


async def answered(
    made_by: type,
    messages: list[dict[str, Any]],
    method: str,
    *,
    keep_alive: bool,
    default: tuple[Header, ...] = (DATE,),
) -> Any:
    wire, ended, logger = Wire(), list[bool](), logging.getLogger("nobody")
    cycle = made_by(
        scope={"type": "http", "method": method},
        transport=wire,
        flow=Flow(),
        logger=logger,
        access_logger=logger,
        access_log=False,
        default_headers=list(default),
        message_event=asyncio.Event(),
        expect_100_continue=True,
        keep_alive=keep_alive,
        on_response=lambda: ended.append(True),
    )
    failure = None
    try:
        for message in messages:
            await cycle.send(message)
    except (RuntimeError, ValueError) as error:
        failure = type(error)
    state = {name: getattr(cycle, name) for name in (*STATE, "waiting_for_100_continue")}
    return wire.sent, wire.is_closed, ended, failure, {} if failure else state


@given(
    headers=st.lists(SAID, max_size=12) | st.lists(SAID | ANYTHING, max_size=5),
    status=st.sampled_from([200, 201, 204, 304, 404, 503, 599]),
    method=st.sampled_from(["GET", "PUT", "HEAD"]),
    body=st.sampled_from([b"", b"four", b"other"]),
    more_body=st.booleans(),
    keep_alive=st.booleans(),
    default=st.sampled_from(
        [(), (DATE,), (DATE, (b"Server", b"one\ttwo")), (DATE, (b"Connection", b"close"))]
    ),
)
async def test_an_answer_is_what_uvicorn_makes_of_it(
    headers: list[Header],
    status: int,
    method: str,
    body: bytes,
    more_body: bool,
    keep_alive: bool,
    default: tuple[Header, ...],
) -> None:
    messages = [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body, "more_body": more_body},
    ]
    ours = await answered(WholeHeads, messages, method, keep_alive=keep_alive, default=default)
    assert ours == await answered(UVICORNS_OWN, messages, method, keep_alive=keep_alive, default=default)


@pytest.mark.parametrize(
    "types",
    [
        ["http.response.body"],
        ["http.response.start", "http.response.start"],
        ["http.response.start", "http.response.body", "http.response.body"],
    ],
)
async def test_messages_out_of_turn_are_refused(types: list[str]) -> None:
    head = {"status": 200, "headers": [(b"content-length", b"0")], "body": b""}
    messages = [{"type": name, **head} for name in types]
    ours = await answered(WholeHeads, messages, "GET", keep_alive=True)
    assert ours[3] is RuntimeError
    assert ours == await answered(UVICORNS_OWN, messages, "GET", keep_alive=True)


async def test_nothing_goes_to_somebody_who_has_gone() -> None:
    wire = Wire()
    cycle = WholeHeads.__new__(WholeHeads)
    cycle.transport, cycle.flow = cast(Any, wire), cast(Any, Flow())
    cycle.access_log, cycle.response_started, cycle.disconnected = False, False, True
    await cycle.send({"type": "http.response.start", "status": 200, "headers": []})
    assert wire.sent == []


def test_uvicorn_makes_ours() -> None:
    assert httptools_impl.RequestResponseCycle is WholeHeads
