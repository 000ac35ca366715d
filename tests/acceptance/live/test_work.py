"""How far somebody's files are: told over their socket while they are made or read, and to nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.fixtures.client import Client
from tests.fixtures.live.wire import Wire, socket
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLE = "Law;Owner\n" + "Clean Air Act 1993;EHS\n" * 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as person:
        yield person


@pytest_asyncio.fixture(loop_scope="module")
async def hers(shared_server: ServerProcess, ada: Client) -> AsyncIterator[Wire]:
    async with socket(shared_server.url, ada.token) as wire:
        assert (await wire.listen(topic(ada)))["work"] == []
        yield wire


def topic(person: Client) -> str:
    return f"user:{person.user_id}"


async def until_over(wire: Wire) -> list[dict[str, Any]]:
    """What is told of work, up to its end."""
    told: list[dict[str, Any]] = []
    while not told or told[-1]["state"] not in ("done", "failed"):
        told.append((await wire.event("work")).payload)
    return told


async def test_an_export_is_told_of_to_whoever_asked_for_it(
    shared_server: ServerProcess, ada: Client, hers: Wire
) -> None:
    list_ = (await ada.http.post("/groups", json={"name": "Leeds"})).json()
    async with await shared_server.register() as ben, socket(shared_server.url, ben.token) as other:
        await other.listen(topic(ben))
        file = await ada.http.get(f"/groups/{list_['id']}/export.xlsx?progress=mine")
        assert file.content.startswith(b"PK")
        *before, last = await until_over(hers)
        common = {"id": "mine", "kind": "export", "list": list_["id"], "name": list_["name"]}
        assert last == {**common, "state": "done"}
        assert {one["state"] for one in before} <= {"running"}
        assert [heard for heard in await other.heartbeat() if heard.event == "work"] == []


async def test_an_export_that_somebody_hangs_up_on_did_not_end_well(
    shared_server: ServerProcess, ada: Client, hers: Wire
) -> None:
    async with shared_server.client(ada.token) as http:
        asked = asyncio.ensure_future(http.get("/api/v1/records/export.xlsx"))
        assert (await hers.event("work")).payload["state"] == "running"
        async with socket(shared_server.url, ada.token) as late:
            (now,) = (await late.listen(topic(ada)))["work"]
            assert (now["kind"], now["state"]) == ("export", "running")
        asked.cancel()
        assert (await until_over(hers))[-1]["state"] == "failed"
    assert (await hers.ask(topic(ada), "phx_leave", join_ref=f"j{topic(ada)}"))[0] == "ok"
    assert (await hers.listen(topic(ada)))["work"] == []


async def test_a_file_that_is_read_for_an_import_is_told_of(ada: Client, hers: Wire) -> None:
    read = await ada.http.post("/imports/tables?name=register.csv", content=TABLE.encode())
    assert read.status_code == httpx.codes.OK, read.text
    *_, last = await until_over(hers)
    assert last.pop("id")
    assert last == {"kind": "import", "name": "register.csv", "state": "done"}
    broken = await ada.http.post("/imports/tables?name=register.xlsx", content=b"PK\x03\x04 no workbook")
    assert broken.is_client_error, broken.text
    assert (await until_over(hers))[-1]["state"] == "failed"
