"""Who sets the ways into an organization is told by its own trail: with what was before, without secrets."""

import asyncio
from typing import Any

import pytest

from sertantai.core.errors import JournalUnavailable
from tests.acceptance.organizations.test_invitation_page import acme
from tests.fixtures.openid.lying_provider import CLIENT_ID, LyingProvider
from tests.fixtures.small_dns import SmallDns
from tests.fixtures.visits import Visit, product

DOMAIN, SECRET = "works.example", "a secret of the organisation"
ANSWER_S_MAX = 60.0


async def told(visit: Visit, below: str, action: str, count: int) -> list[Any]:
    """The lines of the trail, once there are so many."""
    async with asyncio.timeout(ANSWER_S_MAX):
        while True:
            lines: list[Any] = (await visit.get(f"{below}/audit?action={action}&limit=100"))["items"]
            if len(lines) >= count:
                return lines
            await asyncio.sleep(0.05)


async def said(visit: Visit, below: str, count: int) -> list[tuple[Any, Any]]:
    """What the trail says of ways in, the first one first, once it says that much: before and after."""
    lines = await told(visit, below, "describe", count)
    assert {line["actor_name"] for line in lines} == {lines[0]["actor_name"]}, "each says who it was"
    pairs = []
    for line in reversed(lines):
        [(name, after)] = line["metadata"]["settings"].items()
        before = line["metadata"].get("before", {}).get(name)
        pairs.append((before, after and {key: after[key] for key in after if key not in ("by", "at")}))
    return pairs


async def test_each_change_of_a_domain_and_of_the_provider_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    dns = SmallDns()
    async with (
        dns.listening() as server,
        LyingProvider().listening() as provider,
        product(dns_servers=(server,), sign_in_inner_hosts=("127.0.0.1",)) as app,
    ):
        ann = Visit(app)
        below = f"/organizations/{await acme(ann)}"
        domain = f"{below}/domains/{DOMAIN}"
        made = (await ann.call("POST", f"{below}/domains", {"domain": DOMAIN})).json()
        await ann.call("POST", f"{below}/domains", {"domain": DOMAIN})
        await ann.call("POST", f"{domain}/check")
        dns.texts[made["record"]["name"]] = [made["record"]["text"]]
        for _ in range(2):
            assert (await ann.call("POST", f"{domain}/check")).json()["verified_at"]
        for _ in range(2):
            assert (await ann.call("PATCH", domain, {"mode": "admit"})).is_success
        settings = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": SECRET}
        for body in (settings, {**settings, "client_secret": None, "client_id": "another"}):
            answer = await ann.call("PUT", f"{below}/sign-in", body)
            assert answer.is_success, answer.text
        assert (await ann.call("DELETE", f"{below}/sign-in")).status_code == 204
        assert (await ann.call("DELETE", domain)).status_code == 204

        waits, proven = {"mode": "suggest", "proven": False}, {"mode": "suggest", "proven": True}
        admits = {"mode": "admit", "proven": True}
        issuer = {"issuer": provider.issuer}
        assert await said(ann, below, 7) == [
            (None, waits),
            (waits, proven),
            (proven, admits),
            (None, {**issuer, "client_id": CLIENT_ID, "secret": "new"}),
            (
                {**issuer, "client_id": CLIENT_ID, "secret": "there"},
                {**issuer, "client_id": "another", "secret": "kept"},
            ),
            ({**issuer, "client_id": "another", "secret": "there"}, None),
            (admits, None),
        ]
        page = await ann.text(f"{below}/audit")
        for words in (
            f"added the domain {DOMAIN}, to be proven",
            f"proved the domain {DOMAIN}",
            f"changed the domain {DOMAIN}: anyone with an address there joins by themselves; before:",
            f"set the organisation’s provider to sign in with: {provider.issuer}",
            f"client another, with the secret of before; before: {provider.issuer}, client {CLIENT_ID}",
            "removed the organisation’s provider to sign in with, which was",
            f"gave up the domain {DOMAIN}",
        ):
            assert words in page, words
        assert SECRET not in f"{page}{await ann.get(f'{below}/audit?limit=100')}"
        shown = (await ann.get(below))["settings"]
        assert not shown, "what the log keeps of ways in is no setting of members"

        async def full(_operation: object) -> None:
            raise JournalUnavailable("It cannot be written.")

        monkeypatch.setattr(app.state["selections"].engine, "perform", full)
        assert (await ann.call("POST", f"{below}/domains", {"domain": DOMAIN})).status_code == 503
        assert (await ann.call("PUT", f"{below}/sign-in", settings)).status_code == 503
        monkeypatch.undo()
        assert (await ann.get(f"{below}/domains"))["items"] == [], "what cannot be told is not done"
        assert (await ann.get(f"{below}/sign-in"))["issuer"] is None


async def test_each_change_of_an_abbreviation_is_told() -> None:
    async with product() as app:
        ann = Visit(app)
        below = f"/organizations/{await acme(ann)}"
        laws = [law["id"] for law in (await ann.get("/records?limit=2"))["items"]]
        pack = f"{below}/abbreviations/00000000-0000-4000-8000-000000000001"
        for body in (
            {"abbreviation": "site pack", "laws": laws},
            {"abbreviation": "site pack", "laws": laws},
            {"abbreviation": "Leeds pack", "laws": laws[:1]},
        ):
            answer = await ann.call("PUT", pack, body)
            assert answer.is_success, answer.text
        assert (await ann.call("DELETE", pack)).status_code == 204
        assert (await ann.call("DELETE", pack)).status_code == 404
        lines = await told(ann, below, "describe", 3)
        assert len(lines) == 3, "said again it is no change"
        page = await ann.text(f"{below}/audit")
        for words in (
            "added the abbreviation “site pack” for 2 laws",
            "changed the abbreviation “Leeds pack” for 1 law; before: “site pack” for 2 laws",
            "removed the abbreviation “Leeds pack” for 1 law",
        ):
            assert words in page, words
        assert not (await ann.get(below))["settings"]


async def test_what_postgresql_does_not_know_yet_is_waited_for() -> None:
    """An organization that was founded, and a list that was made, while the synchroniser pauses."""
    async with product(sync_interval_ms=10_000) as app:
        ann = Visit(app)
        await ann.sign_up()
        [law] = (await ann.get("/records?limit=1"))["items"]
        engine = app.state["selections"].engine

        async def founded(tick: str) -> str:
            await engine.flush()
            assert (await ann.call(tick, f"/groups/default/records/{law['id']}")).is_success
            async with asyncio.timeout(ANSWER_S_MAX):
                while engine.synced < engine.journal.last:  # noqa: ASYNC110  # to wait would end its pause
                    await asyncio.sleep(0.01)
            made = await ann.call("POST", "/organizations", {"name": f"Acme {tick}"})
            return f"/organizations/{made.json()['slug']}"

        pack = f"{await founded('PUT')}/abbreviations/00000000-0000-4000-8000-000000000001"
        answer = await ann.call("PUT", pack, {"abbreviation": "site pack", "laws": [law["id"]]})
        assert answer.is_success, answer.text
        made = await ann.call("POST", f"{await founded('DELETE')}/groups", {"name": "Leeds"})
        line = {"line": 1, "text": law["name"], "outcome": "imported", "record_id": law["id"]}
        items = {"items": [{"record_id": law["id"]}], "report": [line]}
        done = await ann.call("POST", f"/groups/{made.json()['id']}/imports", items)
        assert done.json()["told"] is None, "the report is kept, too"


async def test_each_invitation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is made, sent again and revoked; to which address only to who may see personal fields."""
    async with product() as app:
        ann, ben = Visit(app), Visit(app)
        below = f"/organizations/{await acme(ann)}"
        ways, email = f"{below}/invitations", "cy@works.example"
        team = (await ann.call("POST", f"{below}/teams", {"name": "Leeds"})).json()["id"]
        link = (await ann.call("POST", ways, {"role": "admin", "domains": ["example.org"]})).json()
        made = (await ann.call("POST", ways, {"email": email, "role": "viewer", "teams": [team]})).json()
        assert (await ann.call("POST", ways, {"email": email, "role": "member"})).json()["id"] == made["id"]
        assert (await ann.call("POST", f"{ways}/{made['id']}/resend")).is_success
        for status in (204, 404):
            assert (await ann.call("DELETE", f"{ways}/{made['id']}")).status_code == status
        lines = await told(ann, below, "describe", 5)
        assert len(lines) == 5
        [(name, said)] = lines[3]["metadata"]["told"].items()
        assert name.endswith(made["id"])
        assert (said["email"], said["role"], said["teams"]) == (email, "viewer", [team])
        page = await ann.text(f"{below}/audit")
        for words in (
            "created a link with which 1 person of example.org can join as Admin",
            f"invited {email} as Viewer, into the team “Leeds”",
            f"invited {email} again as Member",
            f"revoked the invitation of {email} as Member",
        ):
            assert words in page, words
        await ben.sign_up()
        assert (await ben.call("POST", "/invitations/accept", {"token": link["token"]})).status_code == 404
        wide = (await ann.call("POST", ways, {"role": "admin"})).json()
        assert (await ben.call("POST", "/invitations/accept", {"token": wide["token"]})).is_success
        assert len(await told(ben, below, "describe", 6)) == 6
        for seen in (await ben.text(f"{below}/audit"), str(await ben.get(f"{below}/audit?limit=100"))):
            assert email not in seen
        assert "invited somebody as Viewer" in await ben.text(f"{below}/audit")
        whole = f"{page}{await ann.get(f'{below}/audit?limit=100')}"
        assert link["token"] not in whole
        assert wide["token"] not in whole

        async def full(_operation: object) -> None:
            raise JournalUnavailable("It cannot be written.")

        monkeypatch.setattr(app.state["selections"].engine, "perform", full)
        for body in ({"role": "viewer"}, {"email": email, "role": "viewer"}):
            assert (await ann.call("POST", ways, body)).status_code == 503
        pending = [one["id"] for one in (await ann.get(ways))["items"]]
        assert (await ann.call("DELETE", f"{ways}/{link['id']}")).status_code == 503
        monkeypatch.undo()
        assert pending == [one["id"] for one in (await ann.get(ways))["items"]] == [link["id"]]
