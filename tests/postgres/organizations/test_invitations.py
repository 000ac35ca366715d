"""Invitations on real PostgreSQL: what is kept and sent, how many, how long, and of many who come at once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.model import User
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, InvalidInput, RateLimited, Unavailable
from sertantai.core.ids import TeamId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.organizations import invitation_rows
from sertantai.organizations.errors import InvitationRefused
from sertantai.organizations.invitation_rows import (
    DOMAINS_MAX,
    INVITATIONS_OPEN_MAX,
    LIFETIME,
    SENT_PER_ADDRESS_MAX,
    SENT_PER_HOUR_MAX,
    TEAMS_OF_INVITATION_MAX,
    USES_MAX,
    NewInvitation,
)
from sertantai.organizations.invitations import TOKEN_CHARACTERS_MAX, Invitations
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from tests.postgres.audit.conftest import add_person
from tests.postgres.organizations.conftest import BEN, mailed

Superuser = "asyncpg.Connection[asyncpg.Record]"


async def test_the_secret_goes_by_mail_and_is_kept_as_a_hash(
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    invitations: Invitations,
    works: Standing,
    ben: User,
    clock: ManualClock,
) -> None:
    made, shown = await invitations.invite(works, NewInvitation(Role.VIEWER, BEN), "ann@example.org")
    assert shown is None
    token = await mailed(database, clock)
    row = await superuser.fetchrow("SELECT * FROM organization_invitations WHERE id = $1", made.id)
    assert row is not None
    assert row["token_hash"] == digest(token)
    assert token not in str(dict(row))
    offered = await invitations.look_at(token)
    assert (offered.organization, offered.invited_by, offered.role, offered.email) == (
        *("Works", "Ann", "viewer"),
        BEN,
    )
    joined = await invitations.accept(Origin(ben.user_id), ben, token)
    assert joined == works.organization
    with pytest.raises(InvitationRefused):
        await invitations.look_at(token)


async def test_it_is_good_for_its_address_only_however_it_is_written(
    database: Database, invitations: Invitations, works: Standing, ben: User, clock: ManualClock
) -> None:
    await invitations.invite(works, NewInvitation(Role.MEMBER, "BEN@EXAMPLE.org"), None)
    token = await mailed(database, clock)
    for email in ("other@example.org", "ben@example.com", "", None):
        other = User(ben.user_id, email, "user", clock.now(), clock.now())
        with pytest.raises(InvitationRefused):
            await invitations.accept(Origin(ben.user_id), other, token)
    await invitations.accept(Origin(ben.user_id), ben, token)


async def test_it_ends_after_seven_days_and_a_new_one_ends_the_one_before(
    database: Database, invitations: Invitations, works: Standing, ben: User, clock: ManualClock
) -> None:
    assert timedelta(days=7) == LIFETIME
    first, _ = await invitations.invite(works, NewInvitation(Role.MEMBER, BEN), None)
    old = await mailed(database, clock)
    second, _ = await invitations.invite(works, NewInvitation(Role.VIEWER, BEN), None)
    assert (second.id, second.role) == (first.id, "viewer")
    new = await mailed(database, clock)
    with pytest.raises(InvitationRefused):
        await invitations.look_at(old)
    clock.advance(LIFETIME.total_seconds() - 1)
    await invitations.look_at(new)
    clock.advance(1)
    with pytest.raises(InvitationRefused):
        await invitations.accept(Origin(ben.user_id), ben, new)
    assert await invitations.pending(works) == []


async def test_of_many_who_come_at_once_as_many_are_let_in_as_it_says(
    superuser: "asyncpg.Connection[asyncpg.Record]",
    engine: Engine,
    invitations: Invitations,
    works: Standing,
    clock: ManualClock,
) -> None:
    _, token = await invitations.invite(works, NewInvitation(Role.VIEWER, uses=3), None)
    assert token is not None
    people = [await add_person(superuser, engine, clock, f"p{number}@example.org") for number in range(8)]
    users = [User(UserId(one.id), f"p{n}@example.org", "user", clock.now()) for n, one in enumerate(people)]
    answers = await asyncio.gather(
        *(invitations.accept(Origin(user.user_id), user, token) for user in users), return_exceptions=True
    )
    assert sum(answer == works.organization for answer in answers) == 3
    assert sum(isinstance(answer, InvitationRefused) for answer in answers) == 5
    access = (await engine.state(works.organization)).access
    assert access is not None
    assert len(access.members) == 4


async def test_what_did_not_let_in_is_as_good_as_before(
    invitations: Invitations, works: Standing, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = await invitations.invite(works, NewInvitation(Role.VIEWER), None)
    assert token is not None

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("The journal is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Organizations, "admit", away)
        with pytest.raises(Unavailable):
            await invitations.accept(Origin(ben.user_id), ben, token)
    [one] = await invitations.pending(works)
    assert one.used == 0
    await invitations.accept(Origin(ben.user_id), ben, token)


async def test_an_inviter_who_goes_while_it_is_accepted_lets_nobody_in(
    invitations: Invitations,
    organizations: Organizations,
    works: Standing,
    ben: User,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    engine: Engine,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the look at the invitation and the admission: the fold refuses it at its place."""
    cy = UserId((await add_person(superuser, engine, clock, "cy@example.org")).id)
    await organizations.admit(
        works.organization, works.by, cy, role=Role.ADMIN, name="Cy", given_by=works.actor, way="invitation"
    )
    of_cy = Standing(Origin(cy), await engine.state(works.organization))
    _, token = await invitations.invite(of_cy, NewInvitation(Role.VIEWER), None)
    assert token is not None
    admit = Organizations.admit

    async def just_before(self: Organizations, *given: object, **named: object) -> object:
        now = Standing(works.by, await engine.state(works.organization))
        await organizations.expel(now, cy)
        return await admit(self, *given, **named)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(Organizations, "admit", just_before)
    with pytest.raises(InvitationRefused):
        await invitations.accept(Origin(ben.user_id), ben, token)
    access = (await engine.state(works.organization)).access
    assert access is not None
    assert access.members.keys() == {works.actor}


async def test_how_many_there_may_be(
    invitations: Invitations, works: Standing, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (INVITATIONS_OPEN_MAX, SENT_PER_HOUR_MAX, SENT_PER_ADDRESS_MAX) == (1_000, 200, 5)
    for _ in range(SENT_PER_ADDRESS_MAX):
        await invitations.invite(works, NewInvitation(Role.MEMBER, BEN), None)
    [one] = await invitations.pending(works)
    for again in (
        invitations.invite(works, NewInvitation(Role.MEMBER, BEN.upper()), None),
        invitations.resend(works, one.id),
    ):
        with pytest.raises(RateLimited) as refused:
            await again
        assert refused.value.field == "email"
    clock.advance(24 * 3600 + 1)
    await invitations.resend(works, one.id)
    monkeypatch.setattr(invitation_rows, "SENT_PER_HOUR_MAX", 8)
    await invitations.invite(works, NewInvitation(Role.MEMBER, "a@example.org"), None)
    await invitations.invite(works, NewInvitation(Role.MEMBER, "b@example.org"), None)
    with pytest.raises(RateLimited):
        await invitations.invite(works, NewInvitation(Role.MEMBER, "c@example.org"), None)
    await invitations.invite(works, NewInvitation(Role.MEMBER), None)  # nothing is sent of it
    monkeypatch.setattr(invitation_rows, "INVITATIONS_OPEN_MAX", 5)
    await invitations.invite(works, NewInvitation(Role.MEMBER), None)
    with pytest.raises(Conflict):
        await invitations.invite(works, NewInvitation(Role.MEMBER), None)


async def test_what_may_stand_on_one(
    invitations: Invitations, organizations: Organizations, works: Standing, engine: Engine
) -> None:
    domains = tuple(f"d{number}.example" for number in range(DOMAINS_MAX + 1))
    made, _ = await invitations.invite(
        works, NewInvitation(uses=USES_MAX, domains=domains[:DOMAINS_MAX]), None
    )
    assert (made.uses_max, made.domains) == (USES_MAX, list(domains[:DOMAINS_MAX]))
    for wrong in (NewInvitation(uses=USES_MAX + 1), NewInvitation(domains=domains)):
        with pytest.raises(InvalidInput):
            await invitations.invite(works, wrong, None)
    names = [f"team {number}" for number in range(TEAMS_OF_INVITATION_MAX + 1)]
    teams = [await organizations.make_team(works, name) for name in names]
    now = Standing(works.by, await engine.state(works.organization))
    made, _ = await invitations.invite(now, NewInvitation(teams=tuple(teams[:-1])), None)
    assert len(made.teams) == TEAMS_OF_INVITATION_MAX
    with pytest.raises(InvalidInput):
        await invitations.invite(now, NewInvitation(teams=tuple(teams)), None)


async def test_a_secret_of_any_length_is_answered(invitations: Invitations) -> None:
    for length in (TOKEN_CHARACTERS_MAX, TOKEN_CHARACTERS_MAX + 1):
        with pytest.raises(InvitationRefused):
            await invitations.look_at("x" * length)


async def test_teams_that_have_ended_are_left_out(
    invitations: Invitations, organizations: Organizations, works: Standing, ben: User, engine: Engine
) -> None:
    stays, ends = [await organizations.make_team(works, name) for name in ("Leeds", "York")]
    now = Standing(works.by, await engine.state(works.organization))
    _, token = await invitations.invite(now, NewInvitation(teams=(stays, ends)), None)
    assert token is not None
    await organizations.rename_team(now, ends, None)
    await invitations.accept(Origin(ben.user_id), ben, token)
    access = (await engine.state(works.organization)).access
    assert access is not None
    assert access.members[ben.user_id].teams == {TeamId(UUID(int=stays.int))}
