"""A ticket in an address opens one connection, as whoever asked for it, and no second one."""

from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.fixtures.client import PASSWORD, Client, register
from tests.fixtures.live.wire import Wire
from tests.fixtures.process import ServerProcess

FOREIGN = "https://elsewhere.example"


@pytest.fixture
async def person(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await register(shared_server.url) as somebody:
        yield somebody


def address(server: ServerProcess, ticket: str) -> str:
    return f"{server.url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0&token={ticket}"


async def made(http: httpx.AsyncClient, **headers: str) -> str:
    answer = await http.post("/api/v1/live/tickets", headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    ticket: str = answer.json()["ticket"]
    return ticket


async def refused(server: ServerProcess, ticket: str) -> int:
    with pytest.raises(InvalidStatus) as found:
        async with connect(address(server, ticket)):
            pass
    return found.value.response.status_code


async def test_it_opens_one_connection_that_ends_with_the_session(
    shared_server: ServerProcess, person: Client
) -> None:
    async with shared_server.client(person.token) as http:
        ticket = await made(http)
        list_ = (await person.get("/groups"))["items"][0]["id"]
        async with connect(address(shared_server, ticket)) as socket:
            wire = Wire(socket)
            assert (await wire.listen(f"list:{list_}"))["mode"] == "snapshot"
            assert await refused(shared_server, ticket) == 403
            assert (await person.http.delete("/auth/token")).is_success
            assert await wire.closed() == 1001
    assert await refused(shared_server, "lt.guessed") == 403


async def test_a_browsers_own_is_not_tied_to_its_cookies_page(
    shared_server: ServerProcess, person: Client
) -> None:
    """It was sent on purpose, so it needs no origin; another site's pages need to be known all the same."""
    async with shared_server.client() as browser:
        token = (await browser.get("/csrf-token")).json()["token"]
        form = {"_csrf_token": token, "email": person.email, "password": PASSWORD}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        token = (await browser.get("/csrf-token")).json()["token"]
        assert (await browser.post("/api/v1/live/tickets")).status_code == 403, "without the page's proof"
        first, second = [await made(browser, **{"x-csrf-token": token}) for _ in range(2)]
        async with connect(address(shared_server, first)) as socket:
            assert await Wire(socket).heartbeat() == []
        with pytest.raises(InvalidStatus):
            async with connect(address(shared_server, second), additional_headers={"Origin": FOREIGN}):
                pass
