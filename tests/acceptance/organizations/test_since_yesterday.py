"""What the page of an organization says of yesterday and today: to each what they may know."""

import html
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sertantai.web.pages.organizations.since_yesterday import yesterday
from tests.fixtures.client import Client, ask
from tests.fixtures.colleagues import Organization, good, organization
from tests.fixtures.process import ServerProcess

CARD = re.compile(r'data-testid="since-yesterday">(.*?)</ul>', re.DOTALL)
LINK = re.compile(r'<a href="([^"]+)">(ticked|unticked|noted) <data value="(\d+)">')


async def home(server: ServerProcess, person: Client, acme: Organization, zone: str = "") -> str:
    """The card alone, or nothing."""
    headers = {"cookie": f"sertantai_zone={zone}"} if zone else {}
    answer = await ask(person.http, "GET", f"{server.url}{acme.path}", headers=headers)
    assert answer.status_code == 200, answer.text
    found = CARD.search(answer.text)
    return "" if found is None else html.unescape(found[1])


async def change(person: Client, list_: str, law: str) -> None:
    await good(person, "PUT", f"/groups/{list_}/records/{law}")
    await good(person, "PATCH", f"/groups/{list_}/records/{law}", {"note": "because"})
    await good(person, "DELETE", f"/groups/{list_}/records/{law}")


async def test_who_changed_what_is_counted_and_leads_to_the_history(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        owner, member, viewer = acme["owner"], acme["member"], acme["viewer"]
        assert await home(shared_server, viewer, acme) == "", "nothing was changed"
        open_ = await acme.list(name="Open site")
        secret = await acme.list(name="Hush hush", access="restricted")
        laws = [one["id"] for one in (await good(owner, "GET", "/records?limit=3"))["items"]]
        ticked = {"action": "bulk_select", "record_ids": laws}
        await good(member, "POST", f"/groups/{open_}/operations", ticked)
        await change(owner, open_, laws[0])
        await change(owner, secret, laws[1])
        assert shared_server.command("sync", "flush").returncode == 0

        seen = await home(shared_server, viewer, acme)
        assert "Open site" in seen
        assert "Hush hush" not in seen
        assert secret not in seen
        counts = [(word, int(laws)) for _, word, laws in LINK.findall(seen)]
        assert counts == [("ticked", 3), ("unticked", 1), ("noted", 1)]
        for path, word, laws_changed in LINK.findall(seen):
            history = await ask(viewer.http, "GET", f"{shared_server.url}{path}")
            assert history.status_code == 200, path
            [entry] = re.findall(r'data-testid="audit-entry"', history.text)
            assert f"group={open_}" in path
            assert "since=" in path
            assert entry, (word, laws_changed)
        assert "Hush hush" in await home(shared_server, owner, acme)
        denied = {"permissions": {"deny": ["audit_read"]}}
        await good(owner, "PATCH", acme.member("viewer"), denied)
        assert await home(shared_server, viewer, acme) == "", "who may not read the history reads no counts"


async def test_yesterday_is_that_of_the_reader(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "viewer") as acme:
        list_ = await acme.list(name="Open site")
        law = (await good(acme["owner"], "GET", "/records?limit=1"))["items"][0]["id"]
        await good(acme["owner"], "PUT", f"/groups/{list_}/records/{law}")
        assert shared_server.command("sync", "flush").returncode == 0
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            before = yesterday(datetime.now(UTC), ZoneInfo(zone))[0]
            seen = await home(shared_server, acme["viewer"], acme, zone)
            after = yesterday(datetime.now(UTC), ZoneInfo(zone))[0]
            assert any(f"since={day}" in seen for day in {before, after})


@pytest.mark.parametrize(
    ("now", "zone", "began"),
    [
        ("2026-03-30T00:30:00+01:00", ZoneInfo("Europe/London"), "2026-03-29T00:00:00+00:00"),
        ("2026-03-31T12:00:00+01:00", ZoneInfo("Europe/London"), "2026-03-29T23:00:00+00:00"),
        ("2026-06-01T23:30:00+00:00", ZoneInfo("Pacific/Kiritimati"), "2026-05-31T10:00:00+00:00"),
        ("2026-06-01T23:30:00+00:00", UTC, "2026-05-31T00:00:00+00:00"),
        ("2026-06-01T23:30:00+00:00", timezone(timedelta(hours=-10)), "2026-05-31T10:00:00+00:00"),
    ],
)
def test_yesterday_began_when_that_day_did(now: str, zone: Any, began: str) -> None:
    day, since = yesterday(datetime.fromisoformat(now), zone)
    assert since == datetime.fromisoformat(began)
    assert since.astimezone(zone).date() == day
