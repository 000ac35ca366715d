"""The trail proves who was allowed to: rebuilt line by line, held against every operation and the members."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import msgspec
import pytest

from sertantai.audit import verify_rights as module
from sertantai.audit.moments import BeforeTheTrail
from sertantai.audit.rights_then import access_at
from sertantai.audit.verify_rights import FAULTS_MAX, RightsFault, verify_rights
from sertantai.core.bitmaps import EMPTY, bitmap, pack
from sertantai.core.ids import GroupId, OwnerId, TeamId, UserId
from sertantai.core.operations import (
    Annotate,
    ChangeMember,
    ClearAll,
    CreateGroup,
    Decide,
    DeleteGroup,
    Describe,
    Expel,
    JoinTeam,
    OfferOwnership,
    PurgeGroup,
    RestoreGroup,
    Select,
    SetGrant,
    SetTeam,
    Suggest,
    TakeBack,
    TakeOwnership,
    UpdateGroup,
)
from sertantai.core.rights import Level, Right, Role
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import BEN, CARA, Person, do

TEAM = TeamId(UUID(int=31))
NOTHING = pack(EMPTY)


async def taken_back(office: Person, person: UserId) -> None:
    access = (await office.engine.state(office.id)).access
    assert access is not None
    left = access.departed[person].position
    await do(office, TakeBack, member=person, left=left, given_by=office.actor)


async def all_kinds(office: Person) -> GroupId:
    founder = office.actor
    await do(office, SetTeam, team=TEAM, name="Sites")
    await do(office, JoinTeam, team=TEAM, member=CARA)
    secret = GroupId(new_id())
    await office.make_list("Open")
    await do(office, CreateGroup, secret, name="Secret", restricted=True)
    await do(office, SetGrant, secret, grantee=TEAM, level=Level.SUGGEST)
    await do(office, Select, secret, record=1)
    office.actor = CARA
    suggested = await do(office, Suggest, secret, add=pack(bitmap([2, 3])), remove=NOTHING, reason="x")
    office.actor = founder
    await do(office, Decide, secret, suggestion=suggested, accepted=True, records=pack(bitmap([2])))
    await do(office, UpdateGroup, secret, description="of these days", metadata={"colour": "red"})
    office.actor = BEN
    await do(office, UpdateGroup, office.group, metadata={"exception:3": [True]})
    office.actor = founder
    await do(office, Annotate, secret, records=pack(bitmap([2])), changes={"note": "seen"})
    await do(office, ClearAll, secret)
    await do(office, UpdateGroup, secret, name="Renamed", restricted=False)
    await do(office, DeleteGroup, secret)
    await do(office, RestoreGroup, secret, records=pack(bitmap([4])), name="Back")
    await do(office, ChangeMember, member=BEN, allow=(Right.APPROVE,), role=Role.ADMIN)
    await do(office, OfferOwnership, member=BEN)
    office.actor = BEN
    await do(office, TakeOwnership)
    await do(office, SetGrant, secret, grantee=CARA, level=Level.EDIT)
    await do(office, Expel, member=CARA, hands={secret: founder, office.group: founder})
    await do(office, SetGrant, office.group, grantee=founder, level=Level.VIEW)
    await taken_back(office, CARA)
    await do(office, Expel, member=founder)
    await do(office, Describe, name="New works", settings={"four_eyes": True})
    await do(office, DeleteGroup, secret)
    office.actor = UserId(office.id)
    await do(office, PurgeGroup, secret)
    return secret


async def test_the_trail_leads_to_the_members_and_rights_that_there_are(
    office: Person, engine: Engine, database: Database
) -> None:
    await all_kinds(office)
    await engine.flush()
    found = await verify_rights(database, office.id)
    assert found is not None
    assert found.clean, found.faults
    assert (found.members, found.operations) == (2, 6)
    async with database.transaction(DatabaseRole.AUDITOR) as connection:
        then = await access_at(connection, office.id, office.clock.now())
    now = (await engine.state(office.id)).access
    assert then is not None
    assert then.access is not None
    assert now is not None
    assert then.access == msgspec.structs.replace(now, slug=then.access.slug)


async def test_who_could_do_what_is_told_of_an_earlier_day(
    office: Person, engine: Engine, database: Database
) -> None:
    before = office.clock.now()
    office.clock.advance(60)
    await do(office, Expel, member=BEN)
    await engine.flush()
    async with database.transaction(DatabaseRole.AUDITOR) as connection:
        then = await access_at(connection, office.id, before + timedelta(seconds=1))
        now = await access_at(connection, office.id, office.clock.now())
        assert await access_at(connection, OwnerId(new_id()), before) is None
    assert then is not None
    assert now is not None
    assert then.access is not None
    assert now.access is not None
    assert BEN in then.access.members
    assert BEN not in now.access.members


BEHIND_THE_FOLD = """
INSERT INTO selection_audit_log
       (user_id, actor_id, group_id, selection_group, operation_id, position, record_id, record_no,
        record_name, action)
SELECT $1, $2, $3, 'default', gen_random_uuid(), $4, id, record_no, name, 'select'
  FROM uk_lrt_records WHERE record_no = 9
"""


async def test_what_nobody_was_allowed_to_is_found(
    office: Person,
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A viewer's tick that was written around the fold, and a member nobody admitted."""
    await do(office, Select, office.group, record=1)
    await engine.flush()
    position = engine.journal.last + 1
    await superuser.execute(BEHIND_THE_FOLD, office.id, CARA, office.group, position)
    await superuser.execute(
        "UPDATE user_organization_memberships SET role = 'owner' WHERE user_id = $1", CARA
    )
    found = await verify_rights(database, office.id)
    assert found is not None
    assert [(one.fault, one.actor) for one in found.faults] == [
        (RightsFault.NOT_ALLOWED, CARA),
        (RightsFault.MEMBERS_DIFFER, CARA),
    ]
    assert FAULTS_MAX == 1_000
    monkeypatch.setattr(module, "FAULTS_MAX", 1)
    bounded = await verify_rights(database, office.id)
    assert bounded is not None
    assert len(bounded.faults) == 1


SAID_OTHERWISE = """
UPDATE selection_audit_log SET metadata = jsonb_set(metadata, '{changes}', $2) WHERE operation_id = $1
"""


async def test_who_answers_for_a_law_may_say_that_it_still_applies_and_no_more(
    office: Person, engine: Engine, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    law = pack(bitmap([1]))
    await do(office, Select, office.group, record=1)
    await do(office, Annotate, office.group, records=law, changes={"responsible": str(CARA)})
    founder, office.actor = office.actor, CARA
    marked = {"reviewed_at": "2026-11-30T12:00:00Z"}
    reviewed = await do(office, Annotate, office.group, records=law, changes=marked)
    office.actor = founder
    await do(office, ChangeMember, member=CARA, allow=(Right.REVIEW,))
    office.actor = CARA
    dated = await do(office, Annotate, office.group, records=law, changes={"review_on": "2027-01-31"})
    await engine.flush()
    found = await verify_rights(database, office.id)
    assert found is not None
    assert found.faults == []
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    for operation, changes, needed in (
        (reviewed, '{"review_on": "2027-01-31"}', Right.REVIEW),
        (dated, '{"note": "No duty of ours"}', Right.NOTE),
    ):
        before = await superuser.fetchval(
            "SELECT metadata -> 'changes' FROM selection_audit_log WHERE operation_id = $1", operation
        )
        await superuser.execute(SAID_OTHERWISE, operation, changes)
        found = await verify_rights(database, office.id)
        assert found is not None
        assert [(one.actor, one.needed) for one in found.faults] == [(CARA, needed)]
        await superuser.execute(SAID_OTHERWISE, operation, before)


FORMER = "UPDATE organization_former_members SET "
OF_FORMER = {
    FORMER + "kept = jsonb_set(kept, '{allow}', '[\"list_approve\"]')": "allow",
    FORMER + "kept = jsonb_set(kept, '{grants}', '{}')": "grants",
    FORMER + "kept = '[]'": "allow, deny, grants, hands, laws, position, suspended, teams",
    FORMER + "role = 'owner', left_at = now()": "left_at, role",
    FORMER + "position = 1": "not in the database",
    FORMER + "kept = NULL": "not in the database",
    "DELETE FROM organization_former_members": "not in the database",
}


async def test_what_is_kept_of_who_left_is_held_against_the_trail(
    office: Person,
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    secret = GroupId(new_id())
    await do(office, CreateGroup, secret, name="Secret", restricted=True)
    await do(office, SetGrant, secret, grantee=BEN, level=Level.MANAGE)
    await do(office, Expel, member=BEN, hands={secret: office.actor})
    await engine.flush()
    found = await verify_rights(database, office.id)
    assert found is not None
    assert found.clean, found.faults
    await superuser.execute("CREATE TEMP TABLE as_it_was AS TABLE organization_former_members")
    for tampering, what in OF_FORMER.items():
        await superuser.execute(tampering)
        found = await verify_rights(database, office.id)
        assert found is not None
        fault = found.faults[-1]
        assert (fault.fault, fault.actor) == (RightsFault.FORMER_MEMBERS_DIFFER, BEN), tampering
        assert fault.needed == what, tampering
        await superuser.execute("DELETE FROM organization_former_members")
        await superuser.execute("INSERT INTO organization_former_members TABLE as_it_was")


async def test_what_members_may_and_how_long_it_is_kept_is_held_against_the_trail(
    office: Person,
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await do(office, Describe, audit_retention_months=24, site_retention_months=0)
    await engine.flush()
    found = await verify_rights(database, office.id)
    assert found is not None
    assert found.clean, found.faults
    await superuser.execute(
        'UPDATE user_organization_memberships SET permissions = \'{"allow": ["members_manage"]}\''
        " WHERE user_id = $1",
        BEN,
    )
    await superuser.execute("UPDATE retention_policies SET keep_months = 12 WHERE keep_months = 24")
    found = await verify_rights(database, office.id)
    assert found is not None
    of_ben, of_time = found.faults
    assert (of_ben.fault, of_ben.actor, of_ben.needed) == (RightsFault.MEMBERS_DIFFER, BEN, "allow")
    assert (of_time.fault, of_time.actor) == (RightsFault.RETENTION_DIFFERS, UserId(office.id))
    trail, stored = of_time.needed.split("; the database ")
    assert ("24 months" in trail, "12 months" in stored) == (True, True), of_time.needed
    await superuser.execute("DELETE FROM retention_policies")
    found = await verify_rights(database, office.id)
    assert found is not None
    assert found.faults[-1].needed.endswith("; the database as the site's")


async def test_of_an_organization_that_is_not_there_nothing_is_told(database: Database) -> None:
    assert await verify_rights(database, OwnerId(new_id())) is None


async def test_where_the_first_days_were_dropped_nothing_is_claimed(
    office: Person, engine: Engine, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await engine.flush()
    await superuser.execute("UPDATE audit_baseline_reach SET reaches_back_to = now() + interval '1 day'")
    with pytest.raises(BeforeTheTrail, match="older"):
        await verify_rights(database, office.id)
