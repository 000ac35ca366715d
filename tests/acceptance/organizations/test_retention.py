"""How long an organization keeps its history: an owner says so, and the history says who did."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from sertantai.postgres.cluster import dsn
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acme(shared_server: ServerProcess) -> AsyncIterator[Organization]:
    async with organization(shared_server, "admin", "member") as made:
        yield made


def months(value: Any) -> dict[str, Any]:
    return {"settings": {"audit_retention_months": value}}


async def keep(acme: Organization, value: Any) -> dict[str, Any]:
    kept: dict[str, Any] = (await good(acme["owner"], "PATCH", acme.path, months(value)))["audit_retention"]
    return kept


async def test_an_owner_says_so_and_a_shorter_time_begins_two_weeks_later(acme: Organization) -> None:
    """The site keeps everything for ever here."""
    kept = await keep(acme, 24)
    assert (kept["months"], kept["site_months"], kept["next_months"]) == (0, 0, 24)
    begins = datetime.fromisoformat(kept["next_from"]) - datetime.now(UTC)
    assert timedelta(days=13, hours=23) < begins <= timedelta(days=14)
    again = await keep(acme, 24)
    assert again["next_from"] == kept["next_from"], "asked twice, the day stays"
    seen = await good(acme["member"], "GET", acme.path)
    assert seen["audit_retention"] == kept
    assert "audit_retention_months" not in seen["settings"], "not in force yet"


async def test_a_longer_time_calls_off_what_waits(acme: Organization) -> None:
    await keep(acme, 24)
    kept = await keep(acme, None)
    assert (kept["months"], kept["next_months"], kept["next_from"]) == (0, None, None)


@pytest.mark.parametrize("role", ["admin", "member"])
async def test_nobody_else_says_so(acme: Organization, role: str) -> None:
    refused = await call(acme[role], "PATCH", acme.path, months(24))
    assert (refused.status, refused.body["permission"]) == (403, "retention_manage")
    given = await call(
        acme["owner"],
        "PATCH",
        acme.member(role),
        {"permissions": {"allow": ["retention_manage"]}},
    )
    assert given.status == 422, "an owner gives it to nobody"


@pytest.mark.parametrize("value", [11, 1, -12, 1_201, "24", 24.5, True, [24], {"months": 24}])
async def test_what_is_no_number_of_months_changes_nothing(acme: Organization, value: Any) -> None:
    before = await good(acme["owner"], "GET", acme.path)
    refused = await call(acme["owner"], "PATCH", acme.path, {**months(value), "name": "Other"})
    assert (refused.status, refused.body["field"]) == (422, "audit_retention_months")
    assert await good(acme["owner"], "GET", acme.path) == before


async def test_who_shortened_it_and_when_is_in_the_history(
    acme: Organization, shared_server: ServerProcess
) -> None:
    await keep(acme, 36)
    assert shared_server.command("sync", "flush").returncode == 0
    said = await good(acme["owner"], "GET", f"{acme.path}/audit?action=describe")
    last = said["items"][0]
    assert last["actor"] == acme["owner"].user_id
    assert last["metadata"]["audit_retention_months"] == 36
    assert last["metadata"]["site_retention_months"] == 0


async def test_the_operator_sees_it_and_says_so_too(acme: Organization, shared_server: ServerProcess) -> None:
    await keep(acme, None)

    def command(*arguments: str, code: int = 0) -> str:
        done = shared_server.command("organizations", "retention", acme.slug, *arguments)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    asked = command("18")
    assert asked.startswith(f"{acme.slug}: its trail is kept as the site's: for ever; from ")
    assert asked.strip().endswith("UTC for 18 months")
    assert shared_server.command("sync", "flush").returncode == 0
    shown = json.loads(command("--json"))
    seen = (await good(acme["owner"], "GET", acme.path))["audit_retention"]
    assert (shown["next_months"], seen["next_months"]) == (18, 18)
    assert "12 to 1,200 whole months" in command("11", code=1)
    command("0")
    assert (await good(acme["owner"], "GET", acme.path))["audit_retention"]["next_months"] is None


async def test_everything_was_allowed_and_all_is_clean(
    acme: Organization, shared_server: ServerProcess
) -> None:
    await keep(acme, 48)
    assert shared_server.command("sync", "flush").returncode == 0
    checked = shared_server.command("audit", "verify", "--organization", acme.slug)
    assert "rights clean" in checked.stdout, checked.stdout + checked.stderr
    connection = await asyncpg.connect(dsn(shared_server.data_dir / "postgres" / "socket", user="postgres"))
    change = "UPDATE retention_policies SET keep_months = $1 WHERE organization_id = $2 AND keep_months = $3"
    try:
        await connection.execute(change, 13, UUID(acme.id), 48)
        differs = shared_server.command("audit", "verify", "--organization", acme.slug)
        of_all = shared_server.command("audit", "verify")
        await connection.execute(change, 48, UUID(acme.id), 13)
    finally:
        await connection.close()
    assert differs.returncode == 1, differs.stderr
    assert "how long the trail is kept is not what it says itself: the history says" in differs.stdout
    assert of_all.returncode == 1, of_all.stderr
    assert f"{acme.slug}: how long the trail is kept is not what it says itself" in of_all.stdout
    said, _, stored = differs.stdout.partition("; the database ")
    assert ("48 months" in said, "13 months" in stored) == (True, True), differs.stdout
