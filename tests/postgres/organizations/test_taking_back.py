"""Taking somebody back on real PostgreSQL: what is kept of them, for how long, and who is asked first."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from sertantai.accounts.model import User
from sertantai.audit.verify_rights import verify_rights
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, PermissionNeeded
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Level, Right, Role
from sertantai.core.sharing.leaving_steps import TAKEN_BACK_WITHIN
from sertantai.engine.engine import Engine
from sertantai.engine.errors import MemberBack, MemberNotFound, TooLate
from sertantai.organizations import organizations as service
from sertantai.organizations.errors import AccountShut, InvitationRefused
from sertantai.organizations.going.leaving import leave
from sertantai.organizations.going.returning import Returning
from sertantai.organizations.going.taking_back import TakingBack
from sertantai.organizations.invitations import Invitations
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.sync import access_sql
from tests.postgres.audit.conftest import add_person
from tests.postgres.audit.plans_read import nodes, rows
from tests.postgres.organizations.conftest import BEN, mailed

FORMER = "SELECT count(*) FILTER (WHERE kept IS NOT NULL), count(*) FROM organization_former_members"
GRANTS = "SELECT grantee_id, level FROM selection_group_grants"
GRANTED, SAID_TO_BE = 20_000, 600_000
MANY_GRANTS = """
INSERT INTO selection_group_grants (user_id, group_id, grantee_id, level, granted_by, granted_at, position)
SELECT $1, $2, gen_random_uuid(), 'view', $1, now(), n FROM generate_series(1, $3::bigint) n
"""
OF_GRANTEE = "SELECT count(*) FROM selection_group_grants WHERE grantee_id = $1"
AS_OF_SO_MANY = "UPDATE pg_class SET reltuples = $1 WHERE oid = 'selection_group_grants'::regclass"
SHUT_BY_A_DIRECTORY = """
INSERT INTO provisioned_accounts (user_id, organization_id, made_at, shut_at)
SELECT $1, id, now(), now() FROM organizations
"""


class Works:
    """An organization of Ann's, in which Ben manages a list."""

    def __init__(self, organizations: Organizations, engine: Engine, works: Standing, ben: User) -> None:
        self.organizations, self.engine = organizations, engine
        self.id, self.ann, self.ben = works.organization, works.by, ben.user_id
        [self.list] = works.state.groups

    async def standing(self, by: UserId | None = None) -> Standing:
        return Standing(self.ann if by is None else Origin(by), await self.engine.state(self.id))

    async def admit(self, person: UserId, role: Role) -> None:
        fields: dict[str, Any] = {"role": role, "name": "Ben", "given_by": self.ann.actor, "way": "link"}
        await self.organizations.admit(self.id, Origin(person), person, **fields)

    async def admit_ben(self, role: Role = Role.MEMBER) -> None:
        await self.admit(self.ben, role)
        await self.organizations.grant(await self.standing(), self.list, self.ben, Level.MANAGE)

    async def expel_ben(self) -> None:
        """His list is handed on to Ann."""
        now = self.engine.clock.now()
        hands = {self.list: self.ann.actor}
        await leave(self.organizations, self.engine, await self.standing(), self.ben, hands, now)


@pytest.fixture
async def acme(organizations: Organizations, engine: Engine, works: Standing, ben: User) -> Works:
    acme = Works(organizations, engine, works, ben)
    await acme.admit_ben()
    return acme


@pytest.fixture
def taking_back(returning: Returning, invitations: Invitations, clock: ManualClock) -> TakingBack:
    return TakingBack(returning, invitations, clock)


async def read_anew(engine: Engine, acme: Works) -> None:
    """From PostgreSQL, and the same as before."""
    before = await engine.state(acme.id)
    await engine.flush()
    engine._owners.drop(acme.id)
    assert await engine.state(acme.id) == before


async def test_it_is_undone_from_what_postgresql_keeps(
    acme: Works,
    taking_back: TakingBack,
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    was = (await acme.standing()).access.members[acme.ben]
    await acme.expel_ben()
    await read_anew(engine, acme)
    assert tuple(await superuser.fetchrow(FORMER) or ()) == (1, 1)
    assert [tuple(row) for row in await superuser.fetch(GRANTS)] == [(acme.ann.actor, "manage")]
    [person] = taking_back.departed(await acme.standing())
    assert person.until == person.departure.at + TAKEN_BACK_WITHIN

    back = await taking_back.take_back(await acme.standing(), acme.ben, None)
    assert (back.asked, back.what.lists, back.what.handed_back) == (False, [acme.list], [acme.list])
    now = (await acme.standing()).access.members[acme.ben]
    assert now == msgspec.structs.replace(was, position=now.position)
    await read_anew(engine, acme)
    assert tuple(await superuser.fetchrow(FORMER) or ()) == (0, 0), "as if they had not gone"
    assert [tuple(row) for row in await superuser.fetch(GRANTS)] == [(acme.ben, "manage")]
    verified = await verify_rights(database, acme.id)
    assert verified is not None
    assert verified.clean, verified.faults


async def test_what_was_handed_on_is_found_without_walking_all_grants(
    acme: Works, engine: Engine, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await acme.expel_ben()
    await engine.flush()
    left = (await acme.standing()).access.departed[acme.ben].position
    await superuser.execute(MANY_GRANTS, acme.id, acme.list, GRANTED)
    await superuser.execute("ANALYZE selection_group_grants, organization_former_members")
    await superuser.execute(AS_OF_SO_MANY, SAID_TO_BE)
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {access_sql.END_HANDED_ON}"
    async with database.transaction(DatabaseRole.SYNC) as connection:
        top = json.loads(await connection.fetchval(explain, acme.id, acme.ben, left))[0]["Plan"]
        still = await connection.fetchval(OF_GRANTEE, acme.ann.actor)
    assert max(rows(node) for node in nodes(top)) <= 2, json.dumps(top, indent=1)
    assert still == 0, "it was found"


async def test_after_thirty_days_it_is_too_late(
    acme: Works, taking_back: TakingBack, returning: Returning, clock: ManualClock
) -> None:
    await acme.expel_ben()
    clock.advance(TAKEN_BACK_WITHIN.total_seconds())
    assert taking_back.preview(await acme.standing(), acme.ben).what.lists == [acme.list]
    clock.advance(1)
    assert not taking_back.departed(await acme.standing())
    with pytest.raises(TooLate):
        await taking_back.take_back(await acme.standing(), acme.ben, None)
    with pytest.raises(TooLate):
        await returning.by_operator(acme.id, acme.ben)


async def test_what_cannot_be_is_said(
    acme: Works, taking_back: TakingBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MemberBack):
        await taking_back.take_back(await acme.standing(), acme.ben, None)
    with pytest.raises(MemberNotFound):
        await taking_back.take_back(await acme.standing(), UserId(uuid4()), None)
    await acme.expel_ben()
    monkeypatch.setattr(service, "MEMBERS_MAX", 1)
    with pytest.raises(Conflict, match="maximum"):
        await taking_back.take_back(await acme.standing(), acme.ben, None)
    monkeypatch.undo()
    monkeypatch.setattr(service, "ORGANIZATIONS_OF_PERSON_MAX", 0)
    with pytest.raises(Conflict, match="maximum"):
        await taking_back.take_back(await acme.standing(), acme.ben, None)


async def test_who_comes_in_anew_is_what_they_are_then(
    acme: Works, taking_back: TakingBack, engine: Engine, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await acme.expel_ben()
    await acme.admit_ben(Role.VIEWER)
    with pytest.raises(MemberBack):
        await taking_back.take_back(await acme.standing(), acme.ben, None)
    await read_anew(engine, acme)
    assert tuple(await superuser.fetchrow(FORMER) or ()) == (0, 1)


@pytest.mark.parametrize(
    "shut",
    [
        "UPDATE users SET disabled_at = now() WHERE id = $1",
        "UPDATE users SET email = NULL WHERE id = $1",
        SHUT_BY_A_DIRECTORY,
    ],
)
async def test_whose_account_is_shut_is_not_taken_back(
    acme: Works,
    taking_back: TakingBack,
    returning: Returning,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    shut: str,
) -> None:
    await acme.expel_ben()
    await superuser.execute(shut, acme.ben)
    with pytest.raises(AccountShut):
        await taking_back.take_back(await acme.standing(), acme.ben, None)
    with pytest.raises(AccountShut):
        await returning.by_operator(acme.id, acme.ben)


async def test_who_left_of_their_own_accord_is_asked(
    acme: Works,
    taking_back: TakingBack,
    invitations: Invitations,
    ben: User,
    database: Database,
    clock: ManualClock,
) -> None:
    await acme.organizations.expel(await acme.standing(acme.ben), acme.ben)
    back = await taking_back.take_back(await acme.standing(), acme.ben, "ann@example.org")
    assert (back.asked, back.what.lists) == (True, [acme.list])
    assert acme.ben not in (await acme.standing()).access.members
    mail = await mailed(database, clock)
    await invitations.accept(Origin(acme.ben), ben, mail)
    standing = await acme.standing()
    assert standing.access.grants[acme.list][acme.ben].level is Level.MANAGE
    with pytest.raises(InvitationRefused):
        await invitations.look_at(mail)


async def test_who_answers_too_late_is_what_the_invitation_says(
    acme: Works,
    taking_back: TakingBack,
    invitations: Invitations,
    ben: User,
    database: Database,
    clock: ManualClock,
) -> None:
    await acme.organizations.change_member(await acme.standing(), acme.ben, role=Role.ADMIN)
    await acme.organizations.expel(await acme.standing(acme.ben), acme.ben)
    clock.advance((TAKEN_BACK_WITHIN - timedelta(days=1)).total_seconds())
    await taking_back.take_back(await acme.standing(), acme.ben, None)
    clock.advance(timedelta(days=2).total_seconds())
    await invitations.accept(Origin(acme.ben), ben, await mailed(database, clock))
    standing = await acme.standing()
    assert standing.access.members[acme.ben].role is Role.ADMIN
    assert acme.ben not in standing.access.grants[acme.list]


async def test_an_invitation_back_is_worth_what_its_inviter_is(
    acme: Works,
    taking_back: TakingBack,
    invitations: Invitations,
    ben: User,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
) -> None:
    cy = UserId((await add_person(superuser, acme.engine, clock, "cy@example.org")).id)
    await acme.admit(cy, Role.ADMIN)
    await acme.organizations.expel(await acme.standing(acme.ben), acme.ben)
    await acme.organizations.change_member(await acme.standing(), cy, deny=(Right.INVITE,))
    of_cy = await acme.standing(cy)
    with pytest.raises(PermissionNeeded):
        await taking_back.take_back(of_cy, acme.ben, None)
    await taking_back.take_back(await acme.standing(), acme.ben, None)
    secret = await mailed(database, clock)
    assert (await invitations.pending(await acme.standing()))[0].email == BEN
    await acme.organizations.offer_ownership(await acme.standing(), cy)
    await acme.organizations.take_ownership(await acme.standing(cy))
    await acme.organizations.change_member(await acme.standing(cy), acme.ann.actor, role=Role.VIEWER)
    with pytest.raises(InvitationRefused):
        await invitations.accept(Origin(acme.ben), ben, secret)


async def test_the_operator_asks_nobody(acme: Works, returning: Returning) -> None:
    await acme.organizations.expel(await acme.standing(acme.ben), acme.ben)
    back = await returning.by_operator(acme.id, acme.ben)
    assert (back.asked, back.what.lists) == (False, [acme.list])
    assert acme.ben in (await acme.standing()).access.members
