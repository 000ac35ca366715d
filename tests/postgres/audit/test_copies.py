"""A copy of a list, the whole way: written whatever is cut, told by the trail, undone, and verified."""

from typing import Any

import asyncpg
import msgspec
import pytest

from sertantai.audit.effects import Effects
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.audit.standing.lists import differing_lists
from sertantai.audit.verify import verify
from sertantai.audit.verify_rights import RightsFault, verify_rights
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, Position, UserId
from sertantai.core.operations import Amend, CreateGroup, Describe, SetGrant, of_no_list
from sertantai.core.rights import Level
from sertantai.core.state import OwnerState
from sertantai.engine.engine import Engine
from sertantai.lists.access import Access, Asking
from sertantai.lists.between.copying import Copying, CopyWanted
from sertantai.lists.undo import compensation, find_undoable, undoable
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.process.new_ids import new_id
from sertantai.sync.batching import alone
from tests.postgres.audit.conftest import ADD_USER, Person, add_organization
from tests.postgres.audit.test_every_kind import OTHER, stored, with_a_member

TRAIL = """
SELECT action, record_no, metadata FROM selection_audit_log WHERE operation_id = $1
 ORDER BY record_no NULLS FIRST
"""

FORGED = """
INSERT INTO selection_audit_log
       (user_id, actor_id, group_id, selection_group, operation_id, position, action, metadata)
VALUES ($1, $2, $3, 'Taken', gen_random_uuid(), $4, 'create_group', $5::jsonb)
"""


@pytest.fixture
async def office(
    engine: Engine, superuser: "asyncpg.Connection[asyncpg.Record]", clock: ManualClock
) -> Person:
    await superuser.execute(ADD_USER, OTHER, "other@example.org")
    return await add_organization(superuser, engine, clock, "works")


async def baseline(office: Person) -> GroupId:
    """Restricted, and granted to somebody who is none of its makers."""
    await with_a_member(office)
    group = GroupId(new_id())
    await office.do(CreateGroup, group, name="Baseline", restricted=True)
    laws = {"add": pack(bitmap([1, 2])), "remove": pack(bitmap([]))}
    await office.do(Amend, group, annotations={1: {"note": "kept", "tags": ["air"]}}, **laws)
    await office.do(SetGrant, group, grantee=OTHER, level=Level.VIEW)
    return group


async def copied(engine: Engine, office: Person, group: GroupId) -> Any:
    async def there(_person: UserId) -> Any:
        yield office.id

    office.actor = UserId(OTHER)
    asking = Asking(office.operation(Describe, of_no_list(office.id)).origin)
    lists = await Access(engine, there).lists_in(asking, str(office.id))
    return (await Copying(engine, office.clock).copy(lists.named(group), lists, CopyWanted())).group


async def test_it_is_written_told_and_undone(
    engine: Engine, database: Database, office: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    group = await baseline(office)
    made = await copied(engine, office, group)
    await engine.flush()
    state = (await engine.hot_owner(office.id)).state
    assert await stored(database, engine, office) == state
    known = next(
        change for change in (await engine.hot_owner(office.id)).recent_changes() if change.group == made
    )
    found = await superuser.fetch(TRAIL, known.operation.id)
    rows = [(row["action"], row["record_no"], msgspec.json.decode(row["metadata"])) for row in found]
    from_ = {"list": str(group), "owner": str(office.id), "version": state.groups[group].version}
    assert rows == [
        ("create_group", None, {"name": "Baseline (2)", "copied_from": from_}),
        ("bulk_select", 1, {"copied": True, "noted": {"note": "kept", "tags": ["air"]}}),
        ("bulk_select", 2, {"copied": True}),
    ]

    await engine.release(office.id, 5)
    hot = await engine.hot_owner(office.id)
    effects = Effects(engine, PostgresEffects(database))
    undo = await find_undoable(effects, hot, hot.state.groups[made.id], known.operation.id, UserId(OTHER))
    assert undo == undoable(known), "from memory and from the trail alike"
    back = compensation(
        undo,
        hot.state.groups[made.id],
        office.id,
        id=office.operation(Describe, made.id).id,
        at=office.clock.now(),
        origin=known.operation.origin,
    )
    await engine.perform(back)
    now = (await engine.state(office.id)).groups
    assert (now[made.id].count, now[group].count) == (0, 2), "undone is the copy, and nothing else"
    await engine.flush()
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        assert [one async for one in differing_lists(connection, {}, None)] == []
    assert (await verify(database)).clean


async def test_the_trail_shows_a_copy_of_what_one_could_not_read(
    engine: Engine, database: Database, office: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Written around the fold, as nothing of the product does."""
    group = await baseline(office)
    await office.do(SetGrant, group, grantee=OTHER, level=None)
    await engine.flush()
    said = {"name": "Taken", "copied_from": {"list": str(group), "owner": str(office.id), "version": 1}}
    row = (office.id, OTHER, GroupId(new_id()), engine.journal.last + 1, msgspec.json.encode(said).decode())
    await superuser.execute(FORGED, *row)
    found = await verify_rights(database, office.id)
    assert found is not None
    assert [(one.fault, one.actor) for one in found.faults] == [(RightsFault.NOT_ALLOWED, OTHER)]


async def test_cut_into_parts_it_is_whole_after_each_crash(
    engine: Engine, office: Person, database: Database
) -> None:
    """Each part is a transaction; what follows is what a synchroniser does that begins anew after each."""
    group = await baseline(office)
    made = await copied(engine, office, group)
    state = (await engine.hot_owner(office.id)).state
    before = OwnerState(office.id, {k: v for k, v in state.groups.items() if k != made.id}, state.access)
    known = next(
        change for change in (await engine.hot_owner(office.id)).recent_changes() if change.group == made
    )
    parts = list(alone(engine.journal.id, Position(0), 0, known, records_max=1))
    assert [len(part.operations) for part in parts] == [1, 2]
    assert [bool(part.save_group) for part in parts] == [True, False]
    assert [one.group_action for one in parts[1].operations] == [None, "create_group"]
    half = msgspec.structs.replace(made, records=bitmap([1]))
    after, change = fold(before.with_group(half), made.version, known.operation)
    assert set(change.added) == {2}
    assert after.groups[made.id].records == made.records
