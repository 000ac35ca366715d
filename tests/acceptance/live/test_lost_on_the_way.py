"""What is lost between two servers, or between a server and a client that reads nothing, is made up for.

The product runs in this process, over real connections: its clocks can be moved and its buffers be seen.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from fcntl import ioctl
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from litestar import Litestar

from sertantai import app as composition
from sertantai.accounts.service import Accounts
from sertantai.http.protocol.kernel_buffers import NARROW_BYTES
from sertantai.http.protocol.websocket_protocol import GOING_AWAY
from sertantai.live.bounds import LAGGING_BYTES, LAGGING_S_MAX
from sertantai.live.event_stream import EventStream
from sertantai.live.screens import Screen
from sertantai.live.service import Live
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock
from tests.fixtures.client import PASSWORD, WITHOUT_TLS, Client, register
from tests.fixtures.events import Events, following
from tests.fixtures.live.screens_in_process import Seat, person, sit_down
from tests.fixtures.ports import HERE
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON_S = 30.0
SIOCOUTQ = 0x5411
"""Asks how much of what was written to a socket the other side has not got."""
READ_BYTES = 4 * 1024
LAWS = 400
"""Of one change: below the number from which on only their number is told."""
CHANGES = 40
"""Much more than there is room for, in the kernels on both sides and here."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as running:
        yield running


@pytest.fixture
def live(app: Litestar) -> Live:
    service: Live = app.state["live"]
    return service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(app: Litestar) -> AsyncIterator[str]:
    """Where the product is served, by what serves it."""
    listening = socket.create_server((HERE, 0))
    server = uvicorn.Server(composition._config(app, Settings()))
    serving = asyncio.create_task(server._serve([listening]))
    await until(lambda: server.started)
    yield f"http://{HERE}:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S):
        while not is_true():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)


# ------------------------------------------------------------- what another server did, and nobody told


@pytest_asyncio.fixture(loop_scope="module")
async def other(app: Litestar, tmp_path: Path) -> AsyncIterator[Accounts]:
    """As another server on the same database has it; it serves nobody here."""
    database, security = app.state.database, app.state.security
    accounts = Accounts(database, Settings(data_dir=str(tmp_path), bcrypt_cost=4), SystemClock(), security)
    await accounts._hasher.start()
    yield accounts
    await accounts._hasher.stop()


async def listening(app: Litestar, token: str) -> Seat:
    seat = await sit_down(app, token)
    seat.join("service")
    await until(lambda: seat.reply("service"))
    return seat


async def sign_out(other: Accounts, seat: Seat) -> None:
    await other.sign_out(seat.screen.caller)


async def new_password(other: Accounts, seat: Seat) -> None:
    user = await other.find_user(seat.screen.caller.user_id)
    assert user is not None
    await other.passwords.change(user, PASSWORD, "another horse battery staple", None, None)


async def administrator(other: Accounts, seat: Seat) -> None:
    await other.set_disabled(seat.screen.caller.user_id, disabled=True)


End = Callable[[Accounts, Seat], Awaitable[None]]
ENDS: list[End] = [sign_out, new_password, administrator]


@pytest.mark.parametrize("is_lost", [False, True])
async def test_what_another_server_ends_ends_here_and_where_news_were_lost_once_they_are_heard_again(
    app: Litestar, other: Accounts, is_lost: bool
) -> None:
    news = app.state.accounts.news
    if is_lost:
        await news.stop()
    ended = []
    for end in ENDS:
        async with person(app) as somebody:
            seat = await listening(app, somebody.token)
            await end(other, seat)
            ended.append(seat)
    async with person(app) as somebody:
        stays = await listening(app, somebody.token)
    if is_lost:
        assert [seat.paper.closed for seat in ended] == [None] * len(ENDS)
        await news.start()
    await until(lambda: all(seat.paper.closed for seat in ended))
    assert {seat.paper.closed for seat in ended} == {(GOING_AWAY, "signed out")}
    assert [seat.paper.events()[-1] for seat in ended] == ["phx_close"] * len(ENDS)
    await until(lambda: not app.state["live"].credentials.is_doubted(stays.screen))
    assert stays.paper.closed is None
    stays.conversation.gone()


class Later(SystemClock):
    """A clock that is so much ahead."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by

    def monotonic(self) -> float:
        return super().monotonic() + self._by.total_seconds()


async def test_what_expires_ends_where_nobody_tells_anything(
    app: Litestar, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server looks at its own clock for that, whoever made the token."""
    news = app.state.accounts.news
    await news.stop()
    async with person(app) as somebody:
        made = await somebody.http.post(
            "/me/tokens", json={"name": "script", "scopes": ["read"], "current_password": somebody.password}
        )
        seat = await listening(app, made.json()["token"])
        ends_at = seat.screen.caller.expires_at
        assert ends_at is not None
        left = ends_at - SystemClock().now()
        monkeypatch.setattr(live.credentials, "_clock", Later(left - timedelta(minutes=1)))
        assert not live.credentials.is_over(seat.screen)
        monkeypatch.setattr(live.credentials, "_clock", Later(left))
        await until(lambda: seat.paper.closed)
        assert seat.paper.closed == (GOING_AWAY, "expired")
    await news.start()


# ------------------------------------------------------------------------- a poll to which nothing comes


async def test_a_poll_to_which_nothing_comes_is_answered_that_there_is_nothing(
    live: Live, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.long_polls, "_wait_s", 0.01)
    async with (
        await register(url) as ada,
        httpx.AsyncClient(base_url=url, timeout=SOON_S, verify=WITHOUT_TLS) as http,
    ):
        first = await http.get("/socket/longpoll", params={"vsn": "2.0.0", "token": ada.token})
        query = {"vsn": "2.0.0", "token": first.json()["token"]}
        again = await http.get("/socket/longpoll", params=query)
        assert (again.status_code, again.json()) == (
            200,
            {"status": 204, "token": query["token"], "messages": []},
        )
        answer = await http.post(
            "/socket/longpoll", params=query, content=b'[null,"1","phoenix","heartbeat",{}]'
        )
        assert answer.json() == {"status": 200}
        heard = await http.get("/socket/longpoll", params=query)
        assert heard.json()["status"] == 200, "it goes on behind it"


# ------------------------------------------------------------------------- a stream that nobody reads


@asynccontextmanager
async def stalled(live: Live, url: str, ada: Client) -> AsyncIterator[tuple[Events, Screen]]:
    """The stream of her list at a client that has read its beginning, and no more until it is told to."""
    room = [(socket.SOL_SOCKET, socket.SO_RCVBUF, READ_BYTES)]
    way = httpx.AsyncHTTPTransport(socket_options=room)
    headers = {"authorization": f"Bearer {ada.token}"}
    async with (
        httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, transport=way, timeout=SOON_S) as http,
        following(http, want="summary") as events,
    ):
        await events.until("joined")
        (screen,) = [one for one in live.screens if isinstance(one.outlet, EventStream)]
        yield events, screen


def connection(screen: Screen) -> Any:
    """Of a stream, as the server has it."""
    return screen.outlet._way.transport  # type: ignore[attr-defined]  # it is a stream's


def kept_by_kernel(screen: Screen) -> int:
    taken = connection(screen).get_extra_info("socket")
    assert taken.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * NARROW_BYTES
    return int(struct.unpack("i", ioctl(taken.fileno(), SIOCOUTQ, b"\0" * 4))[0])


async def until_it_lags(ada: Client, laws: list[str], screen: Screen) -> None:
    """Much is done, and told as far as there is room."""
    for number in range(CHANGES):
        (channel,) = screen.channels.values()
        before = channel.version
        await ada.operate("bulk_deselect" if number % 2 else "bulk_select", record_ids=laws)
        await until(lambda: screen.lagging_since is not None or channel.version > before)  # noqa: B023  # asked at once
        if screen.lagging_since is not None:
            return
    raise AssertionError("all of it was told")


async def test_who_stops_reading_a_stream_costs_little_and_goes_on_where_it_was(live: Live, url: str) -> None:
    async with await register(url) as ada:
        laws = [law["id"] for law in await ada.records(limit=LAWS)]
        async with stalled(live, url, ada) as (events, screen):
            await until_it_lags(ada, laws, screen)
            one = len(laws) * 40
            held = screen.outlet.unread_bytes
            assert LAGGING_BYTES < held <= LAGGING_BYTES + one
            assert connection(screen).get_write_buffer_size() <= held
            assert kept_by_kernel(screen) <= 64 * 1024
            await ada.select(laws[0])
            assert screen.outlet.unread_bytes == held
            read = await events.rest()
            assert {event.name for event in read} == {"changes"}, "it ends, and not for good"
            for before, after in pairwise(read):
                assert after.data["from"] == before.data["version"]
        async with following(ada.http, last_event_id=read[-1].id, epoch=live.hub.epoch(None)) as again:
            told = (await again.until("joined")).data
        assert told["version"] == (await ada.get("/groups/default/record-ids"))["version"]
        assert told["mode"] == "changes"


async def test_who_does_not_read_again_is_hung_up_on(
    live: Live, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upkeep = live._upkeep
    assert upkeep is not None
    async with await register(url) as ada:
        laws = [law["id"] for law in await ada.records(limit=LAWS)]
        async with stalled(live, url, ada) as (events, screen):
            await until_it_lags(ada, laws, screen)
            way = connection(screen)
            monkeypatch.setattr(upkeep, "_clock", Later(timedelta(seconds=LAGGING_S_MAX / 2)))
            assert not upkeep._is_ended(screen)
            monkeypatch.setattr(upkeep, "_clock", Later(timedelta(seconds=LAGGING_S_MAX)))
            await until(lambda: screen.is_closed)
            assert way.is_closing()
            with pytest.raises(httpx.TransportError):
                await events.rest()
