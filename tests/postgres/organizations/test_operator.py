"""What the operator asks of a server that runs: done once, answered, and withdrawn where none answers."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.mail.outbox import Outbox
from sertantai.accounts.model import User
from sertantai.audit.effects import Effects
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, InvalidInput, Unavailable
from sertantai.core.ids import GroupId, OperationId, UserId
from sertantai.core.operations import Annotate, BulkSelect, CreateGroup, Origin
from sertantai.core.rights import Level, Role
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere, LastOwner
from sertantai.lists.between.by_operator import MovesByOperator
from sertantai.lists.between.copying import Copying
from sertantai.lists.between.handing_over import HandingOver
from sertantai.organizations import operator as module
from sertantai.organizations.going.returning import Returning
from sertantai.organizations.invitation_rows import InvitationsByOperator, new_secret
from sertantai.organizations.invitations import Invitations
from sertantai.organizations.operator import (
    GOOD_FOR,
    AdmitMember,
    Create,
    Done,
    Invite,
    Operator,
    OperatorRequests,
    RemoveMember,
    Work,
    ask_server,
)
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.settings import WaysSaid
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from tests.postgres.audit.conftest import add_person
from tests.postgres.organizations.conftest import BEN


@pytest.fixture
def operator(
    organizations: Organizations, engine: Engine, database: Database, clock: ManualClock
) -> Operator:
    handing = HandingOver(engine, Effects(engine, PostgresEffects(database)), engine.clock)
    moves = MovesByOperator(engine, handing, Copying(engine, engine.clock))
    returning = Returning(database, engine, organizations, clock)
    inviting = InvitationsByOperator(database, WaysSaid(engine, clock), clock)
    return Operator(organizations, engine, moves, returning, inviting)


@pytest.fixture
def requests(database: Database, operator: Operator, clock: ManualClock) -> OperatorRequests:
    return OperatorRequests(database, operator, clock)


async def has_asked(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    while not await superuser.fetchval("SELECT count(*) FROM organization_requests"):  # noqa: ASYNC110  # PostgreSQL tells nobody
        await asyncio.sleep(0.01)


async def asked(database: Database, clock: ManualClock, requests: OperatorRequests, work: Work) -> Done:
    """With the server's turns in between."""
    asking = asyncio.create_task(ask_server(database, clock, work))
    while not asking.done():
        await requests.turn()
        await asyncio.sleep(0.01)
    return await asking


async def test_the_server_makes_admits_and_removes(
    database: Database,
    requests: OperatorRequests,
    engine: Engine,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    ann: Origin,
) -> None:
    made = await asked(database, clock, requests, Create("Works", None, ann.actor, "Ann"))
    assert (made.slug, made.name, made.role) == ("works", "Works", "owner")
    ben = UserId((await add_person(superuser, engine, clock, "ben@example.org")).id)
    for role, becomes in (("viewer", "viewer"), ("admin", "viewer"), ("owner", "owner")):
        done = await asked(database, clock, requests, AdmitMember(made.id, ben, Role(role), "Ben"))
        assert done.role == becomes, "a member stays what they are, but who is made an owner"
    access = (await engine.state(made.id)).access
    assert access is not None
    assert access.members[ben].name == "Ben"
    removed = await asked(database, clock, requests, RemoveMember(made.id, ann.actor))
    assert removed.role is None
    with pytest.raises(Conflict, match="needs an owner"):
        await asked(database, clock, requests, RemoveMember(made.id, ben))
    with pytest.raises(InvalidInput, match="reserved"):
        await asked(database, clock, requests, Create("Admin", "admin", ann.actor, "Ann"))


async def test_it_is_done_in_the_organizations_own_name(
    operator: Operator,
    organizations: Organizations,
    engine: Engine,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    ann: Origin,
) -> None:
    made = await operator.do(Create("Works", "works", ann.actor, "Ann"))
    await engine.flush()
    [row] = await superuser.fetch("SELECT * FROM selection_audit_log WHERE user_id = $1", made.id)
    assert (row["action"], row["actor_id"]) == ("admit", made.id)
    assert "system" in row["metadata"]
    standing = Standing(ann, await engine.state(made.id))
    with pytest.raises(LastOwner):
        await organizations.expel(standing, ann.actor)


async def test_who_is_removed_leaves_lists_and_laws_to_whom_the_operator_names(
    operator: Operator,
    engine: Engine,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    ann: Origin,
) -> None:
    made = await operator.do(Create("Works", "works", ann.actor, "Ann"))
    ben, cara = [UserId((await add_person(superuser, engine, clock, email)).id) for email in (BEN, "c@x.org")]
    for one, name in ((ben, "Ben"), (cara, "Cara")):
        await operator.do(AdmitMember(made.id, one, Role.MEMBER, name))
    only_bens, open_ = GroupId(UUID(int=71)), GroupId(UUID(int=72))

    async def do(actor: UserId, kind: type[Any], group: GroupId, **fields: Any) -> None:
        common = {"id": OperationId(uuid4()), "owner": made.id, "group": group, "at": clock.now()}
        await engine.perform(kind(**common, origin=Origin(actor), **fields))

    laws = pack(bitmap([1, 2]))
    await do(ben, CreateGroup, only_bens, name="Bens", restricted=True)
    await do(ann.actor, CreateGroup, open_, name="Open")
    for group in (only_bens, open_):
        await do(ann.actor, BulkSelect, group, records=laws)
        await do(ann.actor, Annotate, group, records=laws, changes={"responsible": str(ben)})
    last = engine.journal.last
    with pytest.raises(InvalidInput, match="another member"):
        await operator.do(RemoveMember(made.id, ben, ben))
    assert engine.journal.last == last
    await operator.do(RemoveMember(made.id, ben, cara))
    state = await engine.state(made.id)
    assert state.access is not None
    assert state.access.grants[only_bens][cara].level is Level.MANAGE
    for group in (only_bens, open_):
        said = [one["responsible"] for one in state.groups[group].annotations.values()]
        assert said == [str(cara)] * 2, "also in the list that she may read only now"
    assert {*state.access.departed[ben].laws} == {only_bens, open_}, "so it comes back with him"


async def test_where_no_server_answers_nothing_is_done_later(
    database: Database,
    requests: OperatorRequests,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    ann: Origin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ANSWER_WAIT_S", 0.05)
    with pytest.raises(Unavailable, match="Nothing was changed"):
        await ask_server(database, clock, Create("Works", None, ann.actor, "Ann"))
    await requests.turn()
    assert await superuser.fetchval("SELECT count(*) FROM organizations") == 0


async def test_what_is_too_old_is_not_done(
    database: Database,
    requests: OperatorRequests,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    ann: Origin,
) -> None:
    asking = asyncio.create_task(ask_server(database, clock, Create("Works", None, ann.actor, "Ann")))
    await has_asked(superuser)
    clock.advance(GOOD_FOR.total_seconds() + 1)
    await requests.turn()
    assert await superuser.fetchval("SELECT count(*) FROM organizations") == 0
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def test_what_another_server_keeps_is_left_to_it(
    database: Database,
    requests: OperatorRequests,
    operator: Operator,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    ann: Origin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking = asyncio.create_task(ask_server(database, clock, Create("Works", None, ann.actor, "Ann")))
    await has_asked(superuser)

    async def elsewhere(_self: Operator, _work: Work) -> Done:
        raise KeptElsewhere

    with monkeypatch.context() as other:
        other.setattr(Operator, "do", elsewhere)
        await requests.turn()
    assert await superuser.fetchval("SELECT taken_at FROM organization_requests") is None
    await requests.turn()
    assert (await asking).slug == "works"


async def test_whoever_invites_or_not_it_lets_in_whom_the_operator_gives_a_link(
    database: Database,
    operator: Operator,
    invitations: Invitations,
    works: Standing,
    ben: User,
    engine: Engine,
) -> None:
    secret = new_secret()
    await operator.do(Invite(works.organization, BEN, Role.ADMIN, digest(secret)))
    assert await Outbox(database).next_at() is None, "nothing is sent"
    assert (await invitations.look_at(secret)).invited_by == ""
    await invitations.accept(Origin(ben.user_id), ben, secret)
    access = (await engine.state(works.organization)).access
    assert access is not None
    assert access.members[ben.user_id].role is Role.ADMIN
    with pytest.raises(InvalidInput):
        await operator.do(Invite(works.organization, "cy@example.org", Role.OWNER, digest(secret)))
