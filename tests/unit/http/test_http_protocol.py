"""Heads of requests that are too large or too slow end here, whatever they ask for."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from sertantai.http.protocol import http_protocol
from sertantai.http.protocol.http_protocol import (
    FRAMING_BYTES_MAX,
    HEAD_BYTES_MAX,
    HEADERS_MAX,
    PIPELINED_MAX,
    BoundedHttp,
)
from sertantai.http.protocol.kernel_buffers import NARROW_BYTES
from sertantai.http.protocol.told_slowly import way_of


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the number of header bytes and body bytes it was given."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    head = sum(len(name) + len(value) for name, value in scope["headers"])
    text = f"{head} {len(body)}".encode()
    length = (b"content-length", str(len(text)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": text})


async def narrow(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what the kernel may keep of the answer, in two pieces; below /narrow it is little, and the
    second one comes once a further request waits."""
    way: Any = way_of(scope)
    if scope["path"] == "/narrow":
        way.be_narrow()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for is_last in (False, True):
        while is_last and scope["path"] == "/narrow" and not way.pipeline:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.001)
        kept = way.transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        await send({"type": "http.response.body", "body": b"<%d>" % kept, "more_body": not is_last})


@pytest.fixture
async def port(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    config = uvicorn.Config(
        getattr(request, "param", echo),
        port=0,
        http=BoundedHttp,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


@pytest.mark.parametrize("port", [narrow], indirect=True)
async def test_a_connection_is_narrow_until_the_request_behind_its_answer(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(10):
        writer.write(request(path=b"/narrow", last=False))
        sizes = [await reader.readuntil(b">")]
        writer.write(request(last=False))  # it waits for the end of the first
        sizes += [await reader.readuntil(b">") for _ in range(3)]
        writer.write(request())
        sizes += [await reader.readuntil(b">") for _ in range(2)]
    writer.close()
    kept = [int(size.rpartition(b"<")[2][:-1]) for size in sizes]
    assert kept[:4] == [2 * NARROW_BYTES] * 4
    assert min(kept[4:]) > 4 * NARROW_BYTES


async def said(port: int, *pieces: bytes) -> bytes:
    """All that the server answers to what is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


def request(header: bytes = b"", body: bytes = b"", path: bytes = b"/", *, last: bool = True) -> bytes:
    closing = b"connection: close\r\n" if last else b""
    length = b"content-length: %d\r\n" % len(body)
    return b"POST %s HTTP/1.1\r\nhost: x\r\n%s%s%s\r\n%s" % (path, closing, length, header, body)


async def test_a_megabyte_of_headers_is_431_and_says_why(port: int) -> None:
    answer = await said(port, request(b"x-large: " + b"a" * 1_000_000 + b"\r\n"))
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"head_too_large"' in answer


async def test_many_small_headers_are_counted_together(port: int) -> None:
    answer = await said(port, request(b"".join(b"x-%d: y\r\n" % number for number in range(20_000))))
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_so_many_headers_are_taken_and_not_one_more(port: int) -> None:
    usual = request().count(b"\r\n") - 2  # but the request line and the empty one
    for count, status in ((HEADERS_MAX, b"200"), (HEADERS_MAX + 1, b"431")):
        headers = b"".join(b"x-%d: y\r\n" % number for number in range(count - usual))
        assert (await said(port, request(headers))).startswith(b"HTTP/1.1 " + status)


async def test_what_is_sent_beside_a_body_has_a_bound(port: int) -> None:
    """Extensions of chunks reach nobody: of them a stranger could send gigabytes."""
    head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    few = [b"1;x=%s\r\na\r\n" % (b"y" * 1_000)] * 5
    assert (await said(port, head, *few, b"0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    many = few * (FRAMING_BYTES_MAX // 1_000)
    assert b"framing_too_large" in await said(port, head, *many)


async def test_so_many_requests_may_wait_behind_the_one_that_is_answered(port: int) -> None:
    for waiting, is_answered in ((PIPELINED_MAX, True), (PIPELINED_MAX + 1, False)):
        answers = await said(port, request(last=False) * waiting + request())
        assert (answers.count(b"HTTP/1.1 200 ") == waiting + 1) is is_answered


async def test_an_endless_address_is_counted_too(port: int) -> None:
    assert (await said(port, request(path=b"/" + b"a" * 100_000))).startswith(b"HTTP/1.1 431 ")


async def test_a_header_that_never_ends_is_refused_without_waiting_for_its_end(port: int) -> None:
    pieces = [b"GET / HTTP/1.1\r\nx: ", *[b"a" * 8192] * 12]
    assert (await said(port, *pieces)).startswith(b"HTTP/1.1 431 ")


async def test_a_head_within_the_bound_and_a_large_body_behind_it_are_taken(port: int) -> None:
    header = b"x-large: " + b"a" * (HEAD_BYTES_MAX - 200) + b"\r\n"
    answer = await said(port, request(header, b"b" * 300_000))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b" 300000")


async def test_every_request_of_a_connection_is_counted_by_itself(port: int) -> None:
    header = b"x-large: " + b"a" * (HEAD_BYTES_MAX // 2) + b"\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(4):
        writer.write(request(header, b"xy", last=False))
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        while (await reader.readline()) != b"\r\n":
            pass
        await reader.readexactly(len(f"{len(header)}") + 2)
    writer.write(request(header * 3, last=False))
    assert (await reader.readline()).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_who_does_not_finish_a_head_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_S_MAX", 0.05)
    assert await said(port) == b""
    assert await said(port, b"GET / HTTP/1.1\r\nhost") == b""


async def test_a_connection_that_has_ended_waits_for_no_collector(port: int) -> None:
    """It and what reads it know each other: each that came and went would else stay, for minutes."""

    def there() -> int:
        return sum(isinstance(one, BoundedHttp) for one in gc.get_objects())

    gc.collect()
    before, collects = there(), gc.isenabled()
    gc.disable()
    try:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(30):
            while there() > before:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.01)
    finally:
        if collects:
            gc.enable()
