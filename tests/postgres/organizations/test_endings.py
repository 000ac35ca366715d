"""What ends by itself: grants, and organizations after thirty days, of which their owners are told before."""

from datetime import timedelta

import asyncpg
import pytest

from sertantai.accounts.mail.letters import Letters
from sertantai.audit.verify import verify
from sertantai.core.access_state import AccessState
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.errors import NotFound, Unavailable
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import BulkSelect, CreateGroup, Origin
from sertantai.core.rights import Level, Role
from sertantai.engine.engine import Engine
from sertantai.organizations import ended_organizations, expired_grants
from sertantai.organizations.ended_organizations import EndedOrganizations
from sertantai.organizations.errors import HasEnded
from sertantai.organizations.expired_grants import BEGINNING, NOBODY, ExpiredGrants
from sertantai.organizations.organizations import GRACE, Organizations, by_itself
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import Person, add_person

DAY_S = 86_400.0
MAILS = "SELECT recipient FROM mail_outbox ORDER BY created_at, recipient"
LEFT = """
SELECT (SELECT count(*) FROM users WHERE id = $1) + (SELECT count(*) FROM organizations WHERE id = $1)
     + (SELECT count(*) FROM user_selection_groups WHERE user_id = $1)
     + (SELECT count(*) FROM user_record_selections WHERE user_id = $1)
     + (SELECT count(*) FROM user_organization_memberships WHERE organization_id = $1)
"""
TRAIL = "SELECT count(*) FROM selection_audit_log WHERE user_id = $1"


@pytest.fixture
async def settled(database: Database, clock: ManualClock) -> SettledTime:
    found = SettledTime(database, clock)
    await found.now()
    return found


@pytest.fixture
async def works(organizations: Organizations, ann: Origin) -> Standing:
    return await organizations.make(ann, "Ann", "Works")


@pytest.fixture
async def ben(
    superuser: "asyncpg.Connection[asyncpg.Record]",
    engine: Engine,
    clock: ManualClock,
    organizations: Organizations,
    works: Standing,
) -> UserId:
    id = UserId((await add_person(superuser, engine, clock, "ben@example.org")).id)
    by = by_itself(works.organization)
    await organizations.admit(
        works.organization, by, id, role=Role.VIEWER, name="Ben", given_by=by.actor, way="operator"
    )
    return id


@pytest.fixture
def grants(
    database: Database, engine: Engine, organizations: Organizations, settled: SettledTime
) -> ExpiredGrants:
    return ExpiredGrants(database, engine, organizations, settled)


@pytest.fixture
def ending(
    database: Database,
    engine: Engine,
    organizations: Organizations,
    settled: SettledTime,
    letters: Letters,
) -> EndedOrganizations:
    return EndedOrganizations(database, engine, organizations._memberships, letters, settled)


async def made_list(engine: Engine, clock: ManualClock, works: Standing, ann: Origin) -> GroupId:
    group = GroupId(new_id())
    owner = Person(works.organization, group, engine, clock, ann.actor)
    await owner.do(CreateGroup, name=str(group))
    return group


async def access_of(engine: Engine, works: Standing) -> AccessState:
    access = (await engine.state(works.organization)).access
    assert access is not None
    return access


async def test_a_grant_whose_time_is_over_ends_in_the_log(
    engine: Engine,
    organizations: Organizations,
    works: Standing,
    ann: Origin,
    ben: UserId,
    grants: ExpiredGrants,
    settled: SettledTime,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(expired_grants, "TOGETHER_MAX", 2)
    monkeypatch.setattr(expired_grants, "PAUSE_S", 0.0)
    lists = [await made_list(engine, clock, works, ann) for _ in range(5)]
    standing = Standing(ann, await engine.state(works.organization))
    at = clock.now() + timedelta(hours=1)
    for group in lists:
        await organizations.grant(standing, group, ben, Level.EDIT, at)
    forever = await made_list(engine, clock, works, ann)
    await organizations.grant(standing, forever, ben, Level.EDIT)
    await engine.flush()
    assert await grants.sweep() == 0, "their time is not over"
    clock.advance(3_000)
    await settled.now()
    clock.advance(601)
    before = clock.now()
    assert await grants.sweep() == 5
    access = await access_of(engine, works)
    assert {group for group, granted in access.grants.items() if granted} == {forever}
    await engine.flush()
    assert await grants.sweep() == 0, "what has ended is not found again"
    assert before == clock.now()


async def test_a_grant_that_was_given_more_time_meanwhile_stays(
    engine: Engine,
    organizations: Organizations,
    works: Standing,
    ann: Origin,
    ben: UserId,
    grants: ExpiredGrants,
    clock: ManualClock,
) -> None:
    """PostgreSQL still says the old end when the new one stands in the log already."""
    group = await made_list(engine, clock, works, ann)
    standing = Standing(ann, await engine.state(works.organization))
    await organizations.grant(standing, group, ben, Level.EDIT, clock.now() + timedelta(minutes=1))
    await engine.flush()
    clock.advance(61)
    [row] = await grants._due(clock.now(), (BEGINNING, NOBODY, NOBODY, NOBODY))
    later = clock.now() + timedelta(days=1)
    await organizations.grant(standing, group, ben, Level.VIEW, later)
    assert await grants._end(row) == 0
    assert (await access_of(engine, works)).grants[group][ben].ends_at == later


async def test_owners_are_told_at_thirty_seven_and_one_days_once_each(
    organizations: Organizations,
    works: Standing,
    ben: UserId,
    ending: EndedOrganizations,
    engine: Engine,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    standing = await organizations.end(works)
    mails = []
    for day in range(30):
        await engine.flush()
        await ending.sweep()
        await ending.sweep()
        mails.append((day, len(await superuser.fetch(MAILS))))
        clock.advance(DAY_S)
    assert [day for day, count in mails if count != dict(mails).get(day - 1, 0)] == [0, 23, 29]
    assert [row["recipient"] for row in await superuser.fetch(MAILS)] == ["ann@example.org"] * 3
    subject = await superuser.fetchval("SELECT subject FROM mail_outbox LIMIT 1")
    assert standing.access.ends_at is not None
    assert subject.startswith("“Works” in Sertantai ends on ")


async def test_threat_19_whoever_has_left_or_is_no_owner_any_more_gets_no_mail(
    organizations: Organizations,
    works: Standing,
    ann: Origin,
    ben: UserId,
    ending: EndedOrganizations,
    engine: Engine,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """To whom is asked when it is written."""
    await organizations.offer_ownership(works, ben)
    await organizations.take_ownership(Standing(Origin(ben), await engine.state(works.organization)))
    await organizations.end(Standing(ann, await engine.state(works.organization)))
    await engine.flush()
    await ending.sweep()
    assert [row["recipient"] for row in await superuser.fetch(MAILS)] == [
        "ann@example.org",
        "ben@example.org",
    ]
    await organizations.expel(Standing(ann, await engine.state(works.organization)), ann.actor)
    clock.advance(24 * DAY_S)
    await ending.sweep()
    mails = [row["recipient"] for row in await superuser.fetch(MAILS)]
    assert mails.count("ann@example.org") == 1
    assert mails.count("ben@example.org") == 2


async def test_what_was_called_off_is_told_of_no_more_and_does_not_end(
    organizations: Organizations,
    works: Standing,
    ending: EndedOrganizations,
    engine: Engine,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    standing = await organizations.end(works)
    await engine.flush()
    await organizations.go_on(standing)  # the log says so, PostgreSQL perhaps not yet
    assert await ending.sweep() == 0
    clock.advance(60 * DAY_S)
    await engine.flush()
    assert await ending.sweep() == 0
    assert await superuser.fetch(MAILS) == []
    assert await superuser.fetchval(LEFT, works.organization) > 0


async def test_after_its_last_day_it_goes_and_its_trail_stays(
    database: Database,
    organizations: Organizations,
    works: Standing,
    ann: Origin,
    ben: UserId,
    ending: EndedOrganizations,
    engine: Engine,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    group = await made_list(engine, clock, works, ann)
    owner = Person(works.organization, group, engine, clock, ann.actor)
    await owner.do(BulkSelect, records=pack(bitmap([1, 2, 3])))
    standing = await organizations.end(Standing(ann, await engine.state(works.organization)))
    await engine.flush()
    trail = await superuser.fetchval(TRAIL, works.organization)
    clock.advance(GRACE.total_seconds() - 60)
    assert await ending.sweep() == 0
    clock.advance(61)
    with pytest.raises(HasEnded):
        await organizations.go_on(standing)
    assert await ending.sweep() == 0, "what was on its way has five minutes to arrive"
    clock.advance(300)
    assert await ending.sweep() == 1
    assert await ending.sweep() == 0

    assert await superuser.fetchval(LEFT, works.organization) == 0
    assert await superuser.fetchval(TRAIL, works.organization) == trail, "nothing of its trail is lost"
    assert (await verify(database)).clean
    with pytest.raises(NotFound):
        await engine.state(works.organization)
    assert [one async for one in organizations._memberships.of(ann.actor)] == []
    assert (await engine.state(OwnerId(ann.actor))).groups, "whoever was in it is still there"


async def test_however_many_end_at_once_all_are_found(
    organizations: Organizations,
    ann: Origin,
    ending: EndedOrganizations,
    engine: Engine,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ended_organizations, "TOGETHER_MAX", 2)
    for number in range(5):
        await organizations.end(await organizations.make(ann, "Ann", f"Works {number}"))
    await engine.flush()
    clock.advance(GRACE.total_seconds() + 300)
    assert await ending.sweep() == 5
    assert await superuser.fetchval("SELECT count(*) FROM organizations") == 0


async def test_one_that_ends_is_not_asked_for_again(
    organizations: Organizations, works: Standing, clock: ManualClock
) -> None:
    first = await organizations.end(works)
    clock.advance(DAY_S)
    assert (await organizations.end(first)).access.ends_at == first.access.ends_at


async def test_it_does_not_go_before_postgresql_has_all_that_was_done(
    organizations: Organizations,
    works: Standing,
    ending: EndedOrganizations,
    engine: Engine,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await organizations.end(works)
    await engine.flush()

    async def never(_position: object, _timeout_s: float) -> None:
        raise Unavailable("PostgreSQL lacks something.")

    monkeypatch.setattr(engine, "reached", never)
    clock.advance(GRACE.total_seconds() + 600)
    assert await ending.sweep() == 0
    assert await superuser.fetchval(LEFT, works.organization) > 0


async def test_a_member_is_not_deleted_as_long_as_they_are_one(
    organizations: Organizations,
    works: Standing,
    ben: UserId,
    engine: Engine,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await engine.flush()
    with pytest.raises(asyncpg.RestrictViolationError):
        await superuser.execute("DELETE FROM users WHERE id = $1", ben)
    await organizations.expel(Standing(Origin(ben), await engine.state(works.organization)), ben)
    await engine.flush()
    await superuser.execute("DELETE FROM users WHERE id = $1", ben)
    former = await superuser.fetchval("SELECT name FROM organization_former_members WHERE user_id = $1", ben)
    assert former == "Ben", "what they did, and their name, stays"
