"""A person's trail and timeline, over a real engine and PostgreSQL."""

from uuid import UUID

from sertantai.audit.operations import Timeline
from sertantai.audit.reports import find_owner, whole_trail
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.trail import Keyset, Trail, TrailEntry, TrailFilter
from sertantai.core.ids import RecordId, UserId
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from tests.postgres.audit.conftest import Person

EVERYTHING = TrailFilter()


async def test_each_change_is_one_entry_newest_first(
    snapshots: Snapshots, engine: Engine, somebody: Person, records: dict[int, UUID]
) -> None:
    await somebody.select(1)
    await somebody.select(1)  # changes nothing
    await somebody.note(1, "of interest")
    await somebody.deselect(1)
    await engine.flush()

    entries, following = (await Trail(snapshots).page(somebody.id, EVERYTHING, None, 50)).answer

    assert [entry.action for entry in entries] == ["deselect", "annotate", "select"]
    assert following is None
    selected = entries[-1]
    assert selected.record is not None
    assert (selected.record.id, selected.record.name) == (records[1], "UK_test_1")
    assert (selected.ip, selected.session, selected.user_agent) == ("192.0.2.7", "session-1", "a browser")
    assert (selected.actor, selected.source) == (UserId(somebody.id), "hand")
    assert entries[1].note == "of interest"
    assert entries[0].metadata == {"dropped": {"note": "of interest"}}


async def test_pages_neither_repeat_nor_skip_entries_of_one_moment(
    snapshots: Snapshots, engine: Engine, somebody: Person
) -> None:
    await somebody.bulk_select(*range(1, 11))  # ten rows of the same time
    await engine.flush()

    seen: list[TrailEntry] = []
    after: Keyset | None = None
    while True:
        entries, after = (await Trail(snapshots).page(somebody.id, EVERYTHING, after, 3)).answer
        seen.extend(entries)
        if after is None:
            break

    assert len({entry.id for entry in seen}) == len(seen) == 10


async def test_the_trail_is_filtered(
    snapshots: Snapshots, engine: Engine, somebody: Person, records: dict[int, UUID]
) -> None:
    await somebody.bulk_select(1, 2)
    moment = somebody.clock.now()
    await somebody.make_list("Fire safety")
    await somebody.deselect(2)
    await engine.flush()

    async def found(wanted: TrailFilter) -> list[str]:
        entries, _ = (await Trail(snapshots).page(somebody.id, wanted, None, 50)).answer
        return [entry.action for entry in entries]

    assert await found(TrailFilter(record=RecordId(records[2]))) == ["deselect", "bulk_select"]
    assert await found(TrailFilter(actions=("deselect",))) == ["deselect"]
    assert await found(TrailFilter(until=moment)) == []
    assert await found(TrailFilter(since=moment, until=somebody.clock.now())) == [
        "bulk_select",
        "bulk_select",
    ]
    assert await found(TrailFilter(lists=True)) == ["deselect", "create_group", "bulk_select", "bulk_select"]
    assert len(await found(TrailFilter(group="default"))) == 3


async def test_nobody_reads_the_trail_of_another(
    snapshots: Snapshots, engine: Engine, somebody: Person, another: Person
) -> None:
    await somebody.select(1)
    await engine.flush()

    assert (await Trail(snapshots).page(another.id, TrailFilter(group=somebody.group), None, 50)).answer == (
        [],
        None,
    )
    assert (await Timeline(snapshots).page(another.id, None, 50, group=somebody.group)).answer == ([], None)


async def test_a_first_page_waits_for_what_was_just_done(snapshots: Snapshots, somebody: Person) -> None:
    done = await somebody.select(1)
    told = await Trail(snapshots).page(somebody.id, EVERYTHING, None, 50)

    assert len(told.answer[0]) == 1
    assert (told.settled, told.upto) == (True, done.position)


async def test_the_timeline_has_one_entry_an_operation(
    snapshots: Snapshots, engine: Engine, somebody: Person
) -> None:
    added = await somebody.bulk_select(1, 2, 3, source="filter")
    undone = await somebody.undo(added)
    group = await somebody.make_list("Fire safety")
    await engine.flush()

    entries, following = (await Timeline(snapshots).page(somebody.id, None, 50)).answer

    made, undo, bulk = entries
    assert following is None
    assert (bulk.action, bulk.added, bulk.removed, bulk.source) == ("bulk_select", 3, 0, "filter")
    assert bulk.undone_by == undone.operation.id
    assert not bulk.can_be_undone
    assert (undo.removed, undo.source, undo.undoes) == (3, "undo", added.operation.id)
    assert undo.can_be_undone
    assert (made.action, made.changed) == ("create_group", 0)
    assert made.group is not None
    assert (made.group.id, made.group.name) == (group, "Fire safety")


async def test_the_timeline_of_one_law_has_all_that_changed_it(
    snapshots: Snapshots, engine: Engine, somebody: Person
) -> None:
    await somebody.bulk_select(1, 2, 3)
    await somebody.deselect(1)
    await somebody.deselect(2)
    await engine.flush()
    [law] = [
        entry.record.id
        for entry in (await Timeline(snapshots).page(somebody.id, None, 1)).answer[0]
        if entry.record is not None
    ]
    entries, _ = (await Timeline(snapshots).page(somebody.id, None, 50, records=[RecordId(law)])).answer
    assert [(entry.added, entry.removed) for entry in entries] == [(0, 1), (3, 0)]
    assert (await Timeline(snapshots).page(somebody.id, None, 50, records=[])).answer == ([], None)


async def test_the_timeline_comes_in_pages(snapshots: Snapshots, engine: Engine, somebody: Person) -> None:
    for record in range(1, 6):
        await somebody.select(record)
    await engine.flush()

    positions: list[int] = []
    after: Keyset | None = None
    while True:
        entries, after = (await Timeline(snapshots).page(somebody.id, after, 2)).answer
        positions.extend(entry.position for entry in entries)
        if after is None:
            break

    assert positions == sorted(positions, reverse=True)
    assert len(positions) == 5


async def test_an_administrator_reads_the_whole_trail(
    database: Database, engine: Engine, somebody: Person, another: Person
) -> None:
    await somebody.select(1)
    await another.select(2)
    await engine.flush()

    everybody = [entry.owner async for entry in whole_trail(database)]
    second = await find_owner(database, "SECOND@example.org")
    one = [entry.owner async for entry in whole_trail(database, second)]

    assert everybody == [somebody.id, another.id]
    assert one == [another.id]
