"""The timeline narrowed by what has no index: right, and bounded however little fits."""

from itertools import product
from typing import Any

import asyncpg
import pytest

from sertantai.audit.narrowing import walking
from sertantai.audit.narrowing.walking import OPERATIONS_WALKED_MAX
from sertantai.audit.operations import Timeline, TimelineEntry
from sertantai.audit.snapshots import Snapshots
from sertantai.core.ids import OwnerId, RecordId
from sertantai.engine.engine import Engine
from tests.postgres.audit.conftest import BEN, Person

MANY = """
INSERT INTO selection_operations
       (user_id, created_at, operation_id, position, group_id, actor_id, record_action, source,
        added, removed, annotated, undoable)
SELECT $1, now() - make_interval(secs => n), gen_random_uuid(), $3::int - n, $2, $1, 'select',
       CASE n WHEN $3 THEN 'import' END, 1, 0, 0, 1
  FROM generate_series(1, $3::int) n
"""


async def every(snapshots: Snapshots, owner: OwnerId, limit: int = 2, **asked: Any) -> list[TimelineEntry]:
    """Page by page."""
    found, after = (await Timeline(snapshots).page(owner, None, limit, **asked)).answer
    while after is not None:
        more, after = (await Timeline(snapshots).page(owner, after, limit, **asked)).answer
        found += more
    return found


@pytest.mark.parametrize("walked", [1, OPERATIONS_WALKED_MAX])
async def test_pages_leave_nothing_out_however_few_are_walked_at_a_time(
    snapshots: Snapshots,
    somebody: Person,
    engine: Engine,
    records: dict[int, RecordId],
    monkeypatch: pytest.MonkeyPatch,
    walked: int,
) -> None:
    monkeypatch.setattr(walking, "OPERATIONS_WALKED_MAX", walked)
    other = await somebody.make_list("Other")
    for number in range(1, 6):
        change = await somebody.bulk_select(number, source="import" if number % 2 else "hand")
        if number in (2, 3):
            await somebody.undo(change)
    await somebody.do_note(other, 1, "nothing is there")
    await engine.flush()
    whole = await every(snapshots, somebody.id, 50)
    assert {(entry.source, entry.undone_by is not None) for entry in whole} == {
        *(("import", False), ("import", True), ("hand", False), ("hand", True), ("undo", False))
    }
    group, law = {"group": somebody.group}, {"records": [records[3]]}
    ways: list[dict[str, Any]] = [{}, {"kind": "ticked"}, group, law]
    for way, source, undone in product(ways, (None, "import", "undo"), (None, True, False)):
        found = await every(snapshots, somebody.id, source=source, undone=undone, **way)
        assert [entry.operation_id for entry in found] == [
            entry.operation_id
            for entry in await every(snapshots, somebody.id, 50, **way)
            if source in (None, entry.source) and undone in (None, entry.undone_by is not None)
        ]


async def test_of_a_law_one_person_is_asked_for(
    snapshots: Snapshots, engine: Engine, office: Person, records: dict[int, RecordId]
) -> None:
    await office.select(1)
    office.actor = BEN
    await office.deselect(1)
    await office.select(2)
    await engine.flush()
    found = await every(snapshots, office.id, records=[records[1]], actor=BEN)
    assert [(entry.action, entry.actor) for entry in found] == [("deselect", BEN)]
    assert len(await every(snapshots, office.id, records=[records[1]])) == 2


async def test_a_page_looks_through_so_many_and_the_next_one_goes_on(
    snapshots: Snapshots, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute(MANY, somebody.id, somebody.group, OPERATIONS_WALKED_MAX + 1)
    timeline = Timeline(snapshots)
    found, after = (await timeline.page(somebody.id, None, 50, source="import")).answer
    assert (found, after is None) == ([], False)
    found, after = (await timeline.page(somebody.id, after, 50, source="import")).answer
    assert ([entry.source for entry in found], after) == (["import"], None)
