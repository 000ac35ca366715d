"""Sessions and tokens end, and with them the sockets that they opened: at once, and for who comes again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from sertantai.http.protocol.websocket_protocol import GOING_AWAY
from tests.fixtures.client import PASSWORD, Client
from tests.fixtures.live.wire import Wire, dial
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON_S = 10.0
"""A tenth of a second, when nothing else is going on."""
OTHER_PASSWORD = "another horse battery staple"


@pytest_asyncio.fixture(loop_scope="module")
async def ada(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as person:
        yield person


@pytest_asyncio.fixture(loop_scope="module")
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def signed_in(server: ServerProcess, person: Client) -> str:
    """The token of a further session of theirs."""
    async with server.client() as http:
        body = {"email": person.email, "password": PASSWORD}
        token: str = (await http.post("/api/v1/auth/token", json=body)).json()["token"]
        return token


async def listening(stack: AsyncExitStack, server: ServerProcess, token: str) -> Wire:
    wire = await stack.enter_async_context(await dial(server.url, token))
    await wire.listen("service")
    return wire


async def is_ended(wire: Wire, server: ServerProcess, token: str) -> None:
    """Its topics first, then itself; and who comes again is refused."""
    async with asyncio.timeout(SOON_S):
        assert await wire.closed() == GOING_AWAY
    assert wire.unseen[-1].event == "phx_close"
    with pytest.raises(InvalidStatus) as refused:
        await dial(server.url, token)
    assert refused.value.response.status_code == 403


async def test_signing_out_ends_the_sockets_of_that_session(
    shared_server: ServerProcess, ada: Client, stack: AsyncExitStack
) -> None:
    other = await signed_in(shared_server, ada)
    mine = [await listening(stack, shared_server, ada.token) for _ in range(2)]
    others = await listening(stack, shared_server, other)
    assert (await ada.http.delete("/auth/token")).is_success
    for wire in mine:
        await is_ended(wire, shared_server, ada.token)
    await others.heartbeat()


async def test_a_session_that_is_ended_from_another_ends_its_sockets(
    shared_server: ServerProcess, ada: Client, stack: AsyncExitStack
) -> None:
    other = await signed_in(shared_server, ada)
    mine, others = [await listening(stack, shared_server, token) for token in (ada.token, other)]
    sessions = (await ada.get("/me/sessions"))["items"]
    (theirs,) = [one["id"] for one in sessions if not one["is_current"]]
    assert (await ada.http.delete(f"/me/sessions/{theirs}")).is_success
    await is_ended(others, shared_server, other)
    await mine.heartbeat()


async def test_a_new_password_ends_all_other_sockets(
    shared_server: ServerProcess, ada: Client, stack: AsyncExitStack
) -> None:
    other = await signed_in(shared_server, ada)
    others = await listening(stack, shared_server, other)
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    changed = await ada.http.post("/me/password", json=body)
    assert changed.is_success, changed.text
    await is_ended(others, shared_server, other)


async def test_a_token_that_is_revoked_ends_its_sockets(
    shared_server: ServerProcess, ada: Client, stack: AsyncExitStack
) -> None:
    made = (
        await ada.http.post(
            "/me/tokens", json={"current_password": PASSWORD, "name": "script", "scopes": ["read"]}
        )
    ).json()
    wire = await listening(stack, shared_server, made["token"])
    mine = await listening(stack, shared_server, ada.token)
    assert (await ada.http.delete(f"/me/tokens/{made['item']['id']}")).is_success
    await is_ended(wire, shared_server, made["token"])
    await mine.heartbeat()


async def test_an_administrator_ends_them_from_another_process(
    shared_server: ServerProcess, ada: Client, stack: AsyncExitStack
) -> None:
    wire = await listening(stack, shared_server, ada.token)
    done = await asyncio.to_thread(shared_server.command, "users", "disable", ada.email)
    assert done.returncode == 0, done.stderr
    await is_ended(wire, shared_server, ada.token)
