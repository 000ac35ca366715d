"""Who looks in from outside: written before anything is shown, told to the owners, and ended."""

from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from sertantai.accounts.mail.letters import Letters
from sertantai.audit.verify_rights import verify_rights
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, InvalidInput, JournalUnavailable, NotFound
from sertantai.core.ids import GroupId, OwnerId, SessionId, UserId
from sertantai.core.operations import Origin
from sertantai.core.sharing.open_looks import open_looks
from sertantai.engine.engine import Engine
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.looking_in import LOOK_FOR, Looker, LooksIn
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database

WHY = "To find a list that was lost"
MAILS = "SELECT recipient, subject FROM mail_outbox ORDER BY created_at"
STEPS = """
SELECT metadata ->> 'step' FROM selection_audit_log
 WHERE user_id = $1 AND action = 'look_in' ORDER BY position
"""
ENDED = """
SELECT metadata ->> 'look' AS look, metadata ->> 'latest' AS latest FROM selection_audit_log
 WHERE user_id = $1 AND action = 'look_in' AND metadata ->> 'step' = 'ended'
"""
LOOKER = Looker(UserId(uuid4()), SessionId(uuid4()), "admin@example.org", "192.0.2.9", "a browser")


@pytest.fixture
async def works(organizations: Organizations, ann: Origin) -> Standing:
    return await organizations.make(ann, "Ann", "Works")


@pytest.fixture
def looks(database: Database, engine: Engine, clock: ManualClock, letters: Letters) -> LooksIn:
    return LooksIn(database, engine, lambda: letters, clock)


async def steps(
    engine: Engine, superuser: "asyncpg.Connection[asyncpg.Record]", works: Standing
) -> list[str]:
    await engine.flush()
    return [row[0] for row in await superuser.fetch(STEPS, works.organization)]


async def test_each_step_is_in_the_organizations_own_trail_which_verifies(
    looks: LooksIn,
    works: Standing,
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    look = await looks.open(LOOKER, works.organization, WHY)
    assert await steps(engine, superuser, works) == ["opened"]
    assert [tuple(row) for row in await superuser.fetch(MAILS)] == [
        ("ann@example.org", "“Works” in Sertantai was opened by an administrator")
    ]
    group = next(iter(works.state.groups))
    for _ in range(2):
        await looks.looked_at(look, group)
    with pytest.raises(NotFound):
        await looks.looked_at(look, GroupId(uuid4()))
    assert looks.of(LOOKER.session, works.organization) is look
    assert looks.of(LOOKER.session, OwnerId(uuid4())) is None, "of another organization"
    await looks.end(LOOKER.session)
    assert looks.of(LOOKER.session, works.organization) is None
    assert await steps(engine, superuser, works) == ["opened", "list", "ended"]
    proven = await verify_rights(database, works.organization)
    assert proven is not None
    assert proven.clean


async def test_it_ends_after_an_hour_with_the_account_and_with_the_process(
    looks: LooksIn,
    works: Standing,
    engine: Engine,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await looks.open(LOOKER, works.organization, WHY)
    clock.advance(LOOK_FOR.total_seconds() - 1)
    await looks.turn()
    assert looks.of(LOOKER.session, works.organization) is not None
    clock.advance(1)
    assert looks.of(LOOKER.session, works.organization) is None
    await looks.turn()
    assert await steps(engine, superuser, works) == ["opened", "ended"]

    await looks.open(LOOKER, works.organization, WHY)
    looks.end_all_of(UserId(uuid4()))
    assert looks.of(LOOKER.session, works.organization) is not None, "that was somebody else"
    looks.end_all_of(LOOKER.user)
    assert looks.of(LOOKER.session, works.organization) is None
    await looks.turn()

    await looks.start()
    await looks.open(LOOKER, works.organization, WHY)
    await looks.stop()
    assert await steps(engine, superuser, works) == ["opened", "ended"] * 3


async def test_nobody_looks_in_where_it_cannot_be_written(
    looks: LooksIn, works: Standing, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OrganizationNotFound):
        await looks.open(LOOKER, OwnerId(works.actor), WHY)
    with pytest.raises(InvalidInput):
        await looks.open(LOOKER, works.organization, "   why   ")

    async def full(_operation: object) -> None:
        raise JournalUnavailable("It cannot be written.")

    monkeypatch.setattr(engine, "perform", full)
    with pytest.raises(JournalUnavailable):
        await looks.open(LOOKER, works.organization, WHY)
    assert looks.of(LOOKER.session, works.organization) is None


def test_an_hour_is_an_hour() -> None:
    assert timedelta(hours=1) == LOOK_FOR


async def test_what_a_killed_process_left_open_is_ended_by_the_next_with_what_is_known(
    looks: LooksIn,
    works: Standing,
    engine: Engine,
    database: Database,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    other = msgspec.structs.replace(LOOKER, session=SessionId(uuid4()))
    first = await looks.open(LOOKER, works.organization, WHY)
    began = clock.now()
    clock.advance(LOOK_FOR.total_seconds() - 60)
    second = await looks.open(other, works.organization, WHY)
    clock.advance(120)
    after = LooksIn(database, engine, looks._post, clock)
    await after.start()  # as a process does that follows one that was killed
    mine = await after.open(LOOKER, works.organization, WHY)
    await after.turn()
    await engine.flush()
    found = {
        row["look"]: row["latest"] and datetime.fromisoformat(row["latest"])
        for row in await superuser.fetch(ENDED, works.organization)
    }
    assert found == {str(first.id): began + LOOK_FOR, str(second.id): clock.now()}
    assert after.of(LOOKER.session, works.organization) is mine, "what is open now is none of these"
    await after.turn()
    await after.stop()
    assert await steps(engine, superuser, works) == ["opened"] * 3 + ["ended"] * 3
    access = (await engine.state(works.organization)).access
    assert access is not None
    assert not open_looks(access)
    proven = await verify_rights(database, works.organization)
    assert proven is not None
    assert proven.clean


async def test_what_was_written_and_could_not_be_told_has_ended(
    looks: LooksIn,
    works: Standing,
    engine: Engine,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(_look: object) -> None:
        raise DatabaseUnavailable("It is away.")

    monkeypatch.setattr(looks, "_tell_owners", away)
    with pytest.raises(DatabaseUnavailable):
        await looks.open(LOOKER, works.organization, WHY)
    assert looks.of(LOOKER.session, works.organization) is None
    await looks.turn()
    assert await steps(engine, superuser, works) == ["opened", "ended"]
