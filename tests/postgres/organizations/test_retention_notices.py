"""Owners are told of a shorter period, once; from then on the database counts the two weeks."""

from datetime import timedelta
from typing import Any

import pytest

from sertantai.accounts.mail.letters import Letters
from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput, PermissionNeeded
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.organizations import retention_notices
from sertantai.organizations.organizations import Organizations, by_itself
from sertantai.organizations.retention_notices import RetentionNotices
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from tests.postgres.audit.conftest import add_person

DAY_S = 86_400.0
MAILS = "SELECT recipient, subject FROM mail_outbox ORDER BY created_at, recipient"
OWN_MONTHS = "SELECT keep_months FROM sertantai_own_periods() WHERE owner = $1"
SETTLED = "UPDATE settled_time SET settled_at = $1, ahead_s = 0, waited_s = 0"


@pytest.fixture
async def works(organizations: Organizations, ann: Origin) -> Standing:
    return await organizations.make(ann, "Ann", "Works")


@pytest.fixture
def notices(database: Database, engine: Engine, clock: ManualClock, letters: Letters) -> RetentionNotices:
    return RetentionNotices(database, engine, letters, SettledTime(database, clock))


async def keep(organizations: Organizations, works: Standing, months: int | None, engine: Engine) -> Standing:
    now = await organizations.describe(works, settings={"audit_retention_months": months})
    await engine.flush()
    return now


async def test_its_owners_are_told_once_of_each_shorter_period(
    organizations: Organizations,
    works: Standing,
    engine: Engine,
    clock: ManualClock,
    notices: RetentionNotices,
    superuser: Any,
) -> None:
    ben = await add_person(superuser, engine, clock, "ben@example.org")
    by = by_itself(works.organization)
    await organizations.admit(
        works.organization, by, UserId(ben.id), role=Role.ADMIN, name="Ben", given_by=by.actor, way="operator"
    )
    await keep(organizations, works, 24, engine)
    assert [await notices.tell_all(), await notices.tell_all()] == [1, 0]
    [mail] = await superuser.fetch(MAILS)
    day = clock.now() + timedelta(days=14)
    assert mail["recipient"] == "ann@example.org"
    assert mail["subject"] == f"The history of “Works” will be kept for less time from {day.day} {day:%B %Y}"
    clock.advance(DAY_S)
    await keep(organizations, works, 18, engine)
    assert await notices.tell_all() == 1
    assert len(await superuser.fetch(MAILS)) == 2
    clock.advance(DAY_S)
    await keep(organizations, works, None, engine)
    assert await notices.tell_all() == 0, "it is called off"


async def test_what_was_called_off_meanwhile_is_told_of_no_more(
    organizations: Organizations, works: Standing, engine: Engine, notices: RetentionNotices, superuser: Any
) -> None:
    now = await keep(organizations, works, 24, engine)
    await organizations.describe(now, settings={"audit_retention_months": 0})  # PostgreSQL may not know yet
    assert await notices.tell_all() == 0
    assert await superuser.fetch(MAILS) == []


async def test_it_counts_two_weeks_after_they_were_told_and_no_earlier(
    organizations: Organizations,
    works: Standing,
    engine: Engine,
    clock: ManualClock,
    notices: RetentionNotices,
    superuser: Any,
) -> None:
    """The server did not run for ten days, or the mail's database was away."""
    start = clock.now()
    await superuser.execute(SETTLED, start)
    await keep(organizations, works, 24, engine)
    clock.advance(10 * DAY_S)
    await superuser.execute(SETTLED, clock.now())
    await notices.tell_all()
    in_force = []
    for day in range(11, 26):
        clock.advance(DAY_S)
        await superuser.execute(SETTLED, clock.now())
        if await superuser.fetchval(OWN_MONTHS, works.organization) == 24:
            in_force.append(day)
    assert in_force == [24, 25]


async def test_more_of_them_than_are_looked_at_together(
    organizations: Organizations,
    ann: Origin,
    engine: Engine,
    notices: RetentionNotices,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention_notices, "TOGETHER_MAX", 2)
    for number in range(5):
        made = await organizations.make(ann, "Ann", f"Works {number}")
        await organizations.describe(made, settings={"audit_retention_months": 24})
    await engine.flush()
    assert await notices.tell_all() == 5


async def test_what_is_asked_for_is_what_is_read_again(
    organizations: Organizations, works: Standing, engine: Engine, clock: ManualClock
) -> None:
    await keep(organizations, works, 24, engine)
    clock.advance(20 * DAY_S)
    await keep(organizations, works, 13, engine)
    before = (await engine.state(works.organization)).access
    await engine.forget(works.organization)
    assert (await engine.state(works.organization)).access == before


async def test_bad_months_and_other_people_change_nothing(
    organizations: Organizations, works: Standing, engine: Engine, clock: ManualClock, superuser: Any
) -> None:
    ben = await add_person(superuser, engine, clock, "ben@example.org")
    by = by_itself(works.organization)
    await organizations.admit(
        works.organization, by, UserId(ben.id), role=Role.ADMIN, name="Ben", given_by=by.actor, way="operator"
    )
    admin = Standing(Origin(UserId(ben.id)), await engine.state(works.organization))
    with pytest.raises(PermissionNeeded, match="retention_manage"):
        await organizations.describe(admin, settings={"audit_retention_months": 24})
    for months in (11, 1_201, "24", 24.5):
        with pytest.raises(InvalidInput):
            await organizations.describe(works, settings={"audit_retention_months": months})
        with pytest.raises(InvalidInput):
            await organizations.keep_trail(by, works.organization, months)  # type: ignore[arg-type]  # on purpose
    assert (await engine.state(works.organization)).access.retention is None  # type: ignore[union-attr]  # it is one
