"""Organizations on real PostgreSQL: made, found again after a founding that was broken off, bounded."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from sertantai.accounts.providers.provider import SITE_REFERENCE
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, InvalidInput, PermissionNeeded
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import ChangeMember, Expel, Origin
from sertantai.core.rights import Level, Right, Role
from sertantai.core.sharing.leaving_steps import GRANTS_OF_LIST_MAX
from sertantai.engine.engine import Engine
from sertantai.engine.errors import LastOwner, MemberNotFound
from sertantai.organizations import giving, sql
from sertantai.organizations import organizations as service
from sertantai.organizations.directory import Directory
from sertantai.organizations.errors import OrganizationNotFound, SlugRefused, SlugTaken, TooManyOrganizations
from sertantai.organizations.going.leaving import leave
from sertantai.organizations.organizations import (
    MEMBERS_MAX,
    NAME_CHARACTERS_MAX,
    ORGANIZATIONS_OF_PERSON_MAX,
    TEAMS_MAX,
    Organizations,
    by_itself,
)
from sertantai.organizations.settings import SETTINGS_BYTES_MAX
from sertantai.organizations.slugs import SLUG_CHARACTERS_MAX, parse_slug, slug_of
from sertantai.organizations.standing import ASKED_MAX, Standing
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import add_person

BROKEN_OFF = """
INSERT INTO organizations (id, name, slug, founder_id)
SELECT $1, 'Works', 'works', $2 FROM (SELECT 1) one
"""


async def works(organizations: Organizations, ann: Origin) -> Standing:
    return await organizations.make(ann, "Ann", "Works")


async def test_whoever_makes_one_is_its_owner(
    database: Database, organizations: Organizations, ann: Origin
) -> None:
    made = await organizations.make(ann, "Ann", "Müller & Söhne")
    assert (made.access.slug, made.member.role, made.member.name) == ("muller-sohne", Role.OWNER, "Ann")
    assert await Directory(database).find("muller-sohne") == made.organization
    again = await organizations.make(ann, "Ann", "Müller & Söhne")
    assert again.access.slug == "muller-sohne-2"
    with pytest.raises(SlugTaken):
        await organizations.make(ann, "Ann", "Other", "muller-sohne")


async def test_a_founding_that_was_broken_off_goes_on(
    organizations: Organizations, ann: Origin, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    half = OwnerId(new_id())
    await superuser.execute("INSERT INTO users (id) VALUES ($1)", half)
    await superuser.execute(BROKEN_OFF, half, ann.actor)
    made = await organizations.make(ann, "Ann", "Works", "works")
    assert made.organization == half
    with pytest.raises(SlugTaken):
        await organizations.make(ann, "Ann", "Works", "works")


@pytest.mark.parametrize(
    "slug",
    [
        "a",
        "x" * (SLUG_CHARACTERS_MAX + 1),
        "Works",
        "wörks",
        "а-cyrillic",
        "-a",
        "a--b",
        "admin",
        "98df93cd25404055828c692de253f7c8",
    ],
)
def test_a_slug_that_could_be_mistaken_is_refused(slug: str) -> None:
    with pytest.raises(SlugRefused):
        parse_slug(slug)


def test_a_slug_follows_from_a_name() -> None:
    assert slug_of("Leeds & York Works, Ltd.") == "leeds-york-works-ltd"
    assert slug_of("株式会社") == ""
    assert len(slug_of("x" * 300)) == SLUG_CHARACTERS_MAX == len(parse_slug("x" * SLUG_CHARACTERS_MAX))


async def test_a_name_in_other_letters_has_an_address_all_the_same(
    organizations: Organizations, ann: Origin
) -> None:
    assert parse_slug((await organizations.make(ann, "Ann", "株式会社")).access.slug) == "organization"


async def test_what_it_is_called_and_where_it_is_can_be_changed(
    organizations: Organizations, ann: Origin
) -> None:
    made = await works(organizations, ann)
    await organizations.make(ann, "Ann", "Other", "other")
    now = await organizations.describe(
        made, name="New works", slug="moved", settings={"new_lists": "restricted"}
    )
    assert (now.access.name, now.access.slug, now.access.settings) == (
        "New works",
        "moved",
        {"new_lists": "restricted"},
    )
    with pytest.raises(SlugTaken):
        await organizations.describe(now, slug="other")
    with pytest.raises(InvalidInput, match="not a setting"):
        await organizations.describe(now, settings={"colour": "red"})
    with pytest.raises(InvalidInput, match="presence is shown or hidden"):
        await organizations.describe(now, settings={"presence": "off"})
    with pytest.raises(InvalidInput, match="open or restricted"):
        await organizations.describe(now, settings={"new_lists": "hidden"})
    with pytest.raises(InvalidInput, match=f"{SETTINGS_BYTES_MAX:,}"):
        await organizations.describe(now, settings={"new_lists": "x" * SETTINGS_BYTES_MAX})


async def test_the_last_owner_stays_until_somebody_took_over(
    organizations: Organizations,
    ann: Origin,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    engine: Engine,
    clock: ManualClock,
) -> None:
    made = await works(organizations, ann)
    ben = UserId((await add_person(superuser, engine, clock, "ben@example.org")).id)
    fields: dict[str, Any] = {"role": Role.MEMBER, "name": "Ben", "way": "invitation"}
    await organizations.admit(made.organization, Origin(ben), ben, given_by=ann.actor, **fields)
    made = Standing(ann, await engine.state(made.organization))
    with pytest.raises(LastOwner):
        await organizations.expel(made, ann.actor)
    with pytest.raises(PermissionNeeded) as refused:
        await organizations.change_member(made, ben, role=Role.OWNER)
    assert refused.value.permission == Right.TRANSFER
    of_ben = Standing(Origin(ben), (await organizations.offer_ownership(made, ben)).state)
    await organizations.take_ownership(of_ben)
    await organizations.expel(made, ann.actor)
    assert (await engine.state(made.organization)).access is not None
    with pytest.raises(MemberNotFound):
        await organizations.expel(
            Standing(Origin(ben), await engine.state(made.organization)), UserId(uuid4())
        )


async def test_threat_06_an_owner_whose_account_is_shut_is_no_owner_left(
    organizations: Organizations,
    ann: Origin,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    engine: Engine,
    clock: ManualClock,
) -> None:
    made = await works(organizations, ann)
    ben = UserId((await add_person(superuser, engine, clock, "ben@example.org")).id)
    house, itself = made.organization, by_itself(made.organization)
    fields: dict[str, Any] = {"role": Role.ADMIN, "name": "Ben", "given_by": UserId(house), "way": "operator"}
    await organizations.admit(house, itself, ben, **fields)
    await organizations.perform(ChangeMember, itself, house, member=ben, role=Role.OWNER)
    shut = "UPDATE users SET disabled_at = $2 WHERE id = $1"
    await superuser.execute(shut, ben, clock.now())
    now, last = Standing(ann, await engine.state(house)), engine.journal.last
    for attempt in (
        organizations.expel(now, ann.actor),
        leave(organizations, engine, now, ann.actor, {}, clock.now()),
        leave(organizations, engine, now, ann.actor, {}, clock.now(), responsible={GroupId(house): ben}),
        organizations.change_member(now, ann.actor, role=Role.ADMIN),
        organizations.change_member(now, ann.actor, suspended=True),
        organizations.perform(Expel, itself, house, member=ann.actor),  # as a directory and the operator do
    ):
        with pytest.raises(LastOwner, match="accounts of all other owners are disabled"):
            await attempt
    assert engine.journal.last == last, "nothing was written"
    await superuser.execute(shut, ann.actor, clock.now())
    now = await organizations.change_member(now, ben, role=Role.ADMIN)  # who is shut takes nothing away
    await organizations.perform(ChangeMember, itself, house, member=ben, role=Role.OWNER)
    for one in (ann.actor, ben):
        await superuser.execute(shut, one, None)
    await organizations.expel(now, ann.actor)


async def test_all_is_bounded(
    organizations: Organizations, ann: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = (MEMBERS_MAX, TEAMS_MAX, GRANTS_OF_LIST_MAX, ORGANIZATIONS_OF_PERSON_MAX, ASKED_MAX)
    assert bounds == (5_000, 500, 500, 50, 3)
    monkeypatch.setattr(giving, "GRANTS_OF_LIST_MAX", 1)
    for name, most in {"MEMBERS_MAX": 1, "TEAMS_MAX": 1}.items():
        monkeypatch.setattr(service, name, most)
    monkeypatch.setattr(service, "ORGANIZATIONS_OF_PERSON_MAX", 2)
    made = await works(organizations, ann)
    house = made.organization
    fields: dict[str, Any] = {"role": Role.MEMBER, "name": "x", "given_by": ann.actor, "way": "x"}
    with pytest.raises(Conflict, match="maximum"):
        await organizations.admit(house, ann, UserId(uuid4()), **fields)
    await organizations.make_team(made, "x" * NAME_CHARACTERS_MAX)
    full = Standing(ann, await organizations._engine.state(house))
    with pytest.raises(Conflict, match="maximum"):
        await organizations.make_team(full, "Another")
    with pytest.raises(InvalidInput, match=f"{NAME_CHARACTERS_MAX} characters"):
        await organizations.make_team(made, "x" * (NAME_CHARACTERS_MAX + 1))
    [group] = full.state.groups
    await organizations.grant(full, GroupId(group), ann.actor, Level.VIEW)
    granted = Standing(ann, await organizations._engine.state(house))
    [team] = granted.access.teams
    with pytest.raises(Conflict, match="maximum"):
        await organizations.grant(granted, GroupId(group), team, Level.VIEW)
    await organizations.make(ann, "Ann", "Second")
    with pytest.raises(TooManyOrganizations):
        await organizations.make(ann, "Ann", "Third")


async def test_an_organization_is_found_by_an_index_whatever_it_is_called_by(
    organizations: Organizations,
    ann: Origin,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A route for strangers asks for it."""
    made = await works(organizations, ann)
    await superuser.execute("SET enable_seqscan = off")
    plan = await superuser.fetch(
        f"EXPLAIN {sql.FIND_BY_REFERENCE}", str(made.organization), made.organization
    )
    assert "Seq Scan" not in "\n".join(row[0] for row in plan)
    directory = Directory(database)
    for reference in ("works", str(made.organization)):
        assert await directory.find(reference) == made.organization
    for reference in (str(uuid4()), "", "nowhere", "\x01"):
        with pytest.raises(OrganizationNotFound):
            await directory.find(reference)


def test_no_organization_is_called_what_names_the_sites_provider() -> None:
    with pytest.raises(SlugRefused):
        parse_slug(SITE_REFERENCE)
