"""Who may open a socket: by whatever they prove who they are, from which page; and no log knows it after."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from sertantai.web.live.knocking import QUERY_BYTES_MAX, TOKEN_PROTOCOL
from tests.fixtures.client import PASSWORD, Client
from tests.fixtures.live.wire import Wire, dial, socket
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

ELSEWHERE = "https://elsewhere.example"
FORBIDDEN = 403


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as person:
        yield person


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cookie(shared_server: ServerProcess, ada: Client) -> str:
    """Of her browser, as it sends it."""
    async with shared_server.client() as browser:
        token = (await browser.get("/csrf-token")).json()["token"]
        form = {"_csrf_token": token, "email": ada.email, "password": PASSWORD}
        assert (await browser.post("/sign-in", data=form)).status_code == httpx.codes.SEE_OTHER
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def as_subprotocol(token: str) -> list[str]:
    """As phoenix.js does it from 1.8.0 on."""
    return ["phoenix", TOKEN_PROTOCOL + base64.b64encode(token.encode()).decode().rstrip("=")]


async def is_hers(wire: Wire, person: Client) -> bool:
    """What is told to her is told to nobody else."""
    async with wire:
        return (await wire.join(f"user:{person.user_id}"))[0] == "ok"


async def refusal(url: str, token: str | None = None, **given: Any) -> int:
    """The status with which a handshake is refused; it must be."""
    with pytest.raises(InvalidStatus) as refused:
        await dial(url, token, **given)
    return refused.value.response.status_code


async def test_each_way_to_prove_who_one_is_is_the_same_person(
    shared_server: ServerProcess, ada: Client, cookie: str
) -> None:
    url, token = shared_server.url, ada.token
    ways: dict[str, dict[str, Any]] = {
        "bearer": {"headers": {"authorization": f"Bearer {token}"}},
        "subprotocol": {"subprotocols": as_subprotocol(token)},
        "token": {"token": token},
        "apikey": {"apikey": token},
        "api_key": {"api_key": token},
        "x-api-key": {"x-api-key": token},
        "apikey in a header": {"headers": {"apikey": token}},
        "cookie": {"headers": {"cookie": cookie}, "origin": url},
    }
    for name, way in ways.items():
        assert await is_hers(await dial(url, **way), ada), name


async def test_of_the_subprotocols_phoenix_is_answered_and_never_the_token(
    shared_server: ServerProcess, ada: Client
) -> None:
    async with socket(shared_server.url, subprotocols=as_subprotocol(ada.token)) as wire:
        assert wire.connection.subprotocol == Subprotocol("phoenix")
    async with socket(shared_server.url, ada.token) as wire:
        assert wire.connection.subprotocol is None


async def test_what_is_sent_on_purpose_counts_before_what_a_browser_adds(
    shared_server: ServerProcess, ada: Client, cookie: str
) -> None:
    """The cookie is hers, and whoever proves to be nobody is nobody all the same."""
    async with await shared_server.register() as ben:
        given: dict[str, Any] = {"headers": {"cookie": cookie}, "origin": shared_server.url}
        assert await is_hers(await dial(shared_server.url, ben.token, **given), ben)
    assert await refusal(shared_server.url, "nobodys", **given) == FORBIDDEN
    headers = {"authorization": "Bearer nobodys"}
    assert await refusal(shared_server.url, ada.token, headers=headers) == FORBIDDEN


async def test_nobody_is_refused_before_the_upgrade(shared_server: ServerProcess) -> None:
    url = shared_server.url
    for way in (
        {},
        {"token": ""},
        {"token": "nobody's"},
        {"token": "a.b.c"},
        {"token": "\x00"},
        {"token": "ü"},
        {"headers": {"authorization": "Basic YTpi"}},
        {"subprotocols": ["phoenix", TOKEN_PROTOCOL + "%%%"]},
        {"subprotocols": ["phoenix", TOKEN_PROTOCOL]},
        {"headers": {"cookie": "sertantai_session=nobodys"}, "origin": url},
    ):
        assert await refusal(url, **way) == FORBIDDEN, way


async def test_a_cookie_is_good_on_pages_of_ours_only(shared_server: ServerProcess, cookie: str) -> None:
    url, headers = shared_server.url, {"cookie": cookie}
    host = url.partition("//")[2]
    for origin in (ELSEWHERE, "null", f"http://sub.{host}", f"{url}.elsewhere.example", "http://127.0.0.1:1"):
        assert await refusal(url, headers=headers, origin=origin) == FORBIDDEN, origin
    assert await refusal(url, headers=headers) == FORBIDDEN, "a browser says where it comes from"
    assert await refusal(url, headers=headers | {"sec-fetch-site": "cross-site"}) == FORBIDDEN


async def test_a_token_is_no_good_on_pages_that_nobody_named(
    shared_server: ServerProcess, ada: Client
) -> None:
    assert await refusal(shared_server.url, ada.token, origin=ELSEWHERE) == FORBIDDEN
    assert await is_hers(await dial(shared_server.url, ada.token, origin=shared_server.url), ada)


async def test_versions_that_are_not_spoken_are_refused(shared_server: ServerProcess, ada: Client) -> None:
    for vsn in ("3.0.0", "0.9.0", "2", "", "2.x.0", "two"):
        assert await refusal(shared_server.url, ada.token, vsn=vsn) == FORBIDDEN, vsn
    async with socket(shared_server.url, ada.token, vsn="2.7.1") as wire:
        await wire.heartbeat()


async def test_an_address_may_be_so_long_and_no_longer(shared_server: ServerProcess, ada: Client) -> None:
    """Of a socket a little less, as the first line of its request is no longer than that."""
    query = f"vsn=2.0.0&token={ada.token}&x="
    async with shared_server.client() as http:
        for more, status in ((0, httpx.codes.GONE), (1, FORBIDDEN)):
            padding = "y" * (QUERY_BYTES_MAX - len(query) + more)
            answer = await http.get(f"/socket/longpoll?{query}{padding}")
            assert (answer.status_code, answer.json()["status"]) == (200, status)
    async with socket(shared_server.url, ada.token, x="y" * (QUERY_BYTES_MAX - len(query) - 100)) as wire:
        await wire.heartbeat()
    longer = await refusal(shared_server.url, ada.token, x="y" * QUERY_BYTES_MAX)
    assert longer == httpx.codes.REQUEST_URI_TOO_LONG


async def test_a_token_without_the_right_to_read_hears_nothing(
    shared_server: ServerProcess, ada: Client
) -> None:
    async def token(*scopes: str) -> str:
        body = {"current_password": PASSWORD, "name": uuid4().hex, "scopes": list(scopes)}
        made = await ada.http.post("/me/tokens", json=body)
        assert made.is_success, made.text
        text: str = made.json()["token"]
        return text

    assert await is_hers(await dial(shared_server.url, await token("read")), ada)


async def test_no_token_is_in_a_log(shared_server: ServerProcess, ada: Client, cookie: str) -> None:
    """However it was sent: let in, refused, in an address that was too long, or after the handshake."""
    url, strangers = shared_server.url, uuid4().hex
    async with socket(url, ada.token) as wire:
        await wire.join("register", access_token=ada.token)
        await wire.push("register", "access_token", {"access_token": strangers})
        await wire.heartbeat()
        await wire.connection.send(json.dumps([ada.token, 7, {}]))
        await wire.closed()
    assert await refusal(url, strangers) == FORBIDDEN
    assert await refusal(url, strangers, x="y" * QUERY_BYTES_MAX) == httpx.codes.REQUEST_URI_TOO_LONG
    async with shared_server.client() as http:
        for token in (ada.token, strangers):
            await http.get("/socket/longpoll", params={"vsn": "2.0.0", "token": token})
    log = shared_server.log()
    session = next(value for value in cookie.replace("=", "; ").split("; ") if len(value) > 30)
    for secret in (ada.token, strangers, session):
        assert secret not in log
