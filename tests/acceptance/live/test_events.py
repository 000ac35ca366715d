"""What happens to a list, read line by line: in order, once, resumed by whoever comes again, and ended with
the right to it."""

import asyncio
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from sertantai.live.bounds import PER_USER_MAX
from sertantai.web.live.events import EPOCH_CHARACTERS_MAX
from tests.fixtures.client import PASSWORD, WITHOUT_TLS, Client, register
from tests.fixtures.events import Events, following
from tests.fixtures.process import ServerProcess
from tests.fixtures.servers import StartServer

SCREENS = re.compile(r"^sertantai_live_screens (\S+)", re.M)


@pytest.fixture
async def person(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await register(shared_server.url) as somebody:
        yield somebody


def api(server: ServerProcess, token: str) -> httpx.AsyncClient:
    client = server.client(token)
    client.base_url = httpx.URL(f"{server.url}/api/v1")
    return client


async def laws(person: Client, count: int) -> list[str]:
    return [record["id"] for record in await person.records(limit=count)]


async def screens(server: ServerProcess) -> float:
    async with httpx.AsyncClient(verify=WITHOUT_TLS) as http:
        found = SCREENS.search((await http.get(f"{server.url}/metrics")).text)
    assert found is not None
    return float(found[1])


async def test_each_change_follows_the_one_before_it_and_its_id_is_the_version(person: Client) -> None:
    first, second = await laws(person, 2)
    async with following(person.http) as events:
        assert events.answer.headers["content-type"].startswith("text/event-stream")
        assert events.answer.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in events.answer.headers
        joined = await events.next()
        assert joined is not None
        assert (joined.name, joined.data["mode"], joined.data["ids"]) == ("joined", "snapshot", [])
        assert joined.id == joined.data["version"]
        before = joined.data["version"]
        for id in (first, second):
            done = await person.select(id)
            event = await events.next()
            assert event is not None
            assert (event.name, event.id, event.data["from"]) == ("changes", done["version"], before)
            assert (event.data["added"], event.data["removed"]) == ([id], [])
            before = done["version"]


async def test_who_comes_again_is_told_the_difference_and_nothing_twice(person: Client) -> None:
    first, second, third = await laws(person, 3)
    async with following(person.http) as events:
        epoch = (await events.until("joined")).data["epoch"]
        await person.select(first)
        seen = (await events.until("changes")).id
    await person.select(second)
    await person.select(third)
    await person.deselect(third)
    # A browser asks what it asked at first, and says in a header what it has since.
    async with following(person.http, last_event_id=seen, since=0, epoch=epoch) as events:
        joined = await events.until("joined")
        assert (joined.data["mode"], joined.data["added"], joined.data["removed"]) == (
            "changes",
            [second],
            [],
        )
    async with following(person.http, since=joined.id, epoch=epoch) as events:
        assert (await events.until("joined")).data["mode"] == "current"


async def test_a_version_that_may_be_of_another_journal_is_never_believed(person: Client) -> None:
    (law,) = await laws(person, 1)
    version = (await person.select(law))["version"]
    async with following(person.http, until="now") as events:
        epoch = (await events.until("joined")).data["epoch"]
    for known in (
        {"since": version},
        {"since": version, "epoch": "0" * EPOCH_CHARACTERS_MAX},
        {"since": version, "epoch": f"{epoch}{'x' * EPOCH_CHARACTERS_MAX}"},
        {"since": version + 1_000, "epoch": epoch},
        {"epoch": epoch},
    ):
        async with following(person.http, until="now", **known) as events:
            joined = await events.until("joined")
        assert (joined.data["mode"], joined.data["ids"]) == ("snapshot", [law]), known
    async with following(person.http, until="now", want="summary") as events:
        assert "ids" not in (await events.until("joined")).data
    wrong = await person.http.get("/groups/default/events", params={"since": "yesterday"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "since")


async def test_a_stream_until_now_ends_by_itself(person: Client) -> None:
    async with following(person.http, until="now") as events:
        assert [event.name for event in await events.rest()][:1] == ["joined"]


async def ends(events: Events) -> list[str]:
    return [event.name for event in await events.rest()]


async def test_it_ends_with_the_list(person: Client) -> None:
    made = await person.http.post("/groups", json={"name": "Site"})
    async with following(person.http, made.json()["id"]) as events:
        await events.until("joined")
        assert (await person.http.delete(f"/groups/{made.json()['id']}")).is_success
        assert await ends(events) == ["gone"]


async def test_it_ends_with_the_session_and_with_the_token(
    shared_server: ServerProcess, person: Client
) -> None:
    email, password = person.email, person.password
    answer = await person.http.post("/auth/token", json={"email": email, "password": password})
    made = await person.http.post(
        "/me/tokens", json={"name": "follower", "scopes": ["read"], "current_password": person.password}
    )
    assert made.is_success, made.text
    async with (
        api(shared_server, answer.json()["token"]) as session,
        api(shared_server, made.json()["token"]) as token,
        following(session) as of_session,
        following(token) as of_token,
    ):
        await of_session.until("joined")
        await of_token.until("joined")
        assert (await session.delete("/auth/token")).is_success
        assert await ends(of_session) == ["gone"]
        listed = (await person.get("/me/tokens"))["items"]
        assert (await person.http.delete(f"/me/tokens/{listed[0]['id']}")).is_success
        assert await ends(of_token) == ["gone"]
        assert (await token.get("/groups/default/events")).status_code == 401


async def test_a_browser_follows_with_its_cookie(shared_server: ServerProcess, person: Client) -> None:
    async with httpx.AsyncClient(base_url=shared_server.url, timeout=60, verify=WITHOUT_TLS) as browser:
        token = (await browser.get("/csrf-token")).json()["token"]
        form = {"_csrf_token": token, "email": person.email, "password": PASSWORD}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        browser.base_url = httpx.URL(f"{shared_server.url}/api/v1")
        async with following(browser) as events:
            await events.until("joined")
            browser.base_url = httpx.URL(shared_server.url)
            token = (await browser.get("/csrf-token")).json()["token"]
            await browser.post("/sign-out", data={"_csrf_token": token})
            assert await ends(events) == ["gone"]


async def test_a_stranger_gets_the_answer_of_what_does_not_exist(
    shared_server: ServerProcess, person: Client
) -> None:
    made = (await person.http.post("/groups", json={"name": "Site"})).json()["id"]
    async with await register(shared_server.url) as stranger:
        theirs = await stranger.http.get(f"/groups/{made}/events")
        nobodys = await stranger.http.get(f"/groups/{uuid4()}/events")
    assert theirs.status_code == nobodys.status_code == 404
    said = [{**answer.json(), "instance": ""} for answer in (theirs, nobodys)]
    assert said[0] == said[1]


async def test_nobody_has_more_of_them_than_of_other_screens_and_what_is_left_counts_no_more(
    shared_server: ServerProcess, person: Client
) -> None:
    limits = httpx.Limits(max_connections=PER_USER_MAX + 5)
    base, headers = f"{shared_server.url}/api/v1", {"authorization": f"Bearer {person.token}"}
    http = httpx.AsyncClient(base_url=base, headers=headers, limits=limits, timeout=60, verify=WITHOUT_TLS)
    async with http:
        path = "/groups/default/events"
        open_ = [await http.send(http.build_request("GET", path), stream=True) for _ in range(PER_USER_MAX)]
        assert {answer.status_code for answer in open_} == {200}
        refused = await http.get(path)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert refused.headers["retry-after"]
        assert await screens(shared_server) >= PER_USER_MAX
        for answer in open_:
            await answer.aclose()
        async with asyncio.timeout(60):
            while True:
                if (await http.get(path, params={"until": "now"})).is_success:
                    break
                await asyncio.sleep(0.05)


async def test_a_server_that_stops_ends_all_streams_and_they_go_on_behind_it(
    start_server: StartServer,
) -> None:
    server = start_server()
    async with await server.register() as person:
        first, second = await laws(person, 2)
        async with following(person.http) as events:
            joined = await events.until("joined")
            await person.select(first)
            seen = (await events.until("changes")).id
            stopped = asyncio.create_task(asyncio.to_thread(server.terminate))
            assert await ends(events) == []
            assert await stopped == 0
        await server.start_async()
        async with await _again(server, person) as back:
            await back.select(second)
            async with following(back.http, last_event_id=seen, epoch=joined.data["epoch"]) as events:
                told = (await events.until("joined")).data
    assert (told["mode"], told["added"]) == ("changes", [second])


async def _again(server: ServerProcess, person: Client) -> Client:
    return Client(api(server, person.token), person.user_id, person.email, person.password, person.token)
