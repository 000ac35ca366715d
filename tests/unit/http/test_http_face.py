"""Whatever a client sends, and however slowly: it is bounded in bytes and in time, and others are served."""

import asyncio
import random
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from itertools import repeat
from typing import Any, cast

import pytest
import uvicorn

from sertantai.http.protocol import connections, http_protocol
from sertantai.http.protocol.connections import Admitted, Connections
from sertantai.http.protocol.http_protocol import BoundedHttp

ENDLESS_BYTES = 8 * 1024 * 1024
KERNEL_BYTES = 65_536
"""As good as endless: what is refused must be refused long before."""
ANSWERED_S_MAX = 30.0
MEMORY_BYTES_MAX = 96 * 1024 * 1024
SHORT_S = 0.2
CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
PLAIN = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
FUZZ_ROUNDS = 300

Served = Callable[..., AbstractAsyncContextManager[int]]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with how many bytes of headers and of body it was given."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    head = sum(len(name) + len(value) for name, value in scope["headers"])
    text = f"{head} {size}".encode()
    length = (b"content-length", str(len(text)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": text})


async def refusing(_scope: Any, _receive: Any, send: Any) -> None:
    """Answers without reading."""
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"no"})


async def endless(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(10_000):
        await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})


@asynccontextmanager
async def serving(app: Any = echo, limits: Connections | None = None) -> AsyncIterator[int]:
    config = uvicorn.Config(
        app,
        port=0,
        http=cast(Any, partial(BoundedHttp, limits=limits)),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.force_exit = True
        await server.shutdown()


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The kernel takes little for it that nobody reads: left alone it may take as much as is asked about."""
    ours = socket.socket()
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
    await asyncio.get_running_loop().sock_connect(ours, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=ours)


async def said(port: int, first: bytes, more: bytes = b"", *, most: int = ENDLESS_BYTES) -> tuple[bytes, int]:
    """All that is answered, and how many bytes were taken until the connection ended."""
    reader, writer = await connected(port)
    sent = 0

    async def send() -> None:
        nonlocal sent
        for piece in (first, *(repeat(more, most // len(more)) if more else ())):
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    sending = asyncio.ensure_future(send())
    try:
        async with asyncio.timeout(ANSWERED_S_MAX):
            try:
                answer = await reader.read()
            except ConnectionError:
                answer = b""
        return answer, sent
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.transport.abort()


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (CHUNKED + b"0\r\n", b"a:b\r\n" * 2_000),
        (CHUNKED + b"0\r\na:", b"b" * 10_000),
        (CHUNKED + b"1;x=", b"y" * 10_000),
        (CHUNKED, b"1;" + b"x" * 9_000 + b"\r\na\r\n"),
        (b"", b"\r\n" * 5_000),
        (b"GET / HTTP/1.1\r\n", b"a:b\r\n" * 20),
        (b"GET /", b"a" * 10_000),
    ],
    ids=["trailers", "one trailer", "extension", "extensions", "empty lines", "headers", "address"],
)
async def test_what_is_neither_head_nor_body_is_bounded(first: bytes, more: bytes) -> None:
    async with serving() as port:
        _, sent = await said(port, first, more)
        assert sent < ENDLESS_BYTES / 2
        assert (await said(port, PLAIN))[0].startswith(b"HTTP/1.1 200 ")


async def test_trailers_are_no_headers_and_small_chunks_are_taken() -> None:
    async with serving() as port:
        text = CHUNKED.replace(b"host: x", b"host: x\r\nconnection: close")
        plain, _ = await said(port, text + b"1\r\na\r\n" * 50_000 + b"0\r\n\r\n")
        trailed, _ = await said(port, text + b"1\r\na\r\n" * 50_000 + b"0\r\na: b\r\n\r\n")
    assert plain.endswith(b" 50000")
    assert trailed == plain


async def test_a_body_that_stops_is_answered_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "BODY_S_MAX", SHORT_S)
    async with serving() as port:
        for head in (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2000\r\n\r\n", CHUNKED + b"ff\r\n"):
            answer, _ = await said(port, head + b"abc")
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert b'"code":"body_too_slow"' in answer


async def test_a_body_answered_before_it_is_read_is_not_taken_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("UNREAD_BYTES_MAX", "LINGER_BYTES_MAX"):
        monkeypatch.setattr(http_protocol, name, ENDLESS_BYTES // 8)
    async with serving(refusing) as port:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n"
        answer, sent = await said(port, head, b"a" * 10_000, most=4 * ENDLESS_BYTES)
    assert answer.startswith(b"HTTP/1.1 401 ") or not answer  # whoever never stops sending may miss it
    assert sent < 2 * ENDLESS_BYTES


@pytest.mark.parametrize("closing", [b"", b"connection: close\r\n"], ids=["kept", "closed"])
@pytest.mark.parametrize("bound", [0, http_protocol.UNREAD_BYTES_MAX], ids=["at the bound", "below it"])
async def test_who_reads_only_when_all_is_sent_has_the_answer(
    closing: bytes, bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "UNREAD_BYTES_MAX", bound)
    monkeypatch.setattr(http_protocol, "LINGER_S", ANSWERED_S_MAX)
    body = bytes(ENDLESS_BYTES * 2)
    head = b"POST / HTTP/1.1\r\nhost: x\r\n%scontent-length: %d\r\n\r\n" % (closing, len(body))
    async with serving(refusing) as port:
        assert (await answer_after_all(port, head + body)).startswith(b"HTTP/1.1 401 ")


async def test_what_is_no_http_is_answered_however_much_of_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "LINGER_S", ANSWERED_S_MAX)
    async with serving() as port:
        answer = await answer_after_all(port, b"\x16\x03\x01 hello\r\n" * 500_000)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"bad_request"' in answer


async def answer_after_all(port: int, text: bytes) -> bytes:
    """As most clients do it: nothing is read before all is sent."""

    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWERED_S_MAX) as connection:
            connection.sendall(text)
            return connection.recv(65_536)

    return await asyncio.to_thread(ask)


async def test_empty_lines_do_not_keep_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_S_MAX", SHORT_S)
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PLAIN.replace(b"connection: close\r\n", b""))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.write(b"\r\n")
        async with asyncio.timeout(ANSWERED_S_MAX):
            await reader.read()
        writer.transport.abort()


async def test_requests_behind_requests_are_bounded() -> None:
    async with serving() as port:
        _, sent = await said(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 50, b"", most=1)
        assert (await said(port, PLAIN))[0].startswith(b"HTTP/1.1 200 ")
        few, _ = await said(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 8 + PLAIN)
    assert few.count(b"HTTP/1.1 200 ") == 9
    assert sent


async def test_who_does_not_read_an_answer_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "READING_S_MAX", SHORT_S)
    limits = Connections()
    async with serving(endless, limits) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
        writer.write(PLAIN)
        await reader.read(1)
        async with asyncio.timeout(ANSWERED_S_MAX):
            while len(limits):  # noqa: ASYNC110  # it counts, it does not call
                await asyncio.sleep(0.02)
        writer.transport.abort()


async def test_connections_are_bounded_in_all_and_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "LINGER_S", SHORT_S)
    for limits in (Connections(3), Connections(100, 3)):
        async with serving(limits=limits) as port:
            open_ones = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            async with asyncio.timeout(ANSWERED_S_MAX):
                while len(limits) < 3:  # noqa: ASYNC110  # it counts, it does not call
                    await asyncio.sleep(0.01)
            answer, _ = await said(port, PLAIN)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: " in answer
            for _, writer in open_ones:
                writer.transport.abort()
            async with asyncio.timeout(ANSWERED_S_MAX):
                while len(limits):  # noqa: ASYNC110  # as above
                    await asyncio.sleep(0.01)
            assert (await said(port, PLAIN))[0].startswith(b"HTTP/1.1 200 ")
            assert limits.refused in (0, 1)


def test_some_descriptors_are_kept_spare() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY:
        assert connections.room_for_connections(10**9) <= soft - min(256, soft // 2)
    assert connections.room_for_connections(1) == 1


def test_where_descriptors_are_not_limited_all_are_for_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (endless, endless))
    assert connections.room_for_connections(5_000) == 5_000


def test_whoever_has_left_or_was_refused_leaves_nothing_behind() -> None:
    limits = Connections(2, 2)
    assert [limits.admit("192.0.2.1").name for _ in range(2)] == ["YES", "YES"]
    for number in range(100):
        assert limits.admit(f"198.51.100.{number}") is not Admitted.YES
    assert list(limits._open) == ["192.0.2.1"]
    limits.leave("192.0.2.1")
    assert (len(limits), limits._open["192.0.2.1"]) == (1, 1)
    limits.leave("192.0.2.1")
    assert (len(limits), len(limits._open)) == (0, 0)


def test_whoever_has_no_address_is_bounded_by_the_sum_alone() -> None:
    """As behind a Unix socket."""
    limits = Connections(3, 1)
    assert [limits.admit(None).name for _ in range(4)] == ["YES", "YES", "YES", "NO"]
    limits.leave(None)
    assert limits.admit(None) is Admitted.YES


def test_an_address_that_is_refused_keeps_its_count() -> None:
    limits = Connections(100, 2)
    answers = [limits.admit("192.0.2.1").name for _ in range(4)]
    assert answers == ["YES", "YES", "NO", "NO"]


def test_a_proxy_is_not_counted_by_address_and_a_block_of_ipv6_is_one() -> None:
    limits = Connections(100, 2, {"10.0.0.1"}.__contains__)
    assert [limits.admit("10.0.0.1").name for _ in range(3)] == ["YES"] * 3
    assert [limits.admit(f"2001:db8::{n}").name for n in range(3)] == ["YES", "YES", "NO"]
    for n in range(2):
        limits.leave(f"2001:db8::{n}")
    assert len(limits) == 3


PIECES = (
    b"GET / HTTP/1.1\r\n",
    b"POST /a HTTP/1.1\r\n",
    b"GET http://other.example/x?y HTTP/1.1\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n",
    b"OPTIONS * HTTP/1.0\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"host: x\r\n",
    b"host: y\r\nhost: x\r\n",
    b"content-length: 5\r\n",
    b"content-length: 99999999\r\n",
    b"content-length: -1\r\n",
    b"transfer-encoding: chunked\r\n",
    b"transfer-encoding: gzip, chunked\r\n",
    b"expect: 100-continue\r\n",
    b"upgrade: websocket\r\nconnection: upgrade\r\n",
    b"connection: close\r\n",
    b" folded: x\r\n",
    b"\r\n",
    b"\n",
    b"5\r\nhello\r\n",
    b"0\r\n",
    b"fffffffff\r\n",
    b"1;a=b\r\nx\r\n",
    b"a:b\r\n" * 500,
    b"hello",
    b"\x00\xff" * 40,
    b"a" * 5_000,
)


async def test_any_bytes_in_any_pieces_leave_the_server_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_S_MAX", "BODY_S_MAX", "LINGER_S", "READING_S_MAX"):
        monkeypatch.setattr(http_protocol, name, SHORT_S)
    seed = random.randrange(2**32)
    rng = random.Random(seed)  # not for secrets
    limits = Connections()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with serving(limits=limits) as port:
        for _ in range(FUZZ_ROUNDS // 20):
            await asyncio.gather(*(hostile(port, rng.randbytes(8)) for _ in range(20)))
            answer, _ = await said(port, PLAIN)
            assert answer.startswith(b"HTTP/1.1 200 "), f"seed {seed}"
        async with asyncio.timeout(ANSWERED_S_MAX):
            while len(limits):  # noqa: ASYNC110  # it counts, it does not call
                await asyncio.sleep(0.02)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MEMORY_BYTES_MAX, f"seed {seed}: {grown:,} bytes"


async def hostile(port: int, seed: bytes) -> None:
    rng = random.Random(seed)  # not for secrets
    text = b"".join(rng.choices(PIECES, k=rng.randrange(1, 30)))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while text:
            cut = rng.randrange(1, len(text) + 1)
            writer.write(text[:cut])
            text = text[cut:]
            await writer.drain()
        async with asyncio.timeout(ANSWERED_S_MAX):
            await reader.read()
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()
