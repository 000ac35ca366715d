"""Long-poll as phoenix.js wants it: every answer is 200, and what it means is in its body."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from sertantai.live.bounds import LONG_POLL_BYTES_MAX, LONG_POLL_FRAMES_MAX, MESSAGES_AT_ONCE
from sertantai.web.live.knocking import SESSION_PREFIX
from tests.fixtures.client import WITHOUT_TLS, Client
from tests.fixtures.live.wire import HEARD_S_MAX
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/socket/longpoll"
Query = list[tuple[str, str | int | float | bool | None]]
"""As httpx has it."""
HEARTBEAT: list[Any] = [None, "1", "phoenix", "heartbeat", {}]
BEATEN: list[Any] = [None, "1", "phoenix", "phx_reply", {"status": "ok", "response": {}}]


class Poll:
    """A client: ``query`` as it has it in each of its requests."""

    def __init__(self, http: httpx.AsyncClient, token: str | None) -> None:
        self.http = http
        self.query: Query = [("vsn", "2.0.0"), *([("token", token)] if token else [])]
        self.session = ""

    async def get(self, **headers: str) -> dict[str, Any]:
        answer = await self.http.get(PATH, params=self._with_session(), headers=headers)
        return self._said(answer)

    async def post(self, body: bytes, content_type: str = "application/x-ndjson", **headers: str) -> int:
        """Without any proof but the session's token, as clients do it."""
        query: Query = [("vsn", "2.0.0"), ("token", self.session)]
        headers = {"content-type": content_type, **headers}
        answer = await self.http.post(PATH, params=query, content=body, headers=headers)
        status: int = self._said(answer)["status"]
        return status

    async def say(self, *frames: list[Any]) -> int:
        return await self.post("\n".join(json.dumps(frame) for frame in frames).encode())

    async def open(self) -> None:
        answer = await self.get()
        assert (answer["status"], answer["messages"]) == (410, [])
        self.session = answer["token"]
        assert self.session.startswith(SESSION_PREFIX)

    async def hear(self) -> list[Any]:
        answer = await self.get()
        assert (answer["status"], answer["token"]) == (200, self.session)
        return [json.loads(text) for text in answer["messages"]]

    def _with_session(self) -> Query:
        return [*self.query, *([("token", self.session)] if self.session else [])]

    @staticmethod
    def _said(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("application/json")
        said: dict[str, Any] = answer.json()
        return said


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as person:
        yield person


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(shared_server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=shared_server.url, timeout=HEARD_S_MAX, verify=WITHOUT_TLS
    ) as plain:
        yield plain


@pytest_asyncio.fixture(loop_scope="module")
async def poll(http: httpx.AsyncClient, ada: Client) -> Poll:
    opened = Poll(http, ada.token)
    await opened.open()
    return opened


async def test_a_session_is_opened_and_what_is_said_is_answered(poll: Poll) -> None:
    assert await poll.say(HEARTBEAT) == 200
    assert await poll.hear() == [BEATEN]


async def test_many_frames_come_in_one_body(poll: Poll) -> None:
    assert await poll.say(*([HEARTBEAT] * 100)) == 200
    assert await poll.hear() == [BEATEN] * 100


async def test_the_frame_of_older_clients_comes_as_json(poll: Poll) -> None:
    assert await poll.post(json.dumps(HEARTBEAT).encode(), "application/json") == 200
    assert await poll.hear() == [BEATEN]


async def test_a_change_is_told_while_one_waits(poll: Poll, ada: Client) -> None:
    id = (await ada.http.post("/groups", json={"name": uuid4().hex})).json()["id"]
    topic = f"list:{id}"
    await poll.say(["1", "1", topic, "phx_join", {"presence": False}])
    heard = await poll.hear()
    assert heard[0][4]["status"] == "ok"
    record = (await ada.records(limit=1))[0]["id"]
    await ada.select(record, id)
    heard = [one for one in heard + await poll.hear() if one[3] == "changes"] or await poll.hear()
    assert heard[-1][4]["added"] == [record]


async def test_bytes_come_as_base64_and_are_refused(poll: Poll) -> None:
    push = bytes([0, 0, 1, 7, 6]) + b"1" + b"service" + b"upload" + b"\x00\xff"
    assert await poll.post(base64.b64encode(push)) == 200
    ((_, ref, topic, event, payload),) = await poll.hear()
    assert (ref, topic, event, payload["status"]) == ("1", "service", "phx_reply", "error")


async def test_a_session_that_is_not_known_is_opened_anew_by_clients(poll: Poll) -> None:
    """By 500, which all of them understand; a message to it by 410, as Phoenix has it."""
    poll.session = SESSION_PREFIX + "x" * 43
    assert (await poll.get())["status"] == 500
    assert await poll.say(HEARTBEAT) == 410


async def test_who_is_nobody_is_refused(http: httpx.AsyncClient) -> None:
    for token in (None, "nobodys"):
        assert await Poll(http, token).get() == {"status": 403}
    assert await Poll(http, None).say(HEARTBEAT) == 410


async def test_a_message_that_is_none_ends_the_session(poll: Poll) -> None:
    assert await poll.post(b"[1,2") == 410
    assert (await poll.get())["status"] == 500


async def test_pages_of_others_are_refused(
    poll: Poll, http: httpx.AsyncClient, shared_server: ServerProcess
) -> None:
    assert (await poll.get(origin="https://elsewhere.example"))["status"] == 403
    assert await poll.post(json.dumps(HEARTBEAT).encode(), origin="https://elsewhere.example") == 403
    assert await poll.post(json.dumps(HEARTBEAT).encode(), origin=shared_server.url) == 200
    answer = await http.options(PATH, headers={"origin": "https://elsewhere.example"})
    assert answer.is_success
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_token_as_a_header_opens_a_session(http: httpx.AsyncClient, ada: Client) -> None:
    encoded = ada.token
    answer = await Poll(http, None).get(**{"x-phoenix-authtoken": encoded})
    assert answer["status"] == 410


async def test_so_many_frames_are_heard_in_one_body(poll: Poll) -> None:
    """Further ones are passed over; with them the pace would be exceeded first, so most are empty."""
    lines = [b""] * (LONG_POLL_FRAMES_MAX - 1) + [json.dumps(HEARTBEAT).encode()] * 2
    assert len(lines) > MESSAGES_AT_ONCE
    assert await poll.post(b"\n".join(lines)) == 200
    assert await poll.hear() == [BEATEN]


async def test_who_does_not_fetch_is_given_up(poll: Poll) -> None:
    """Long before the bound of time, where much waits."""
    refs = ["x" * 200] * 100
    beats: list[list[Any]] = [[None, ref, "x" * 200, "y" * 200, {}] for ref in refs]
    size = len(json.dumps(beats[0])) + 60
    said = 0
    while (status := await poll.say(*beats[:40])) == 200:
        said += 40 * size
        assert said < 3 * LONG_POLL_BYTES_MAX
    assert status == 410


async def test_a_session_ends_with_what_it_was_opened_with(
    http: httpx.AsyncClient, shared_server: ServerProcess
) -> None:
    async with await shared_server.register() as ben:
        poll = Poll(http, ben.token)
        await poll.open()
        assert (await ben.http.delete("/auth/token")).is_success
        assert await poll.say(HEARTBEAT) == 410
        assert (await poll.get())["status"] in (403, 500)
