"""What changed in a list since a version that memory has forgotten: an answer is of one version."""

import random
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from pyroaring import BitMap

from sertantai.audit.effects import Effects, ListChanges
from sertantai.audit.moments import BeforeTheTrail
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.core.bitmaps import bitmap
from sertantai.core.ids import GroupId, JournalId, OwnerId, Position, UserId
from sertantai.core.operations import Origin, UpdateGroup
from sertantai.core.told import Told
from sertantai.engine.engine import Engine
from sertantai.lists.access import Lists
from sertantai.lists.reading import changes_since
from sertantai.postgres import Database
from tests.postgres.audit.conftest import Person

HALF_WRITTEN = """
INSERT INTO selection_audit_log
       (user_id, record_id, record_no, action, group_id, operation_id, position, created_at)
SELECT $1, r.id, r.record_no, 'bulk_select', $2, gen_random_uuid(), $3, now()
  FROM uk_lrt_records r WHERE r.record_no = $4
"""
BASELINE = "INSERT INTO audit_baseline_owners VALUES ($1, $2)"


class BusyEffects(PostgresEffects):
    """While an answer is on its way, the list is changed."""

    def __init__(self, database: Database, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(database)
        self._meanwhile = meanwhile

    async def changed_since(
        self, journal: JournalId, owner: OwnerId, group: GroupId, version: Position
    ) -> Told[ListChanges]:
        told = await super().changed_since(journal, owner, group, version)
        await self._meanwhile()
        return told


async def since(effects: Effects, person: Person, version: int, group: GroupId | None = None) -> ListChanges:
    """As it is told to somebody whose lists have just been read: nothing is remembered."""
    await effects.engine.release(person.id)
    hot = await effects.engine.hot_owner(person.id)
    lists = Lists(Origin(UserId(person.id)), None, person.id, hot, person.clock.now, None)
    return await changes_since(effects, lists.named(group or person.group), version)


async def test_what_is_ticked_while_it_is_asked_belongs_to_a_later_answer(
    engine: Engine, database: Database, somebody: Person
) -> None:
    first = await somebody.select(1)
    second = await somebody.select(2)

    async def ticks() -> None:
        await somebody.select(3)

    effects = Effects(engine, BusyEffects(database, ticks))
    found = await since(effects, somebody, first.position)
    assert found == ListChanges(second.position, bitmap([2]), BitMap())
    later = await since(Effects(engine, PostgresEffects(database)), somebody, found.version)
    assert later.added == bitmap([3])


async def test_each_answer_is_the_difference_of_two_versions(effects: Effects, somebody: Person) -> None:
    chance = random.Random(1)
    versions: list[tuple[Position, BitMap]] = [(Position(0), BitMap())]
    for _ in range(60):
        kind = chance.choice(["tick", "tick", "untick", "many", "clear", "note", "rename"])
        record = chance.randint(1, 10)
        match kind:
            case "tick":
                change = await somebody.select(record)
            case "untick":
                change = await somebody.deselect(record)
            case "many":
                change = await somebody.bulk_select(*chance.sample(range(1, 11), 3))
            case "clear" if chance.random() < 0.3:
                change = await somebody.clear()
            case "note":
                change = await somebody.note(record, str(chance.random()))
            case _:
                change = await somebody.do(UpdateGroup, description=str(chance.random()))
        assert change.group is not None
        if change.group.version == change.position:
            versions.append((change.position, BitMap(change.group.records)))
    newest, now = versions[-1]
    for version, then in versions:
        assert await since(effects, somebody, version) == ListChanges(newest, now - then, then - now)


async def test_half_of_an_operation_is_no_change_yet(
    effects: Effects, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A large one is written in parts, the first of which are seen before PostgreSQL is said to have it."""
    first = await somebody.select(1)
    second = await somebody.select(2)
    await effects.engine.flush()
    await superuser.execute(HALF_WRITTEN, somebody.id, somebody.group, second.position + 1, 3)
    found = await since(effects, somebody, first.position)
    assert found == ListChanges(second.position, bitmap([2]), BitMap())


async def test_what_the_dropped_months_held_is_not_taken_for_nothing(
    effects: Effects, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    versions = [(await somebody.select(record)).position for record in (1, 2, 3)]
    await effects.engine.flush()
    await superuser.execute(BASELINE, somebody.id, versions[1])
    assert (await since(effects, somebody, versions[1])).added == bitmap([3])
    with pytest.raises(BeforeTheTrail):
        await since(effects, somebody, versions[0])
