"""Why laws went, and what a list said of itself before: from the fold to the trail, and read again there."""

from sertantai.audit.effects import Effects
from sertantai.audit.operations import Timeline
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.trail import Trail, TrailFilter
from sertantai.audit.verify import verify
from sertantai.core.bitmaps import EMPTY, bitmap, pack
from sertantai.core.operations import (
    Amend,
    BulkDeselect,
    ClearAll,
    DeleteGroup,
    Deselect,
    RestoreGroup,
    UpdateGroup,
)
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from tests.postgres.audit.conftest import Person

BECAUSE = "Site closed"
WASTE, WATER = {"family": ["WASTE"]}, {"family": ["WATER"]}


async def test_each_row_of_a_removal_says_why_and_no_other(
    engine: Engine, somebody: Person, snapshots: Snapshots, effects: Effects, database: Database
) -> None:
    await somebody.bulk_select(*range(1, 9))
    await somebody.note(1, "kept")
    one = await somebody.do(Deselect, record=1, reason=BECAUSE)
    many = await somebody.do(BulkDeselect, records=pack(bitmap([2, 3])), reason=BECAUSE)
    both = await somebody.do(Amend, add=pack(bitmap([1])), remove=pack(bitmap([4])), reason=BECAUSE)
    silent = await somebody.do(Deselect, record=5)
    cleared = await somebody.do(ClearAll, reason=BECAUSE)
    group = await somebody.make_list("Fire safety")
    await somebody.do(Amend, group, add=pack(bitmap([1])), remove=pack(EMPTY))
    deleted = await somebody.do(DeleteGroup, group, reason=BECAUSE)
    await somebody.do(RestoreGroup, group, records=pack(bitmap([1])))
    await engine.flush()
    rows = (await Trail(snapshots).page(somebody.id, TrailFilter(lists=True), None, 100)).answer[0]
    said = {(row.operation_id, row.action): row.reason for row in rows}
    assert {key for key, reason in said.items() if reason == BECAUSE} == {
        (one.operation.id, "deselect"),
        (many.operation.id, "bulk_deselect"),
        (both.operation.id, "bulk_deselect"),
        (cleared.operation.id, "clear_all"),
        (deleted.operation.id, "clear_all"),
        (deleted.operation.id, "delete_group"),
    }
    told = await Timeline(snapshots).page(somebody.id, None, 100, with_said=True)
    because = {entry.operation_id for entry in told.answer[0] if entry.reason == BECAUSE}
    assert because == {one.operation.id for one in (one, many, both, cleared, deleted)}
    assert silent.operation.id not in because
    for change in (one, both):
        effect = (await effects.of(somebody.id, change.operation.id, change.position)).answer
        assert effect is not None
        assert effect.reason == BECAUSE
    assert (await verify(database)).clean


async def test_no_rule_of_a_list_changes_without_a_trace(
    engine: Engine, somebody: Person, snapshots: Snapshots, database: Database
) -> None:
    group = await somebody.make_list("Waste")
    for fields in (
        {"metadata": {"filter": WASTE}},
        {"metadata": {"filter": WATER, "colour": "red"}, "description": "Of all sites"},
        {"description": ""},
    ):
        await somebody.do(UpdateGroup, group, **fields)
    await engine.flush()
    wanted = TrailFilter(group=group, actions=("update_group",))
    rows = (await Trail(snapshots).page(somebody.id, wanted, None, 100)).answer[0]
    assert [row.metadata for row in reversed(rows)] == [
        {"changes": {"filter": WASTE}, "before": {"filter": None}},
        {
            "changes": {"description": "Of all sites", "filter": WATER, "colour": "red"},
            "before": {"description": None, "filter": WASTE, "colour": None},
        },
        {"changes": {"description": None}, "before": {"description": "Of all sites"}},
    ]
    assert (await verify(database)).clean
