"""Operations that the journal lost are done again: once, in order, and not over what was done since."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sertantai.audit.effects import Effects
from sertantai.core.bitmaps import numbers
from sertantai.core.clock import ManualClock
from sertantai.core.ids import JournalId, OwnerId, Position, RecordNo
from sertantai.core.operations import Deselect, Operation, Select, encode
from sertantai.engine.engine import Engine
from sertantai.engine.errors import SalvageRefused
from sertantai.engine.salvaging import bring_back, lost_of
from sertantai.journal.damage import found
from sertantai.journal.damage_notes import DamageNotes
from sertantai.journal.known import KnownJournals
from sertantai.journal.protocol import Entry
from sertantai.journal.sqlite_files import SqliteFiles
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import Person

if TYPE_CHECKING:
    import asyncpg


def entries(*operations: Operation) -> list[Entry]:
    return [Entry(Position(at), encode(one)) for at, one in enumerate(operations, 3)]


def tick(person: Person, record: int, kind: type[Select] | type[Deselect] = Select) -> Operation:
    person.clock.advance(1)
    return person.operation(kind, record=RecordNo(record))


async def selected(person: Person) -> list[int]:
    return numbers((await person.engine.state(person.id)).groups[person.group].records)


async def test_they_are_done_again_in_order_and_once(
    engine: Engine,
    effects: Effects,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    somebody: Person,
) -> None:
    await somebody.select(1)
    before = (await engine.state(somebody.id)).groups[somebody.group].version
    lost = entries(
        tick(somebody, 2),
        tick(somebody, 3),
        tick(somebody, 2, Deselect),
        tick(somebody, 1),  # the last: nothing
    )
    came = await bring_back(engine, database, effects.of, lost)
    assert (came.done, came.known, came.left_out) == ([3, 4, 5, 6], [], [])
    assert await selected(somebody) == [1, 3]
    assert (await engine.state(somebody.id)).groups[somebody.group].version > before
    await somebody.deselect(1)
    again = await bring_back(engine, database, effects.of, lost, over_newer=True)
    assert (again.done, again.known) == ([], [3, 4, 5, 6])
    assert await selected(somebody) == [3], "what changed nothing is not done a second time either"
    rows = await superuser.fetch("SELECT DISTINCT source FROM selection_operations ORDER BY 1")
    assert [row["source"] for row in rows] == ["salvage", None], "None: by hand"


async def test_what_was_done_to_a_list_since_stands(
    engine: Engine, effects: Effects, database: Database, somebody: Person, another: Person
) -> None:
    lost = entries(tick(somebody, 2), tick(another, 2))
    await somebody.select(1)
    came = await bring_back(engine, database, effects.of, lost)
    assert came.done == [4]
    assert [(one.position, one.reason) for one in came.left_out] == [(3, "its list was changed since")]
    assert await selected(somebody) == [1]
    assert (await bring_back(engine, database, effects.of, lost, over_newer=True)).done == [3]
    assert await selected(somebody) == [1, 2]


async def test_what_cannot_be_done_any_more_is_left_out_in_words(
    engine: Engine, effects: Effects, database: Database, somebody: Person, clock: ManualClock
) -> None:
    nobody = Person(OwnerId(new_id()), somebody.group, engine, clock)
    came = await bring_back(engine, database, effects.of, entries(tick(nobody, 1), tick(somebody, 1)))
    assert came.done == [4]
    assert [one.reason for one in came.left_out] == ["its account no longer exists"]


async def test_only_what_is_surely_lost_is_asked_for(
    engine: Engine, database: Database, somebody: Person, tmp_path: Path
) -> None:
    files, journal = SqliteFiles(tmp_path), engine.journal
    await somebody.select(1)
    await engine.flush()
    assert await lost_of(journal.id, journal.id, files, database) == []
    notes = DamageNotes(files.path)
    notes.add([found("It was damaged.", [(1, 7)])])
    notes.compare(Position(4), Position(4), journal.last, is_gone=False)
    files.accept("known", [damage.id for damage in files.damages()])
    assert await lost_of(journal.id, journal.id, files, database) == [(5, 7)]
    foreign = JournalId(new_id())
    with pytest.raises(SalvageRefused, match="another data directory"):
        await lost_of(foreign, journal.id, files, database)
    with pytest.raises(SalvageRefused, match="which journal"):
        await lost_of(None, journal.id, files, database)
    KnownJournals(files.path).note(foreign, Position(9))
    [(first, _)] = await lost_of(foreign, journal.id, files, database)
    assert first == 1
