"""Who somebody is and who made them so: told to the log as it is done, and without their address."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sertantai.accounts.errors import EmailTaken
from sertantai.accounts.people_checked import renamed
from sertantai.accounts.service import Accounts
from sertantai.accounts.sign_in import Whereabouts
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sealing.log import newest_log
from tests.postgres.accounts.conftest import PASSWORD, Opener, RecordedEvents

HERE = Whereabouts("192.0.2.7")
TOLD = "SELECT subject, actor, body FROM audit_notices WHERE kind = 'person' ORDER BY told"


async def told(
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> list[tuple[str, Any, Any, dict[str, Any]]]:
    rows = [(row["subject"], row["actor"], json.loads(row["body"])) for row in await superuser.fetch(TOLD)]
    return [(body["what"], subject, actor, body) for subject, actor, body in rows]


async def test_each_change_of_an_account_is_told_with_who_did_it(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]", events: RecordedEvents
) -> None:
    ann = await accounts.sign_up.register("ann@example.org", PASSWORD, HERE)
    assert ann is not None
    boss = await accounts.register("boss@example.org", PASSWORD, role="admin")
    await accounts.set_disabled(ann.user_id, disabled=True, by=boss.user_id)
    await accounts.set_disabled(ann.user_id, disabled=False)
    await accounts.second_factors.disable(ann.user_id, None, by_operator=True)
    found = await told(superuser)
    assert [
        (what, subject, actor, body["way"], body.get("role")) for what, subject, actor, body in found
    ] == [
        ("made", ann.user_id, ann.user_id, "themselves", "user"),
        ("made", boss.user_id, None, "operator", "admin"),
        ("disabled", ann.user_id, boss.user_id, "administrator", "user"),
        ("enabled", ann.user_id, None, "operator", "user"),
        ("second_factor_off", ann.user_id, None, "operator", None),
    ]
    assert all("example.org" not in str(body) for *_, body in found), "an address is committed to, not shown"
    assert found[0][3]["email"] == found[2][3]["email"] != found[1][3]["email"]
    by = [details.get("by") for kind, details in events.details if kind is SecurityEventKind.USER_DISABLED]
    assert by == [str(boss.user_id)]


async def test_what_is_refused_is_not_told(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await accounts.register("ann@example.org", PASSWORD)
    with pytest.raises(EmailTaken):
        await accounts.register("ANN@example.org", PASSWORD)
    assert await accounts.set_disabled(UserId(new_id()), disabled=True) is None
    assert [what for what, *_ in await told(superuser)] == ["made"]


async def test_whoever_was_there_before_is_told_of_once_as_they_are(
    accounts: Accounts,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
) -> None:
    await superuser.execute("INSERT INTO users (id, email) VALUES ($1, 'old@example.org')", old := new_id())
    await accounts.register("ann@example.org", PASSWORD)
    assert [await accounts.people.tell_found(database) for _ in range(2)] == [1, 0]
    assert [subject for what, subject, *_ in await told(superuser) if what == "found"] == [old]
    assert await renamed(database, tmp_path) == []


async def test_addresses_that_were_exchanged_in_the_table_are_noticed(
    accounts: Accounts,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
) -> None:
    """Attack 7 of those that were tried: all history would read the other way round."""
    ann = await accounts.register("ann@example.org", PASSWORD)
    ben = await accounts.register("ben@example.org", PASSWORD)
    await accounts.register("cara@example.org", PASSWORD)
    assert await renamed(database, tmp_path) == []
    for user, email in ((ann, "x@example.org"), (ben, "ann@example.org"), (ann, "ben@example.org")):
        await superuser.execute("UPDATE users SET email = $2 WHERE id = $1", user.user_id, email)
    found = await renamed(database, tmp_path)
    assert {one.person for one in found} == {ann.user_id, ben.user_id}
    assert str(ann.user_id) in found[0].said + found[1].said
    await superuser.execute("DELETE FROM audit_blinds WHERE class = 'identity'")
    assert await renamed(database, tmp_path) == found, "the keys stand in a file, too"
    (newest_log(tmp_path) / "blinds").unlink()
    without = await renamed(database, tmp_path)
    assert len(without) == 3
    assert all(f"account {one.person}: the key is gone" in one.said for one in without)


async def test_an_account_of_a_directory_is_told_of_as_its_organizations(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]", open_accounts: Opener
) -> None:
    organization = OwnerId(new_id())
    await superuser.execute("INSERT INTO users (id) VALUES ($1)", organization)
    founder = await accounts.register("founder@example.org", PASSWORD)
    await superuser.execute(
        "INSERT INTO organizations (id, name, slug, founder_id) VALUES ($1, 'Works', 'works', $2)",
        organization,
        founder.user_id,
    )
    made = await accounts.provisioned.make(organization, "dora@example.org", None)
    await accounts.provisioned.shut(organization, made.user_id, None)
    await accounts.provisioned.open(organization, made.user_id, None)
    found = [one for one in await told(superuser) if one[1] == made.user_id]
    of_dora = [(what, actor, body["way"]) for what, _, actor, body in found]
    assert of_dora == [(what, organization, "directory") for what in ("made", "disabled", "enabled")]
