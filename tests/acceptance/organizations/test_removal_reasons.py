"""Why laws are removed: kept wherever it is said, and required where an organization wants it."""

from typing import Any

from tests.fixtures.client import Client, ask
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.process import ServerProcess

BECAUSE = "Site closed in May"
SEEN = {"If-Unmodified-Since-Version": "1000000000"}
"""Of whoever has seen all that was done, and clears."""


async def wants(acme: Organization, how: str | None) -> None:
    await good(acme["owner"], "PATCH", acme.path, {"settings": {"removal_reasons": how}})


async def reasons(person: Client, path: str) -> dict[str, set[str]]:
    """By what was done, why."""
    found: dict[str, set[str]] = {}
    for entry in (await good(person, "GET", f"{path}&limit=500"))["items"]:
        if entry["reason"]:
            found.setdefault(entry["action"], set()).add(entry["reason"])
    return found


async def test_where_a_reason_is_required_every_way_to_remove_laws_asks_for_it(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner = acme["owner"]
        group, other = await acme.list(), await acme.list()
        laws = [law["id"] for law in await owner.records(limit=8)]
        await good(
            owner, "POST", f"/groups/{group}/operations", {"action": "bulk_select", "record_ids": laws}
        )
        await wants(acme, "require")
        one, base = laws[0], f"/groups/{group}"
        ways: list[tuple[str, str, Any]] = [
            ("DELETE", f"{base}/records/{one}", None),
            ("POST", f"{base}/operations", {"action": "bulk_deselect", "record_ids": [one]}),
            ("POST", f"{base}/operations", {"action": "clear_all"}),
            ("POST", f"{base}/ranges", {"action": "bulk_deselect", "from": one, "to": one}),
            ("POST", f"{base}/transfers", {"to": other, "move": True, "record_ids": [one]}),
            ("POST", "/groups/combine", {"expression": other, "save_into": group, "mode": "replace"}),
            ("DELETE", base, None),
        ]
        for method, path, body in ways:
            refused = await ask(owner.http, method, path, json=body, headers=SEEN)
            assert refused.status_code == 422, (method, path, refused.text)
            assert (refused.json()["code"], refused.json()["field"]) == ("reason_needed", "reason")
        assert (await good(owner, "GET", base))["count"] == len(laws), "nothing of it was done"
        assert (await good(owner, "GET", f"/groups/{other}"))["count"] == 0, "nor half of it"
        for at, (method, path, body) in enumerate(ways):
            said = f"{BECAUSE} {at}"
            path, body = (path, {**body, "reason": said}) if body else (f"{path}?reason={said}", None)
            done = await ask(owner.http, method, path, json=body, headers=SEEN)
            assert done.is_success, (method, path, done.text)
            if (await call(owner, "GET", base)).status == 200:
                await good(owner, "POST", f"{base}/undo")  # which needs none
        found = await reasons(owner, f"{acme.path}/audit?group={group}")
        assert set().union(*found.values()) == {f"{BECAUSE} {at}" for at in range(len(ways))}
        assert found["delete_group"] == {f"{BECAUSE} {len(ways) - 1}"}


async def test_of_ones_own_list_it_is_kept_where_it_is_said_and_never_required(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        laws = [law["id"] for law in await person.records(limit=3)]
        for law in laws:
            await person.select(law)
        await good(person, "DELETE", f"/groups/default/records/{laws[0]}")
        await good(person, "DELETE", f"/groups/default/records/{laws[1]}?reason={BECAUSE}")
        too_long = await call(person, "DELETE", f"/groups/default/records/{laws[2]}?reason={'x' * 501}")
        assert (too_long.status, too_long.body["field"]) == (422, "reason")
        assert await reasons(person, "/audit?group=default") == {"deselect": {BECAUSE}}


async def test_what_was_suggested_is_removed_for_the_reason_that_was_given_with_it(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member = acme["owner"], acme["member"]
        group = await acme.list()
        law = (await owner.records(limit=1))[0]["id"]
        await owner.select(law, group)
        await wants(acme, "require")
        base = f"/groups/{group}/suggestions"
        wish = {"action": "bulk_deselect", "record_ids": [law]}
        silent = await good(member, "POST", base, wish)
        refused = await call(owner, "POST", f"{base}/{silent['id']}/accept")
        assert (refused.status, refused.code) == (422, "reason_needed")
        await good(owner, "POST", f"{base}/{silent['id']}/accept", {"reason": "Agreed: sold"})
        await owner.select(law, group)
        told = await good(member, "POST", base, {**wish, "reason": BECAUSE})
        await good(owner, "POST", f"{base}/{told['id']}/accept")
        found = await reasons(owner, f"{acme.path}/audit?group={group}&action=deselect")
        assert found == {"deselect": {"Agreed: sold", BECAUSE}}
