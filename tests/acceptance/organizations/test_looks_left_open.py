"""A server is killed while an administrator looks into an organization: its trail says so all the same."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.fixtures.client import ANSWER_S_MAX, PASSWORD, WITHOUT_TLS, Client, ask
from tests.fixtures.colleagues import good, organization
from tests.fixtures.process import ServerProcess
from tests.fixtures.servers import StartServer
from tests.fixtures.visits import Visit

WHY = "Ann asked us to find her lost ticks"


class Afar(Visit):
    """An administrator's browser on a server that is a process of its own."""

    def __init__(self, server: ServerProcess) -> None:
        self.http = httpx.AsyncClient(
            base_url=server.url, headers={"accept": "text/html"}, timeout=ANSWER_S_MAX, verify=WITHOUT_TLS
        )
        self.email = f"{uuid4().hex}@example.org"
        done = server.command("users", "create", self.email, "--role", "admin", stdin=f"{PASSWORD}\n")
        assert done.returncode == 0, done.stderr


async def looks(owner: Client, path: str, count: int) -> list[dict[str, Any]]:
    """What the organization's trail says of looks, the first one first, once it says that much."""
    async with asyncio.timeout(ANSWER_S_MAX):
        while len(found := (await good(owner, "GET", f"{path}/audit?action=look_in"))["items"]) < count:  # noqa: ASYNC110  # a trail calls nobody
            await asyncio.sleep(0.1)
    return list(reversed(found))


async def test_killed_while_somebody_looks_it_is_said_at_the_next_start(start_server: StartServer) -> None:
    server = start_server()
    async with organization(server, "viewer") as acme:
        admin, owner, page = Afar(server), acme["owner"], f"/admin/organizations/{acme.slug}"
        await admin.sign_in()
        for reason in ("Only for a moment this time", WHY):
            answer = await admin.send(f"{page}/look", reason=reason, current_password=PASSWORD)
            assert answer.status_code == 303, answer.text[:500]
        assert WHY in await admin.text(page)
        assert not [name for name in (await good(owner, "GET", acme.path))["settings"] if "look" in name]
        killed = datetime.now(UTC)
        server.kill9()
        await asyncio.to_thread(server.start)

        opened, ended, again, found = await looks(owner, acme.path, 4)
        assert [one["metadata"]["step"] for one in (opened, ended, again, found)] == ["opened", "ended"] * 2
        assert "latest" not in ended["metadata"], "this one ended when the trail says"
        said = found["metadata"]
        assert (said["look"], said["name"]) == (again["operation_id"], admin.email)
        latest = datetime.fromisoformat(said["latest"])
        assert killed - timedelta(seconds=1) <= latest <= datetime.fromisoformat(found["at"])
        assert latest < datetime.fromisoformat(again["metadata"]["until"]), "not when it would have ended"
        told = (await ask(owner.http, "GET", f"{server.url}{acme.path}/audit")).text
        assert "stopped reading the organisation, at the latest on" in told
        assert WHY not in await admin.text(page), "the form that asks why again"
        await admin.http.aclose()
    assert server.terminate() == 0
