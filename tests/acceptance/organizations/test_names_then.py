"""What somebody did keeps the name that they had, after they left and after their account was disabled."""

import asyncio
from typing import Any

from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.process import ServerProcess

ANSWER_S_MAX = 60.0


async def told_of(acme: Organization, person: Client, newest: str) -> list[dict[str, Any]]:
    """What the owner reads of what one person did, once the database has the newest of it."""
    path = f"{acme.path}/audit?actor={person.user_id}"
    async with asyncio.timeout(ANSWER_S_MAX):
        while True:
            items: list[dict[str, Any]] = (await good(acme["owner"], "GET", path))["items"]
            if items and items[0]["action"] == newest:
                return items
            await asyncio.sleep(0.1)


async def test_what_somebody_did_keeps_their_name(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        list_ = await acme.list()
        for role, name in (("admin", "Ada Admin"), ("member", "Mia Member")):
            await good(acme[role], "PATCH", acme.member(role), {"name": name})
            [law] = await acme[role].records(limit=1)
            await good(acme[role], "PUT", f"/groups/{list_}/records/{law['id']}")
            await good(acme[role], "DELETE", f"/groups/{list_}/records/{law['id']}")
        gone, disabled = acme["member"], acme["admin"]
        before = {person: len(await told_of(acme, person, "deselect")) for person in (gone, disabled)}
        assert min(before.values()) >= 3, "was named, ticked and unticked"

        assert (await call(gone, "DELETE", acme.member("member"))).status == 204
        done = await asyncio.to_thread(shared_server.command, "users", "disable", disabled.email)
        assert done.returncode == 0, done.stderr
        assert (await call(disabled, "GET", acme.path)).status == 401
        for person, newest, name, more in (
            (gone, "expel", "Mia Member", 1),
            (disabled, "deselect", "Ada Admin", 0),
        ):
            items = await told_of(acme, person, newest)
            assert len(items) == before[person] + more
            assert {one["actor_name"] for one in items} == {name}
        # Somebody who never was in it has no name there, whatever they are called elsewhere.
        never = f"{acme.path}/audit?actor={acme['stranger'].user_id}"
        assert (await good(acme["owner"], "GET", never))["items"] == []
