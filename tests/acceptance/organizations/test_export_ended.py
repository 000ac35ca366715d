"""What is being exported when the right to it ends is broken off there, and looks like no whole file."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.exceptions import LitestarException

from sertantai.files import streaming
from sertantai.lists.exporting import source
from tests.fixtures.colleagues import unique_slug
from tests.fixtures.visits import Visit, product

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = 50
"""At a time, in this test: the register has some hundred laws."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as started:
        yield started


async def made(person: Visit, method: str, path: str, body: Any = None) -> Any:
    answer = await person.call(method, path, body)
    assert answer.is_success, f"{path} was answered {answer.status_code}: {answer.text[:300]}"
    return answer.json() if answer.content else None


async def exported(
    app: Litestar, person: Visit, path: str, meanwhile: Callable[[], Awaitable[object]] | None = None
) -> tuple[str, bool]:
    """What came of the file, and whether its end was said. ``meanwhile`` is done when it has begun."""
    pieces: list[bytes] = []
    ended = False
    done = meanwhile is None

    asked, over = iter([{"type": "http.request", "body": b"", "more_body": False}]), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if (first := next(asked, None)) is not None:
            return first
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal done, ended
        if message["type"] != "http.response.body":
            assert message["status"] == 200, message
            return
        pieces.append(message.get("body", b""))
        ended = not message.get("more_body", False)
        if ended:
            over.set()
        if not done and b"".join(pieces).count(b"\n") > 1:
            done = True
            assert meanwhile is not None
            await meanwhile()

    cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"cookie", cookies.encode()), (b"host", b"sertantai.test")],
        "client": ("192.0.2.7", 5),
        "server": ("sertantai.test", 80),
        "state": {},
    }
    with suppress(LitestarException):  # of which the server learns that the answer is not whole
        await app(scope, receive, send)  # type: ignore[arg-type]  # ASGI
    return b"".join(pieces).decode(), ended


async def test_threat_18_an_export_ends_with_the_right_to_it(
    app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "READ_ROWS", ROWS)
    monkeypatch.setattr(streaming, "CHUNK_ROWS", ROWS)
    owner, member = Visit(app), Visit(app)
    for person in (owner, member):
        await person.sign_up()
    slug = unique_slug()
    path = f"/organizations/{slug}"
    await made(owner, "POST", "/organizations", {"name": "Works", "slug": slug})
    link = await made(owner, "POST", f"{path}/invitations", {"role": "member"})
    await made(member, "POST", "/invitations/accept", {"token": link["token"]})
    list_ = (await made(owner, "POST", f"{path}/groups", {"name": "Site"}))["id"]
    bulk = {"action": "bulk_select", "filter": {}}
    await made(owner, "POST", f"/groups/{list_}/operations", bulk)
    file = f"/api/v1/groups/{list_}/export.csv"
    whole, ended = await exported(app, member, file)
    laws = whole.count("\n") - 1
    assert ended
    assert laws > 3 * ROWS
    me = (await member.get("/me"))["id"]

    async def denied() -> None:
        await made(owner, "PATCH", f"{path}/members/{me}", {"permissions": {"deny": ["list_export"]}})

    part, ended = await exported(app, member, file, denied)
    assert not ended, "nobody takes it for the whole file"
    assert 1 < part.count("\n") <= 1 + 2 * ROWS
