"""With a part away the rest goes on, says so in plain words, and shows nothing that is not so."""

import asyncio
import re
import resource
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from sertantai.accounts.service import KEPT_SESSIONS_FILE
from sertantai.accounts.sessions.kept_sessions import KeptFile
from sertantai.journal.sqlite_files import FILE
from sertantai.process.summed_files import read_summed
from sertantai.web.parts.forms import DATABASE_AWAY
from tests.acceptance.faults.site import POLL_S, RECOVERY_S_MAX
from tests.fixtures.client import ANSWER_S_MAX, PASSWORD, WITHOUT_TLS, Client
from tests.fixtures.postgres import TEMPLATE, ServerUnderTest, new_database
from tests.fixtures.process import ServerProcess
from tests.fixtures.proxy import Proxy

AWAY = "The database is not available."
REFUSED = "Changes cannot be saved at the moment."
HALF_FULL = "once it is full, no more can be made."
FULL = "You can make new ones when it is back."
OPERATIONS_MAX = 1_000
AT_ONCE = 20
PAGE_S_MAX = 3.0
"""Of several pages the quickest; what it must not do is wait."""
BEARER_AND_BROWSER = 2
CHECKPOINT_IS_CURRENT = """
SELECT 1 FROM checkpoint WHERE owner = ? AND position >= (SELECT coalesce(max(last), 0) FROM batch)
"""


class Place:
    """A server whose database can be away."""

    def __init__(self, server: ServerProcess, network: Proxy) -> None:
        self.server = server
        self.network = network

    async def health(self) -> tuple[int, dict[str, Any]]:
        async with self.server.client() as http:
            answer = await http.get("/health/ready")
        return answer.status_code, answer.json()

    async def until(self, status: str) -> dict[str, Any]:
        """Wait until the server calls itself so; returns what it says."""
        async with asyncio.timeout(RECOVERY_S_MAX):
            while (found := (await self.health())[1])["status"] != status:  # noqa: ASYNC110  # it cannot call
                await asyncio.sleep(POLL_S)
        return found

    async def has_kept(self, person: Client) -> None:
        """Wait until the person's list is in the journal's checkpoints, and who signed in among the kept."""
        data = self.server.data_dir
        async with asyncio.timeout(RECOVERY_S_MAX):
            while not await asyncio.to_thread(_is_kept, data, UUID(person.user_id)):  # noqa: ASYNC110  # a file calls nobody
                await asyncio.sleep(POLL_S)

    async def take_database(self, *, restarting: bool) -> None:
        self.network.refuse()
        if restarting:
            await self.server.restart_async(graceful=False)
        await self.until("degraded")
        async with asyncio.timeout(RECOVERY_S_MAX), self.server.client() as http:
            while AWAY not in (await http.get("/records")).text:  # noqa: ASYNC110  # neither can a page
                await asyncio.sleep(POLL_S)


def _is_kept(data_dir: Path, user_id: UUID) -> bool:
    journal = f"{(data_dir / FILE).as_uri()}?mode=ro"
    with closing(sqlite3.connect(journal, uri=True, timeout=60)) as connection:
        saved = connection.execute(CHECKPOINT_IS_CURRENT, (user_id.bytes,)).fetchone()
    try:
        kept = msgspec.msgpack.decode(read_summed(data_dir / KEPT_SESSIONS_FILE, ""), type=KeptFile)
    except FileNotFoundError:
        return False
    sessions = [session for _, session in kept.sessions if session.user_id == user_id]
    return saved is not None and len(sessions) == BEARER_AND_BROWSER


@pytest.fixture
async def place(embedded_server: ServerUnderTest, tmp_path: Path) -> AsyncIterator[Place]:
    async for database in new_database(embedded_server, TEMPLATE):
        network = Proxy(embedded_server.socket_dir / ".s.PGSQL.5432")
        await network.listen()
        settings = {
            "SERTANTAI_DATABASE_URL": f"postgresql://sertantai@127.0.0.1:{network.port}/{database.name}",
            "SERTANTAI_JOURNAL_OPERATIONS_MAX": str(OPERATIONS_MAX),
            "SERTANTAI_SYNC_BACKOFF_S_MAX": "1",
        }
        server = ServerProcess(tmp_path / "data", settings, forked=True)
        try:
            await server.start_async()
            yield Place(server, network)
        finally:
            await asyncio.to_thread(server.sweep)
            network.close()


@asynccontextmanager
async def browser_of(place: Place, person: Client | None) -> AsyncIterator[httpx.AsyncClient]:
    """The same person in a browser, signed in with the form; None: somebody who is not."""
    html = {"accept": "text/html"}
    async with httpx.AsyncClient(
        base_url=place.server.url, headers=html, timeout=ANSWER_S_MAX, verify=WITHOUT_TLS
    ) as browser:
        if person is not None:
            assert (await sign_in(browser, person)).status_code == 303
        yield browser


async def sign_in(browser: httpx.AsyncClient, person: Client) -> httpx.Response:
    form = (await browser.get("/sign-in")).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', form)
    assert token is not None
    fields = {"email": person.email, "password": person.password, "_csrf_token": token[1]}
    return await browser.post("/sign-in", data=fields)


@pytest.mark.parametrize("restarting", [False, True], ids=["while it runs", "from the start"])
async def test_with_the_database_away_known_people_go_on_and_nobody_is_shown_an_empty_list(
    place: Place, restarting: bool
) -> None:
    async with await place.server.register() as person, await place.server.register() as newcomer:
        records = [record["id"] for record in await person.records(limit=20)]
        await person.select(records[0])
        async with browser_of(place, person) as browser:
            assert AWAY not in (await browser.get("/records")).text
            if restarting:
                await place.has_kept(person)
            await place.take_database(restarting=restarting)
            await goes_on(person, browser, records)
        await is_refused_and_shown_nothing_wrong(newcomer, records[0])
        await is_told_why_signing_in_fails(place, person)
        await place.network.listen()
        await place.until("ok")
        assert await person.selected() == {records[1]}
        assert await newcomer.selected() == set()


async def test_at_a_start_without_the_database_no_page_waits_to_know_of_organizations(place: Place) -> None:
    async with await place.server.register() as person, browser_of(place, person) as browser:
        await person.http.post("/organizations", json={"name": "Works"})
        await person.select((await person.records(limit=1))[0]["id"])
        assert "/organizations/works" in (await browser.get("/records")).text
        await place.has_kept(person)
        await place.take_database(restarting=True)
        took_s = []
        for _ in range(3):
            began = time.monotonic()
            assert (await browser.get("/records")).status_code == 200
            took_s.append(time.monotonic() - began)
        assert min(took_s) < PAGE_S_MAX
        # Whether there are others nobody knows, but this one the journal does, or nothing is said of it.
        assert (await person.http.get("/organizations/works")).status_code in (200, 503)
        assert (await person.http.get("/organizations")).status_code == 503
        await place.network.listen()
        await place.until("ok")
        assert (await person.get("/organizations"))["items"][0]["slug"] == "works"


async def test_with_the_database_away_an_import_is_saved_and_says_that_its_report_is_not(
    place: Place,
) -> None:
    async with await place.server.register() as person:
        records = [record["id"] for record in await person.records(limit=5)]
        await person.select(records[0])
        await place.take_database(restarting=False)
        report = [
            {"line": 1, "text": "One", "outcome": "imported", "record_id": records[1]},
            {"line": 2, "text": "Two", "outcome": "missing"},
        ]
        sent: dict[str, Any] = {
            "json": {"items": [{"record_id": records[1]}], "report": report},
            "headers": {"idempotency-key": "the-same"},
        }
        done = (await person.http.post("/groups/default/imports", **sent)).json()
        assert (done["changed"], done["count"], done["import_id"]) == (1, 2, None)
        assert done["told"] == "The laws are imported. The report of this import could not be saved."
        refused = await person.http.get("/groups/default/imports")
        assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        await place.network.listen()
        await place.until("ok")
        assert await person.selected() == set(records[:2])
        assert (await person.get("/groups/default/imports"))["items"] == []
        await place.server.restart_async()  # with what it would answer again
        again = (await person.http.post("/groups/default/imports", **sent)).json()
        assert (again["changed"], again["told"]) == (1, None)
        (kept,) = (await person.get("/groups/default/imports"))["items"]
        assert (kept["outcomes"]["imported"], kept["outcomes"]["already"]) == (1, 0)


async def goes_on(person: Client, browser: httpx.AsyncClient, records: list[str]) -> None:
    """Ticking, reading, counting, undoing, and the register's pages."""
    assert await person.selected() == {records[0]}
    assert (await person.select(records[1]))["count"] == 2
    assert (await person.operate("bulk_select", record_ids=records[5:9]))["count"] == 6
    assert (await person.http.post("/groups/default/undo", json={})).json()["count"] == 2
    assert (await person.deselect(records[0]))["count"] == 1
    assert (await person.get("/groups/default"))["count"] == 1
    shown = await person.records(selected="true", group="default")
    assert [record["id"] for record in shown] == [records[1]]
    for address in ("/records?selected=true", f"/records/{records[1]}", "/groups", "/history"):
        page = await browser.get(address)
        assert (page.status_code, AWAY in page.text) == (200, True), address


async def is_refused_and_shown_nothing_wrong(newcomer: Client, record: str) -> None:
    """The server has never seen this person's lists, so it cannot say that they are empty."""
    for address in ("/groups/default", "/groups/default/record-ids", "/groups", "/records"):
        answer = await newcomer.http.get(address)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable"), address
        assert int(answer.headers["retry-after"]) > 0
    assert (await newcomer.http.put(f"/groups/default/records/{record}")).status_code == 503


async def is_told_why_signing_in_fails(place: Place, person: Client) -> None:
    async with browser_of(place, None) as browser:
        refused = await sign_in(browser, person)
        assert (refused.status_code, DATABASE_AWAY in refused.text) == (503, True)
        page = await browser.get("/records")
        assert (page.status_code, AWAY in page.text, "Act 19" in page.text) == (200, True, True)
    token = {"email": person.email, "password": PASSWORD}
    answer = await person.http.post("/auth/token", json=token)
    assert (answer.status_code, answer.json()["detail"]) == (503, "PostgreSQL cannot be reached.")


async def test_with_the_journal_failing_changes_are_refused_and_reads_go_on(place: Place) -> None:
    async with await place.server.register() as person, await place.server.register() as newcomer:
        records = [record["id"] for record in await person.records(limit=5)]
        await person.select(records[0])
        async with browser_of(place, person) as browser:
            with no_more_writing(place.server.pid):
                for _ in range(3):
                    refused = await person.http.put(f"/groups/default/records/{records[1]}")
                    assert (refused.status_code, refused.json()["code"]) == (503, "journal_unavailable")
                    assert int(refused.headers["retry-after"]) > 0
                assert await person.selected() == {records[0]}
                assert await newcomer.selected() == set(), "who is not in memory is read from the database"
                assert (await place.health())[0] == 503
                page = await browser.get("/records?selected=true")
                assert (page.status_code, REFUSED in page.text) == (200, True)
        assert (await person.select(records[1]))["count"] == 2
        assert (await place.until("ok"))["checks"]["journal"]["status"] == "ok"


async def test_the_journal_is_bounded_and_says_so_long_before(place: Place) -> None:
    async with await place.server.register() as person:
        records = [record["id"] for record in await person.records(limit=200)]
        await person.select(records[0])
        async with browser_of(place, person) as browser:
            await place.take_database(restarting=False)
            await fill(person, records, OPERATIONS_MAX * 6 // 10)
            status, found = await place.health()
            assert (status, found["status"]) == (200, "degraded")
            assert found["checks"]["journal"]["status"] == "degraded"
            assert found["checks"]["journal"]["measures"]["journal_fraction"] > 0.5
            assert HALF_FULL in (await browser.get("/records")).text
            metrics = (await browser.get("/metrics")).text
            assert re.search(r"^sertantai_sync_waiting_operations [6-9]\d\d\.0$", metrics, re.M)

            refused = await fill(person, records, OPERATIONS_MAX)
            assert refused is not None
            assert (refused.status_code, refused.json()["code"]) == (503, "journal_full")
            assert int(refused.headers["retry-after"]) > 0
            status, found = await place.health()
            assert (status, found["checks"]["journal"]["status"]) == (503, "down")
            kept = await person.selected()
            assert FULL in (await browser.get("/records")).text
        await place.network.listen()
        await place.until("ok")
        assert await person.selected() == kept
        assert (await person.http.put(f"/groups/default/records/{records[0]}")).status_code == 200


async def fill(person: Client, records: list[str], times: int) -> httpx.Response | None:
    """Change a list so often, some of its laws at a time; returns the first refusal."""
    changes = [
        ("PUT" if number // len(records) % 2 == 0 else "DELETE", records[number % len(records)])
        for number in range(times)
    ]
    for start in range(0, times, AT_ONCE):
        answers = await asyncio.gather(
            *(
                person.http.request(method, f"/groups/default/records/{record}")
                for method, record in changes[start : start + AT_ONCE]
            )
        )
        for answer in answers:
            if answer.status_code != 200:
                return answer
    return None


@contextmanager
def no_more_writing(pid: int) -> Any:
    """No file of the process may grow beyond its first page: as under a quota that is used up."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
