"""People's own abbreviations: each user's own, for writing too, remembered for a while, and bounded."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, Forbidden, InvalidInput, NotFound
from sertantai.core.ids import OwnerId, UserId
from sertantai.postgres import Database, Role, asks_as
from sertantai.process.new_ids import new_id
from sertantai.records import own_abbreviations
from sertantai.records.own_abbreviations import (
    LAWS_MAX,
    AbbreviationTaken,
    OwnAbbreviation,
    OwnAbbreviations,
    TooManyAbbreviations,
)
from tests.fixtures.postgres import made_user

JOIN = """
INSERT INTO user_organization_memberships (user_id, organization_id, role, suspended) VALUES ($1, $2, $3, $4)
"""
HSWA, NOISE = "UK_ukpga_1974_37", "UK_ukpga_1996_37"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def own(database: Database, clock: ManualClock) -> OwnAbbreviations:
    return OwnAbbreviations(database, clock)


async def meant(own: OwnAbbreviations, who: UserId, word: str) -> tuple[str, ...]:
    meaning = (await own.ready(who)).laws_of([word])
    return meaning.laws if meaning else ()


async def made_organization(
    superuser: "asyncpg.Connection[asyncpg.Record]",
    members: dict[UserId, str],
    suspended: UserId | None = None,
) -> OwnerId:
    organization = OwnerId(new_id())
    await superuser.execute("INSERT INTO users (id) VALUES ($1)", organization)
    await superuser.execute(
        "INSERT INTO organizations (id, name, slug) VALUES ($1, 'Works', $2)", organization, organization.hex
    )
    joined = [*members.items(), *([(suspended, "member")] if suspended else [])]
    for who, role in joined:
        await superuser.execute(JOIN, who, organization, role, who == suspended)
    return organization


async def test_one_is_kept_changed_and_forgotten_and_seen_at_once(
    database: Database, own: OwnAbbreviations, clock: ManualClock
) -> None:
    who, id = await made_user(database), new_id()
    assert await meant(own, who, "hseact") == ()
    made = await own.put(who, who, id, "  HSE  Act ", [HSWA])
    assert (made.abbreviation, made.laws) == ("HSE Act", [HSWA])
    assert await meant(own, who, "hseact") == (HSWA,)
    clock.advance(60)
    changed = await own.put(who, who, id, "HSE Act", [HSWA, NOISE])
    assert (changed.created_at, await own.of(who)) == (made.created_at, [changed])
    assert await meant(own, who, "hseact") == (HSWA, NOISE)
    await own.delete(who, who, id)
    assert (await own.of(who), await meant(own, who, "hseact")) == ([], ())
    with pytest.raises(NotFound):
        await own.delete(who, who, id)


async def test_two_spellings_are_one_and_another_persons_is_another(
    database: Database, own: OwnAbbreviations
) -> None:
    who, other = await made_user(database), await made_user(database)
    await own.put(who, who, new_id(), "HSE Act", [HSWA])
    with pytest.raises(AbbreviationTaken):
        await own.put(who, who, new_id(), "the H.S.E. act", [NOISE])
    await own.put(other, other, new_id(), "HSE Act", [NOISE])
    assert await meant(own, who, "hseact") == (HSWA,)
    assert await meant(own, other, "hseact") == (NOISE,)


async def test_nobody_changes_or_forgets_anothers(database: Database, own: OwnAbbreviations) -> None:
    who, other, id = await made_user(database), await made_user(database), new_id()
    kept = await own.put(who, who, id, "HSE Act", [HSWA])
    assert await own.of(other) == []
    with pytest.raises(NotFound):
        await own.delete(other, other, id)
    await own.put(other, other, id, "Mine", [NOISE])
    assert await own.of(who) == [kept], "ids are each user's own"


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO own_abbreviations (user_id, id, abbreviation, key, laws, created_at, updated_at)"
            " VALUES ($1, gen_random_uuid(), 'planted', 'planted', '{x}', now(), now())"
        ),
        "UPDATE own_abbreviations SET user_id = $1",
    ],
)
async def test_row_security_holds_for_writing_too(
    database: Database, own: OwnAbbreviations, statement: str
) -> None:
    who, other = await made_user(database), await made_user(database)
    await own.put(other, other, new_id(), "HSE Act", [HSWA])
    with pytest.raises(Forbidden):
        async with database.transaction(Role.APP, other) as connection:
            await connection.execute(statement, who)
    async with database.transaction(Role.APP) as connection:
        assert await connection.execute("DELETE FROM own_abbreviations") == "DELETE 0"


async def test_there_is_a_bound_and_what_is_there_can_still_be_changed(
    database: Database, own: OwnAbbreviations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_abbreviations, "ABBREVIATIONS_MAX", 2)
    who = await made_user(database)
    ids: list[UUID] = [new_id(), new_id(), new_id()]
    for at, id in enumerate(ids[:2]):
        await own.put(who, who, id, f"Law {at}", [HSWA])
    with pytest.raises(TooManyAbbreviations):
        await own.put(who, who, ids[2], "One more", [HSWA])
    await own.put(who, who, ids[1], "Renamed", [HSWA] * LAWS_MAX)
    for laws in ([], [HSWA] * (LAWS_MAX + 1)):
        with pytest.raises(InvalidInput):
            await own.put(who, who, ids[1], "Renamed", laws)


async def test_they_go_with_their_user(database: Database, own: OwnAbbreviations) -> None:
    who = await made_user(database)
    await own.put(who, who, new_id(), "HSE Act", [HSWA])
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute("DELETE FROM users WHERE id = $1", who)
    assert await own.of(who) == []


async def test_people_are_remembered_for_a_while_and_so_many_of_them(
    database: Database, own: OwnAbbreviations, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another server saves is seen when that while is over, or its person was forgotten."""
    elsewhere = OwnAbbreviations(database, clock)
    now = 1_000.0
    monkeypatch.setattr(own_abbreviations, "monotonic", lambda: now)
    monkeypatch.setattr(own_abbreviations, "REMEMBERED_MAX", 1)
    who, other = await made_user(database), await made_user(database)
    assert await meant(own, who, "hseact") == ()
    await elsewhere.put(who, who, new_id(), "HSE Act", [HSWA])
    assert await meant(own, who, "hseact") == ()
    await own.ready(other)
    assert await meant(own, who, "hseact") == (HSWA,), "one more person, and the first was forgotten"
    await elsewhere.put(who, who, new_id(), "Din Act", [NOISE])
    assert await meant(own, who, "dinact") == ()
    now += own_abbreviations.REMEMBERED_S
    assert await meant(own, who, "dinact") == (NOISE,)


async def test_so_many_laws_are_remembered_of_all_people_together(
    database: Database, own: OwnAbbreviations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_abbreviations, "LAWS_REMEMBERED_MAX", 3)
    people = [await made_user(database) for _ in range(3)]
    await own.put(people[0], people[0], new_id(), "HSE Act", [HSWA, NOISE])
    await own.put(people[1], people[1], new_id(), "HSE Act", [HSWA])
    read: list[UserId] = []
    whole = OwnAbbreviations.of

    async def counted(self: OwnAbbreviations, person: UserId) -> list[OwnAbbreviation]:
        read.append(person)
        return await whole(self, person)

    monkeypatch.setattr(OwnAbbreviations, "of", counted)
    for person in people[:2]:
        await own.ready(person)
    assert read == [], "as many as there may be"
    await own.put(people[2], people[2], new_id(), "HSE Act", [HSWA])
    for person in (people[1], people[2], people[0]):
        await own.ready(person)
    assert read == [people[0]], "one more, and the first are read again"


@pytest.mark.parametrize("silent", [False, True])
async def test_a_search_goes_on_without_them_where_the_database_does_not_answer(
    database: Database, own: OwnAbbreviations, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    now, asked = 1_000.0, 0
    monkeypatch.setattr(own_abbreviations, "monotonic", lambda: now)
    monkeypatch.setattr(own_abbreviations, "WAITED_S_MAX", 60)
    who, newcomer = await made_user(database), await made_user(database)
    await own.put(who, who, new_id(), "HSE Act", [HSWA])
    assert await meant(own, who, "hseact") == (HSWA,)

    async def away(_self: OwnAbbreviations, _user: UserId) -> None:
        nonlocal asked
        asked += 1
        if silent:
            await asyncio.Event().wait()
        raise DatabaseUnavailable("PostgreSQL does not answer.")

    now += own_abbreviations.REMEMBERED_S
    monkeypatch.setattr(own_abbreviations, "WAITED_S_MAX", 0.01 if silent else 60)
    monkeypatch.setattr(OwnAbbreviations, "of", away)
    for _ in range(2):
        assert await meant(own, who, "hseact") == (HSWA,), "as they were last"
        assert await meant(own, newcomer, "hseact") == ()
    assert asked == 2, "it is not asked again at once"
    now += own_abbreviations.ASKED_AGAIN_S
    await own.ready(who)
    assert asked == 3


async def test_what_was_read_while_something_was_saved_is_not_remembered(
    database: Database, own: OwnAbbreviations, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, whole = await made_user(database), OwnAbbreviations.of

    async def overtaken(self: OwnAbbreviations, person: UserId) -> list[OwnAbbreviation]:
        found = await whole(self, person)
        await self.put(person, person, new_id(), "HSE Act", [HSWA])
        return found

    monkeypatch.setattr(OwnAbbreviations, "of", overtaken)
    assert await meant(own, who, "hseact") == ()
    assert await meant(own, who, "hseact") == (HSWA,)


async def test_members_read_an_organizations_and_nobody_else_does(
    database: Database, own: OwnAbbreviations, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The statement itself, with the claims of whoever asks: not what the application lets through."""
    owner, member, suspended, stranger = [await made_user(database) for _ in range(4)]
    organization = await made_organization(superuser, {owner: "owner", member: "viewer"}, suspended)
    asks_as.set(owner)
    await own.put(owner, organization, new_id(), "Yard pack", [HSWA])
    await own.put(owner, owner, new_id(), "Site pack", [HSWA])
    for who, found in ((owner, 1), (member, 1), (suspended, 0), (stranger, 0)):
        asks_as.set(who)
        assert len(await own.of(organization)) == found
        assert [one.abbreviation for one in await own.of(owner)] == (["Site pack"] if who == owner else [])
    asks_as.set(stranger)
    with pytest.raises(Forbidden):
        await own.put(stranger, organization, new_id(), "Mine", [NOISE])


async def test_ones_own_comes_before_an_organizations(
    database: Database, own: OwnAbbreviations, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    owner, member = await made_user(database), await made_user(database)
    organization = await made_organization(superuser, {owner: "owner", member: "member"})
    asks_as.set(owner)
    await own.put(owner, organization, new_id(), "Yard pack", [HSWA])
    await own.put(owner, organization, new_id(), "Site pack", [HSWA])
    asks_as.set(member)
    await own.put(member, member, new_id(), "The site pack", [NOISE])
    ready = await own.ready(member, [organization])
    for words, laws in ((["yard", "pack"], (HSWA,)), (["site", "pack"], (NOISE,))):
        meaning = ready.laws_of(words)
        assert meaning is not None
        assert meaning.laws == laws
    asks_as.set(owner)
    await own.put(owner, organization, new_id(), "Gate pack", [HSWA])
    asks_as.set(member)
    assert (await own.ready(member, [organization])).laws_of(["gate", "pack"]), "seen at once by colleagues"
    assert (await own.ready(member)).laws_of(["yard", "pack"]) is None, "not after leaving"
