"""Every kind of operation the whole way: weighed, folded, written, audited, verified, undone.

A kind without an example fails here, and so does one that is half there: acknowledged, and written nowhere.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

import asyncpg

from sertantai.audit.effects import Effects
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.audit.verify import verify
from sertantai.core import audit_words
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.fold import Outcome
from sertantai.core.ids import GroupId, OperationId, UserId
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CreateGroup,
    DeleteGroup,
    Deselect,
    Operation,
    Origin,
    PurgeGroup,
    RecordOperation,
    RestoreGroup,
    Select,
    UpdateGroup,
)
from sertantai.core.state import OwnerState, weight_bytes
from sertantai.core.weight import growth_bytes, notes_gone_through, records_named, written_bytes
from sertantai.engine.engine import Engine
from sertantai.lists.undo import compensation, find_undoable, undoable
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sync.postgres_store import PostgresStore
from tests.postgres.audit.conftest import Person, add_person

AUDITED = "SELECT DISTINCT action FROM selection_audit_log WHERE operation_id = $1"
SUMMED_UP = "SELECT count(*) FROM selection_operations WHERE operation_id = $1"
TICKED = pack(bitmap([1, 2]))
NEW = pack(bitmap([2, 3]))


class Example(NamedTuple):
    """What a list must have met before, and what the operation then says of it."""

    before: Callable[[Person], Awaitable[GroupId]]
    fields: Mapping[str, Any] = MappingProxyType({})


async def a_list(person: Person) -> GroupId:
    """Two laws, one of them with a note."""
    await person.bulk_select(1, 2)
    await person.note(1, "mine")
    return person.group


async def another_list(person: Person) -> GroupId:
    group = await person.make_list("Another")
    await person.do(Amend, group, add=TICKED, remove=pack(bitmap([])), annotations={1: {"note": "kept"}})
    return group


async def a_deleted_list(person: Person) -> GroupId:
    group = await another_list(person)
    await person.do(DeleteGroup, group)
    return group


async def no_list(_person: Person) -> GroupId:
    return GroupId(new_id())


EXAMPLES: dict[type, Example] = {
    Select: Example(a_list, {"record": 3}),
    Deselect: Example(a_list, {"record": 1}),
    BulkSelect: Example(a_list, {"records": NEW}),
    BulkDeselect: Example(a_list, {"records": TICKED}),
    ClearAll: Example(a_list),
    Amend: Example(a_list, {"add": NEW, "remove": TICKED, "annotations": {3: {"note": "new"}}}),
    Annotate: Example(a_list, {"records": TICKED, "changes": {"note": "other", "tags": ["a"]}}),
    CreateGroup: Example(no_list, {"name": "New", "description": "of these days"}),
    UpdateGroup: Example(another_list, {"name": "Renamed", "metadata": {"colour": "red"}}),
    DeleteGroup: Example(another_list),
    RestoreGroup: Example(a_deleted_list, {"records": TICKED, "annotations": {1: {"note": "kept"}}}),
    PurgeGroup: Example(a_deleted_list),
}
WITHOUT = [kind.__name__ for kind in get_args(Operation) if kind not in EXAMPLES]


def test_no_kind_is_without_an_example() -> None:
    assert not WITHOUT, f"an example for each kind, please: {WITHOUT}"


async def test_every_kind_is_all_there(
    engine: Engine, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", clock: ManualClock
) -> None:
    for kind in EXAMPLES:
        person = await add_person(superuser, engine, clock, f"{kind.__name__}@example.org")
        try:
            operation = await is_all_there(kind, person, engine, database)
            words = [row["action"] for row in await superuser.fetch(AUDITED, operation.id)]
            assert words, "something was done, and the audit says nothing of it"
            assert set(words) <= set(audit_words.ALL)
            assert await superuser.fetchval(SUMMED_UP, operation.id) == 1
        except Exception as error:
            error.add_note(f"the kind is {kind.__name__}")
            raise
    assert (await verify(database)).clean


async def is_all_there(
    kind: type[Operation], person: Person, engine: Engine, database: Database
) -> Operation:
    group = await EXAMPLES[kind].before(person)
    before = (await engine.hot_owner(person.id)).state
    operation = person.operation(kind, group, **EXAMPLES[kind].fields)
    for weigh in (records_named, notes_gone_through, growth_bytes, written_bytes):
        assert weigh(operation, before) >= 0
    change = await engine.perform(operation)
    assert change.outcome is Outcome.APPLIED

    after = (await engine.hot_owner(person.id)).state
    await engine.flush()
    assert engine.status().sync.rejected == 0
    assert await stored(database, engine, person) == after
    # Some 600 bytes are what an empty bitmap and a name take.
    assert weight_bytes(after) - weight_bytes(before) <= max(0, growth_bytes(operation, before)) + 600
    if change.changed and isinstance(operation, RecordOperation):
        await is_undone(Effects(engine, PostgresEffects(database)), person, operation, before)
    return operation


async def stored(database: Database, engine: Engine, person: Person) -> OwnerState:
    snapshot = await PostgresStore(database).load([person.id], engine.journal.id)
    return snapshot.states[person.id]


async def is_undone(effects: Effects, person: Person, operation: Operation, before: OwnerState) -> None:
    """From memory and from the audit alike, and all of it."""
    engine = effects.engine
    hot = await engine.hot_owner(person.id)
    known = hot.find(operation.id, operation.group)
    assert known is not None
    await engine.release(person.id, 5)
    hot = await engine.hot_owner(person.id)
    group = hot.state.groups[operation.group]
    found = await find_undoable(effects, hot, group, operation.id, UserId(person.id))
    assert found == undoable(known)
    origin = Origin(UserId(person.id), source="undo")
    id, at = OperationId(new_id()), person.clock.now()
    await engine.perform(compensation(found, group, person.id, id=id, at=at, origin=origin))
    now = (await engine.hot_owner(person.id)).state.groups[operation.group]
    then = before.groups[operation.group]
    assert (now.records, dict(now.annotations)) == (then.records, dict(then.annotations))
