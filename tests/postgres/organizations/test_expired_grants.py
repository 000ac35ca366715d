"""Grants that are over end in the log too, in the organization's own name."""

from datetime import timedelta

import asyncpg
import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Level, Role
from sertantai.engine.engine import Engine
from sertantai.organizations.expired_grants import ExpiredGrants
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from tests.postgres.audit.conftest import add_person


@pytest.fixture
def expired(
    database: Database, engine: Engine, organizations: Organizations, clock: ManualClock
) -> ExpiredGrants:
    return ExpiredGrants(database, engine, organizations, SettledTime(database, clock))


async def test_what_is_over_is_ended_and_nothing_else(
    expired: ExpiredGrants,
    organizations: Organizations,
    engine: Engine,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    ann: Origin,
) -> None:
    made = await organizations.make(ann, "Ann", "Works")
    [group] = made.state.groups
    people = []
    for name in ("ben", "cy", "dee"):
        person = UserId((await add_person(superuser, engine, clock, f"{name}@example.org")).id)
        await organizations.admit(
            made.organization, ann, person, role=Role.VIEWER, name=name, given_by=ann.actor, way="invitation"
        )
        people.append(person)
    now = Standing(ann, await engine.state(made.organization))
    hour = clock.now() + timedelta(hours=1)
    for person, ends_at in zip(people, (hour, hour, None), strict=True):
        await organizations.grant(now, group, person, Level.EDIT, ends_at)
    await engine.flush()
    assert await expired.sweep() == 0
    await organizations.grant(
        now, group, people[1], Level.EDIT, hour + timedelta(hours=1)
    )  # not synchronised
    clock.advance(3601)
    assert await expired.sweep() == 1
    access = (await engine.state(made.organization)).access
    assert access is not None
    assert access.grants[group].keys() == set(people[1:])
    await engine.flush()
    assert await expired.sweep() == 0
    last = (
        "SELECT actor_id, action FROM selection_audit_log WHERE user_id = $1 ORDER BY position DESC LIMIT 1"
    )
    row = await superuser.fetchrow(last, made.organization)
    assert row is not None
    assert (row["actor_id"], row["action"]) == (made.organization, "grant")
