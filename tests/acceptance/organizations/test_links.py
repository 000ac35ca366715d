"""Links to read one list: what they show, to whom, and what ends them."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import httpx
import pytest

from sertantai.lists.together.links import LIFETIME_MAX, LINKS_OF_LIST_MAX, TOKEN_CHARACTERS_MAX
from sertantai.web.parts.shared_laws import SEARCH_CHARACTERS_MAX
from tests.fixtures.client import WITHOUT_TLS, Client
from tests.fixtures.colleagues import Organization, but_for_the_number, call, good, organization
from tests.fixtures.process import ServerProcess

NOTE = "Only for our own eyes"


async def law(person: Client) -> str:
    id: str = (await person.records(limit=1))[0]["id"]
    return id


async def link(person: Client, group: str, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = await good(person, "POST", f"/groups/{group}/links", body)
    return made


async def shown(server: ServerProcess, token: str, query: str = "") -> httpx.Response:
    """By somebody without an account."""
    async with httpx.AsyncClient(base_url=server.url, verify=WITHOUT_TLS) as stranger:
        return await stranger.get(f"/api/v1/shared/{token}{query}")


async def page(server: ServerProcess, token: str, query: str = "") -> httpx.Response:
    async with httpx.AsyncClient(base_url=server.url, verify=WITHOUT_TLS) as stranger:
        return await stranger.get(f"/shared/{token}{query}")


async def filled(acme: Organization) -> tuple[str, str]:
    """A list with one law and a note."""
    group, record = await acme.list(), await law(acme["owner"])
    await acme["owner"].select(record, group)
    await good(acme["owner"], "PATCH", f"/groups/{group}/records/{record}", {"note": NOTE, "tags": ["leeds"]})
    return group, record


async def test_a_link_shows_one_list_without_an_account_and_nothing_of_its_members(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        group, record = await filled(acme)
        made = await link(acme["owner"], group)
        answer = await shown(shared_server, made["token"])
        assert answer.status_code == 200
        body = answer.json()
        assert [one["id"] for one in body["items"]] == [record]
        assert (body["count"], body["total"], body["organization"]) == (1, 1, "Acme")
        seen = await page(shared_server, made["token"])
        assert seen.status_code == 200
        assert 'data-testid="shared-law"' in seen.text
        secrets = [NOTE, "leeds", *(str(one.email) for one in acme.people.values())]
        secrets += [str(one.user_id) for one in acme.people.values()]
        names = [
            m["user"]["name"] for m in (await good(acme["owner"], "GET", f"{acme.path}/members"))["items"]
        ]
        for said in (answer.text, seen.text):
            assert not [one for one in (*secrets, *names) if one in said]


async def test_notes_are_shown_and_searched_only_where_the_link_says_so(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        group, _ = await filled(acme)
        without, with_ = await link(acme["owner"], group), await link(acme["owner"], group, notes=True)
        assert (await shown(shared_server, with_["token"])).json()["items"][0]["note"] == NOTE
        assert NOTE in (await page(shared_server, with_["token"])).text
        assert (await shown(shared_server, with_["token"], "?q=leeds")).json()["total"] == 1
        assert (await shown(shared_server, without["token"], "?q=leeds")).json()["total"] == 0


async def test_neither_referer_nor_search_engine_nor_log_learns_the_address(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        made = await link(acme["owner"], await acme.list())
        for answer in (
            await page(shared_server, made["token"]),
            await shown(shared_server, made["token"]),
            await page(shared_server, "nothing"),
        ):
            assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
            assert answer.headers["x-robots-tag"] == "noindex, nofollow"
            assert answer.headers["cache-control"] == "no-store"
        assert made["token"] not in shared_server.log()


async def dead(server: ServerProcess, token: str) -> None:
    """As one that never was, byte for byte and in the same time."""
    took, answers = [], []
    for one in (token, "x" * len(token)):
        began = perf_counter()
        answers.append(await shown(server, one))
        took.append(perf_counter() - began)
    assert [answer.status_code for answer in answers] == [404, 404]
    assert but_for_the_number(answers[0]) == but_for_the_number(answers[1])
    assert min(took) >= 0.24
    assert (await page(server, token)).status_code == 404


async def test_revoked_it_is_as_if_it_never_was(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        group = await acme.list()
        made = await link(acme["owner"], group)
        assert (await shown(shared_server, made["token"])).status_code == 200
        await good(acme["admin"], "DELETE", f"/groups/{group}/links/{made['id']}")
        await dead(shared_server, made["token"])
        assert (await good(acme["owner"], "GET", f"/groups/{group}/links"))["items"] == []
        again = await call(acme["owner"], "DELETE", f"/groups/{group}/links/{made['id']}")
        assert again.status == 404


@pytest.mark.parametrize(
    ("by", "change"),
    [
        ("owner", {"permissions": {"allow": [], "deny": []}}),
        ("owner", {"role": "member"}),
        ("owner", {"suspended": True}),
    ],
)
async def test_it_ends_with_its_makers_right(
    shared_server: ServerProcess, by: str, change: dict[str, Any]
) -> None:
    async with organization(shared_server, "admin") as acme:
        group, admin = await acme.list(), acme["admin"]
        refused = await call(admin, "POST", f"/groups/{group}/links", {})
        assert (refused.status, refused.body["permission"]) == (403, "link_create")
        allowed = {"permissions": {"allow": ["link_create"], "deny": []}}
        await good(acme["owner"], "PATCH", acme.member("admin"), allowed)
        made = await link(admin, group)
        assert (await shown(shared_server, made["token"])).status_code == 200
        await good(acme[by], "PATCH", acme.member("admin"), change)
        await dead(shared_server, made["token"])
        assert [
            one["good"] for one in (await good(acme["owner"], "GET", f"/groups/{group}/links"))["items"]
        ] == [False]


async def test_it_shows_nothing_while_its_makers_account_is_shut(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        admin, group = acme["admin"], await acme.list()
        allowed = {"permissions": {"allow": ["link_create"], "deny": []}}
        await good(acme["owner"], "PATCH", acme.member("admin"), allowed)
        made = [(await link(admin, one))["token"] for one in (group, "default")]
        for command, status in (("disable", 404), ("enable", 200)):
            done = await asyncio.to_thread(shared_server.command, "users", command, str(admin.email))
            assert done.returncode == 0, done.stderr
            assert [(await shown(shared_server, one)).status_code for one in made] == [status] * 2


async def test_whoever_left_and_came_again_makes_another(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        group, admin = await acme.list(), acme["admin"]
        allowed = {"permissions": {"allow": ["link_create"], "deny": []}}
        await good(acme["owner"], "PATCH", acme.member("admin"), allowed)
        made = await link(admin, group)
        await good(admin, "DELETE", acme.member("admin"))
        await dead(shared_server, made["token"])
        await acme.join(admin, "admin")
        await good(acme["owner"], "PATCH", acme.member("admin"), allowed)
        await dead(shared_server, made["token"])
        assert (await shown(shared_server, (await link(admin, group))["token"])).status_code == 200


async def test_it_ends_when_its_list_is_restricted_or_deleted_and_does_not_come_back(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner, group = acme["owner"], await acme.list()
        made = await link(owner, group)
        await good(owner, "PATCH", f"/groups/{group}", {"access": "restricted"})
        await dead(shared_server, made["token"])
        assert (await call(owner, "POST", f"/groups/{group}/links", {})).status == 409
        await good(owner, "PATCH", f"/groups/{group}", {"access": "open"})
        await dead(shared_server, made["token"])
        second = await link(owner, group)
        await good(owner, "DELETE", f"/groups/{group}")
        await dead(shared_server, second["token"])
        await good(owner, "POST", f"/groups/{group}/restore")
        await dead(shared_server, second["token"])


async def test_it_is_bounded_in_time_and_number(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        owner, group, now = acme["owner"], await acme.list(), datetime.now(UTC)
        made = await link(owner, group)
        until = datetime.fromisoformat(made["expires_at"])
        assert timedelta(days=29, hours=23) < until - now < timedelta(days=30, hours=1)
        for wrong in (now - timedelta(seconds=1), now + LIFETIME_MAX + timedelta(minutes=1)):
            refused = await call(owner, "POST", f"/groups/{group}/links", {"expires_at": wrong.isoformat()})
            assert (refused.status, refused.body["field"]) == (422, "expires_at")
        soon = await link(owner, group, expires_at=(datetime.now(UTC) + timedelta(seconds=2)).isoformat())
        assert (await shown(shared_server, soon["token"])).status_code == 200
        await asyncio.sleep(2.2)
        await dead(shared_server, soon["token"])
        for _ in range(LINKS_OF_LIST_MAX - 1):
            await link(owner, group)
        assert (await call(owner, "POST", f"/groups/{group}/links", {})).status == 409
        last = {"expires_at": (datetime.now(UTC) + LIFETIME_MAX).isoformat()}
        assert (await call(owner, "POST", f"/groups/{await acme.list()}/links", last)).status == 201


async def test_what_is_longer_than_a_secret_or_a_search_is_neither(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        group, _ = await filled(acme)
        token = (await link(acme["owner"], group))["token"]
        assert (await shown(shared_server, token.ljust(TOKEN_CHARACTERS_MAX + 1, "x"))).status_code == 404
        longest = "a" * SEARCH_CHARACTERS_MAX
        for q in (longest, longest + "b"):  # what is beyond it is cut
            answer = await shown(shared_server, token, f"?q={q}")
            assert (answer.status_code, answer.json()["total"]) == (200, 0)


async def test_who_may_not_share_sees_and_makes_none(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        group = await acme.list()
        made = await link(acme["owner"], group)
        for role, status in (("member", 403), ("viewer", 403), ("stranger", 404)):
            assert (await call(acme[role], "GET", f"/groups/{group}/links")).status == status
            assert (await call(acme[role], "POST", f"/groups/{group}/links", {})).status == status
            assert (await call(acme[role], "DELETE", f"/groups/{group}/links/{made['id']}")).status == status
        assert (await shown(shared_server, made["token"])).status_code == 200


async def test_a_list_of_ones_own_has_links_too(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        record = await law(person)
        await person.select(record)
        made = await link(person, "default")
        body = (await shown(shared_server, made["token"])).json()
        assert ([one["id"] for one in body["items"]], body["organization"]) == ([record], None)
        assert person.email not in (await page(shared_server, made["token"])).text
        (listed,) = (await good(person, "GET", "/groups/default/links"))["items"]
        assert (listed["opened"], listed["token"], listed["url"]) == (2, None, None)
        facts = await good(person, "GET", "/groups/default")
        assert "link" not in str(facts["metadata"])


async def test_what_was_done_with_links_stands_in_the_trail(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        owner, group = acme["owner"], await acme.list()
        made = await link(owner, group)
        version = (await good(owner, "GET", f"/groups/{group}"))["version"]
        for _ in range(3):
            assert (await shown(shared_server, made["token"])).status_code == 200
        assert (await good(owner, "GET", f"/groups/{group}"))["version"] == version, "it is the same list"
        await good(owner, "DELETE", f"/groups/{group}/links/{made['id']}")
        lines: list[Any] = []
        trail: Any = {}
        for _ in range(50):
            trail = await good(owner, "GET", f"{acme.path}/audit?group={group}")
            lines = [
                one["metadata"]["link"]["did"] for one in trail["items"] if "link" in (one["metadata"] or {})
            ]
            if len(lines) == 3:
                break
            await asyncio.sleep(0.1)
        assert lines == ["revoked", "opened", "made"]
    assert made["token"] not in str(trail)
