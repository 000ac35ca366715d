"""Who it is and whether they may comes first; then the body, within bounds for one and for all."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from litestar import post
from litestar.params import JSONBody

from sertantai.core.errors import TooLarge
from sertantai.http.application import web_application
from sertantai.http.bodies import SMALL_BYTES_MAX, STRANGER_BYTES_MAX, Bodies, BodiesFull, BodyRoom
from sertantai.http.guards import signed_in
from sertantai.http.request_end import end
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.settings import SECRET, Options

LARGE = 1_000_000


@post("/api/v1/uploads", guards=[signed_in])
async def upload(data: JSONBody[dict[str, str]]) -> int:
    return len(data)


class Somebody:
    def __init__(self) -> None:
        self.user_id = uuid4()


async def read_all(_scope: Any, receive: Any, _send: Any) -> None:
    while (await receive()).get("more_body"):
        pass


async def arrives(
    room: BodyRoom, size: int, who: Somebody | None, *, client: Any = ("10.0.0.1", 1), then: Any = None
) -> None:
    """One body of ``size`` bytes; ``then`` is awaited before its end."""
    pieces = [size // 4] * 4

    async def receive() -> dict[str, Any]:
        if pieces:
            return {"type": "http.request", "body": bytes(pieces.pop()), "more_body": True}
        if then is not None:
            await then
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None: ...

    scope = {"type": "http", "method": "POST", "user": who, "client": client, "state": {}}
    try:
        await Bodies(read_all, room)(scope, receive, send)
    finally:
        end(scope)


async def test_a_stranger_may_send_little() -> None:
    room = BodyRoom()
    await arrives(room, STRANGER_BYTES_MAX, None)
    with pytest.raises(TooLarge):
        await arrives(room, STRANGER_BYTES_MAX + 4, None)
    assert room.bytes == 0


async def test_one_person_and_all_together_are_bounded_and_small_bodies_never_refused() -> None:
    room = BodyRoom(all_bytes_max=4 * LARGE, one_bytes_max=2 * LARGE)
    one, other, third = Somebody(), Somebody(), Somebody()
    go = asyncio.get_running_loop().create_future()
    held = [asyncio.ensure_future(arrives(room, LARGE, who, then=go)) for who in (one, one, other, other)]
    await asyncio.sleep(0)
    while room.bytes < 4 * LARGE:  # noqa: ASYNC110  # it counts, it does not call
        await asyncio.sleep(0)
    for who in (one, third):
        with pytest.raises(BodiesFull):
            await arrives(room, LARGE, who)
        await arrives(room, SMALL_BYTES_MAX, who)
    go.set_result(None)
    await asyncio.gather(*held)
    assert room.bytes == 0
    await arrives(room, LARGE, third)


async def test_one_persons_bodies_are_bounded_while_there_is_room_for_others() -> None:
    room = BodyRoom(all_bytes_max=4 * LARGE, one_bytes_max=2 * LARGE)
    one, other = Somebody(), Somebody()
    for who in ("one", "other"):
        room.take(who, 2 * LARGE - 1)
        with pytest.raises(BodiesFull):
            room.take(who, 2)
        room.give_back(who, 2 * LARGE - 1)
    room.take(str(one.user_id), 2 * LARGE)
    with pytest.raises(BodiesFull):
        await arrives(room, LARGE, one)
    await arrives(room, LARGE, other)
    assert room.bytes == 2 * LARGE


def test_what_is_given_back_is_free_again_and_the_rest_stays_counted() -> None:
    room = BodyRoom(all_bytes_max=4 * LARGE, one_bytes_max=2 * LARGE)
    room.take("one", LARGE)
    room.take("one", LARGE)
    room.give_back("one", LARGE)
    room.take("one", LARGE)
    with pytest.raises(BodiesFull):
        room.take("one", 1)


def test_whoever_has_sent_all_leaves_nothing_behind() -> None:
    room = BodyRoom()
    for number in range(100):
        room.take(str(number), LARGE)
        room.give_back(str(number), LARGE)
    assert (room.bytes, len(room._held)) == (0, 0)


async def test_strangers_without_an_address_have_one_bound_together() -> None:
    """As behind a Unix socket, where the server is told no peer."""
    room = BodyRoom(one_bytes_max=STRANGER_BYTES_MAX)
    go = asyncio.get_running_loop().create_future()
    first = asyncio.ensure_future(arrives(room, STRANGER_BYTES_MAX, None, client=None, then=go))
    while room.bytes < STRANGER_BYTES_MAX:  # noqa: ASYNC110  # it counts, it does not call
        await asyncio.sleep(0)
    with pytest.raises(BodiesFull):
        await arrives(room, STRANGER_BYTES_MAX, None, client=None)
    await arrives(room, STRANGER_BYTES_MAX, None)
    go.set_result(None)
    await first
    assert room.bytes == 0


async def test_a_request_that_only_reads_is_asked_for_no_room() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": bytes(2 * STRANGER_BYTES_MAX), "more_body": False}

    async def send(_message: Any) -> None: ...

    room = BodyRoom(all_bytes_max=0)
    for scope in ({"type": "http", "method": "GET"}, {"type": "websocket", "method": "POST"}):
        await Bodies(read_all, room)(scope, receive, send)


async def test_guards_are_asked_before_the_body_of_a_request_with_a_key_is_read() -> None:
    app = web_application([upload], Options(), page_files=PAGE_FILES, secret=SECRET)
    said: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body is asked for")

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/uploads",
        "raw_path": b"/api/v1/uploads",
        "query_string": b"",
        "headers": [(b"host", b"x.test"), (b"idempotency-key", b"one"), (b"content-length", b"2000000")],
        "scheme": "http",
        "server": ("x.test", 80),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
    }
    async with asyncio.timeout(20):
        await app(scope, receive, send)  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
    assert said[0]["status"] == 401
