"""Where somebody may look: asked of PostgreSQL for one person, and kept true by the log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import OperationId, OwnerId, Position, UserId
from sertantai.core.operations import Admit, ChangeMember, Expel, Origin, of_no_list
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.organizations import memberships as module
from sertantai.organizations.memberships import Memberships
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from tests.fixtures.ports import ReservedPort

BEN = UserId(UUID(int=0xBE))
AT_ONCE_S = 3.5
ADD_BEN = "INSERT INTO users (id, email) VALUES ($1, 'ben@example.org')"
STILL_THERE = "INSERT INTO user_organization_memberships (user_id, organization_id) VALUES ($1, $2)"


async def all_of(memberships: Memberships, person: UserId) -> list[OwnerId]:
    return [one async for one in memberships.of(person)]


def anew(database: Database, engine: Engine) -> Memberships:
    """As after a start: nothing is known."""
    return Memberships(database, lambda: engine.journal.id, lambda: engine.synced)


def change(kind: type[Any], position: int, organization: OwnerId, member: UserId, **fields: Any) -> Any:
    common = {"id": OperationId(uuid4()), "owner": organization, "group": of_no_list(organization)}
    by = Origin(UserId(organization))
    if kind is Admit:
        fields |= {"role": Role.MEMBER, "name": "Ben", "given_by": UserId(organization)}
    return Position(position), kind(**common, at=ManualClock().now(), origin=by, member=member, **fields)


class Interrupted:
    """A database where something happens between an answer and whoever asked."""

    def __init__(self, database: Database, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._meanwhile = meanwhile
        self.reads = 0

    @asynccontextmanager
    async def transaction(self, *given: Any, **options: Any) -> AsyncIterator[Any]:
        async with self._database.transaction(*given, **options) as connection:
            yield connection
        self.reads += 1
        if self.reads == 1:
            await self._meanwhile()


@pytest.fixture
async def made(
    organizations: Organizations,
    ann: Origin,
    engine: Engine,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> Standing:
    """Works, of which Ann is the owner and Ben a member; PostgreSQL has it."""
    made = await organizations.make(ann, "Ann", "Works")
    await superuser.execute(ADD_BEN, BEN)
    admitted = made.organization, ann, BEN
    await organizations.admit(*admitted, role=Role.MEMBER, name="Ben", given_by=ann.actor, way="operator")
    await engine.flush()
    return Standing(ann, await engine.state(made.organization))


async def test_only_whoever_asks_is_read(database: Database, engine: Engine, made: Standing) -> None:
    memberships = anew(database, engine)
    assert await all_of(memberships, BEN) == [made.organization]
    assert list(memberships._known) == [BEN.int], "of the other members nothing was read"
    assert await all_of(memberships, UserId(uuid4())) == []


async def test_so_many_people_are_known(
    database: Database, engine: Engine, made: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KNOWN_PEOPLE_MAX", 2)
    memberships, people = anew(database, engine), [UserId(uuid4()) for _ in range(3)]
    for person in (people[0], BEN, people[1], BEN, people[2]):
        await all_of(memberships, person)
    assert list(memberships._known) == [BEN.int, people[2].int], "whoever asked longest ago goes first"
    assert await all_of(memberships, BEN) == [made.organization]


async def test_who_is_expelled_while_it_is_read_is_not_taken_for_a_member(
    database: Database, engine: Engine, made: Standing, organizations: Organizations
) -> None:
    async def expelled() -> None:
        await organizations.expel(made, BEN)
        await engine.flush()

    interrupted = Interrupted(database, expelled)
    memberships = anew(cast(Database, interrupted), engine)
    engine._heard = memberships.note
    assert await all_of(memberships, BEN) == []
    assert interrupted.reads == 1


async def test_what_was_let_go_of_while_it_was_read_is_read_again(
    database: Database, engine: Engine, made: Standing, organizations: Organizations, ann: Origin
) -> None:
    async def expelled() -> None:
        await organizations.expel(made, BEN)
        await engine.flush()
        await organizations.make(ann, "Ann", "Other")  # with which what PostgreSQL has by now is let go of

    interrupted = Interrupted(database, expelled)
    memberships = anew(cast(Database, interrupted), engine)
    engine._heard = memberships.note
    assert await all_of(memberships, BEN) == []
    assert interrupted.reads == 2


async def test_who_was_expelled_before_a_start_is_none_though_postgres_says_so(
    database: Database,
    engine: Engine,
    made: Standing,
    organizations: Organizations,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await organizations.expel(made, BEN)
    await engine.flush()
    await superuser.execute(STILL_THERE, BEN, made.organization)
    memberships = anew(database, engine)
    memberships.meet([await engine.state(made.organization)], Position(engine.journal.last + 1))
    assert await all_of(memberships, BEN) == []
    assert await all_of(memberships, UserId(made.by.actor)) == [made.organization]


async def test_without_a_database_nobody_waits_and_what_is_known_is_found(
    engine: Engine, made: Standing
) -> None:
    port = ReservedPort()
    away = Database(
        f"postgresql://nobody@127.0.0.1:{port.number}/none",
        pool_size_max=4,
        connect_timeout_s=5.0,
        command_timeout_s=5.0,
    )
    await away.start(require=False)
    try:
        memberships = Memberships(away, lambda: engine.journal.id, lambda: Position(0))
        memberships.meet([made.state], engine.journal.last)
        async with asyncio.timeout(AT_ONCE_S):
            with pytest.raises(DatabaseUnavailable):
                await all_of(memberships, BEN)
        known = memberships.of(UserId(made.by.actor))
        assert await anext(known) == made.organization, "the journal says so"
        with pytest.raises(DatabaseUnavailable):
            await anext(known)
    finally:
        await away.stop()
        port.release()


async def test_what_postgres_has_is_not_remembered_twice() -> None:
    has = Position(0)
    memberships = Memberships(cast(Database, None), lambda: None, lambda: has)
    organization = OwnerId(uuid4())
    for position in range(1, 101):
        memberships.note(*change(Admit, position, organization, UserId(uuid4()), way="link"))
    assert len(memberships._later) == len(memberships._in_order) == 100
    has = Position(99)
    memberships.note(*change(Expel, 101, organization, BEN))
    assert len(memberships._later) == len(memberships._in_order) == 2


def test_of_changes_so_many_are_remembered_and_nobody_counts_as_unchanged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CHANGES_MAX", 4)
    memberships = Memberships(cast(Database, None), lambda: None, lambda: Position(0))
    people = [UserId(uuid4()) for _ in range(9)]
    answered: dict[UserId, set[int]] = {person: set() for person in people}
    for position, person in enumerate(people * 5, 1):
        answered[person].add(memberships.changes_of(person))
        memberships.note(*change(ChangeMember, position, OwnerId(uuid4()), person))
        assert memberships.changes_of(person) not in answered[person], "nothing of before answers them"
        assert len(memberships._changed._at) <= 4
