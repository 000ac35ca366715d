"""What an undo learns from the trail, once memory has forgotten it."""

import asyncpg

from sertantai.audit.effects import Effects
from sertantai.audit.operations import Timeline
from sertantai.audit.snapshots import Snapshots
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change
from sertantai.core.ids import UserId
from sertantai.core.operations import Annotate
from sertantai.lists.undo import Undoable, find_undoable, undoable
from tests.postgres.audit.conftest import Person


async def forgotten(effects: Effects, person: Person, change: Change) -> Undoable:
    await effects.engine.release(person.id, 5)
    hot = await effects.engine.hot_owner(person.id)
    assert hot.find(change.operation.id, person.group) is None
    return await find_undoable(
        effects, hot, hot.state.groups[person.group], change.operation.id, UserId(person.id)
    )


async def test_the_trail_tells_of_a_note_what_memory_told(effects: Effects, somebody: Person) -> None:
    await somebody.bulk_select(1, 2, 3)
    await somebody.note(1, "first")
    changes = {"note": "second", "tags": ["a"]}
    edited = await somebody.do(Annotate, records=pack(bitmap([1, 2])), changes=changes)
    assert await forgotten(effects, somebody, edited) == undoable(edited)


async def test_the_newest_change_is_a_note_and_is_undone_first(effects: Effects, somebody: Person) -> None:
    await somebody.bulk_select(1)
    noted = await somebody.note(1, "mine")
    await effects.engine.release(somebody.id, 5)
    hot = await effects.engine.hot_owner(somebody.id)
    found = await find_undoable(effects, hot, hot.state.groups[somebody.group], None, UserId(somebody.id))
    assert found.operation == noted.operation.id


async def test_notes_of_which_the_trail_kept_nothing_are_passed_over(
    effects: Effects, somebody: Person, snapshots: Snapshots, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """So were they written before undo knew of notes."""
    selected = await somebody.bulk_select(1)
    noted = await somebody.note(1, "mine")
    await effects.engine.release(somebody.id, 5)
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute("UPDATE selection_audit_log SET metadata = metadata - 'before'")
    await superuser.execute("UPDATE selection_operations SET undoable = undoable - annotated")
    hot = await effects.engine.hot_owner(somebody.id)
    found = await find_undoable(effects, hot, hot.state.groups[somebody.group], None, UserId(somebody.id))
    assert found.operation == selected.operation.id
    entries, _ = (await Timeline(snapshots).page(somebody.id, None, 10)).answer
    undoable_now = {entry.operation_id: entry.can_be_undone for entry in entries}
    assert undoable_now == {noted.operation.id: False, selected.operation.id: True}


async def test_the_timeline_offers_to_undo_a_note_once(
    somebody: Person, effects: Effects, snapshots: Snapshots
) -> None:
    await somebody.bulk_select(1)
    noted = await somebody.note(1, "mine")
    await effects.engine.release(somebody.id, 5)
    entries, _ = (await Timeline(snapshots).page(somebody.id, None, 10)).answer
    assert next(entry for entry in entries if entry.operation_id == noted.operation.id).can_be_undone
