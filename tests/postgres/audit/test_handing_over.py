"""A list goes from one owner to another and back: in the log, in the rows and in both trails."""

import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from sertantai.audit.effects import Effects
from sertantai.audit.lineage import FORMER_OWNERS_MAX, formers_of
from sertantai.audit.misfits import Misfit
from sertantai.audit.moments import BeforeTheTrail, Moments
from sertantai.audit.operations import Timeline
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.verify import verify
from sertantai.audit.verify_rights import verify_rights
from sertantai.core.bitmaps import EMPTY, bitmap, numbers, pack, unpack
from sertantai.core.clock import ManualClock
from sertantai.core.fold import APPLIED
from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordNo, UserId
from sertantai.core.operations import Admit, Amend, BulkSelect, Deselect, Origin, Select, of_no_list
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.between.handing_over import HandingOver
from sertantai.lists.errors import NothingToUndo
from sertantai.lists.undo import Undoable, compensation, find_undoable
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.new_ids import new_id
from sertantai.sync.postgres_store import PostgresStore
from tests.postgres.audit.conftest import Person, add_organization
from tests.postgres.audit.test_attacks_on_the_trail import OFF

ROWS = """
SELECT record_no, user_id, created_at, actor_id, source, metadata FROM user_record_selections
 WHERE selection_group = $1 ORDER BY record_no
"""
TRAIL = """
SELECT user_id, action, record_no, metadata, ip_address, position FROM selection_audit_log
 WHERE group_id = $1 AND metadata ?| ARRAY['handed_over_to', 'handed_over_from']
 ORDER BY position, record_no NULLS LAST
"""
LOSE_A_ROW = """
DELETE FROM user_record_selections s USING user_selection_groups g
 WHERE g.id = $1 AND s.user_id = g.user_id AND s.selection_group = g.name AND s.record_no = 3
"""
REJECTED = "SELECT user_id, operation ->> 'action' AS action FROM sync_rejections ORDER BY position"
LINEAGE = "SELECT from_owner, to_owner, until_position, shows_history FROM selection_group_lineage"
DROPPED = """
WITH told AS (
  INSERT INTO audit_baseline_owners (user_id, position)
  SELECT $1, max(position) FROM selection_audit_log
   WHERE user_id = $3 AND group_id = $2 AND NOT metadata ? 'handed_over_to'
) SELECT
"""
IN_BASELINE = "INSERT INTO audit_baseline (user_id, group_id, record_no) VALUES ($1, $2, $3)"
HAD_IT = """
INSERT INTO selection_group_lineage (group_id, from_owner, until_position, to_owner, shows_history, at)
VALUES ($1, $2, $3, $4, true, now())
"""


class Story:
    """Ann, a member of an organization of somebody else's, with a list of three laws and a note."""

    def __init__(
        self,
        engine: Engine,
        effects: Effects,
        snapshots: Snapshots,
        clock: ManualClock,
        ann: Person,
        acme: Person,
    ) -> None:
        self.engine, self.ann, self.acme, self.clock = engine, ann, acme, clock
        self.effects, self.snapshots = effects, snapshots
        self.handing = HandingOver(engine, effects, clock)
        self.list: GroupId

    async def begin(self, role: Role = Role.MEMBER) -> None:
        founder, nowhere = self.acme.actor, of_no_list(self.acme.id)
        assert founder is not None
        common: dict[str, Any] = {"given_by": founder, "way": "founder"}
        await self.acme.do(Admit, nowhere, member=founder, role=Role.OWNER, name="Founder", **common)
        ann = UserId(self.ann.id)
        await self.acme.do(Admit, nowhere, member=ann, role=role, name="Ann", given_by=founder)
        self.list = await self.ann.make_list("Site")
        await self.ann.do(BulkSelect, self.list, records=pack(bitmap([1, 2, 3])))
        await self.ann.do_note(self.list, 2, "mine")

    def lists(self, owner: OwnerId, state_of: Any, actor: UserId) -> Lists:
        return Lists(Origin(actor, "s", "192.0.2.9", "b"), None, owner, state_of, self.clock.now, None)

    async def of(self, owner: OwnerId, actor: UserId) -> Lists:
        return self.lists(owner, await self.engine.hot_owner(owner), actor)

    async def give(self, *, with_history: bool = True) -> Allowed:
        ann = UserId(self.ann.id)
        found = (await self.of(self.ann.id, ann)).named(self.list)
        self.clock.advance(1)
        return await self.handing.hand_over(
            found, await self.of(self.acme.id, ann), with_history=with_history
        )

    async def take_back(self, actor: UserId | None = None) -> Allowed:
        actor = actor or UserId(self.ann.id)
        found = (await self.of(self.acme.id, actor)).named(self.list)
        self.clock.advance(1)
        return await self.handing.hand_over(found, await self.of(OwnerId(actor), actor), with_history=True)


@pytest.fixture
async def story(
    engine: Engine,
    effects: Effects,
    snapshots: Snapshots,
    clock: ManualClock,
    somebody: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> Story:
    acme = await add_organization(superuser, engine, clock, "acme")
    story = Story(engine, effects, snapshots, clock, somebody, acme)
    await story.begin()
    return story


async def is_whole(story: Story, database: Database) -> None:
    """Memory, rows and trails agree, of both owners."""
    await story.engine.flush()
    assert story.engine.status().sync.rejected == 0
    owners = [story.ann.id, story.acme.id]
    stored = (await PostgresStore(database).load(owners, story.engine.journal.id)).states
    assert stored == {owner: await story.engine.state(owner) for owner in owners}
    assert (await verify(database)).clean
    rights = await verify_rights(database, story.acme.id)
    assert rights is not None
    assert rights.clean, rights


async def test_when_and_by_whom_a_law_was_ticked_is_as_its_former_owner_says(
    story: Story, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The sealed text leaves that out, where a list moves."""
    await story.give()
    await story.take_back()
    await is_whole(story, database)
    await superuser.execute(OFF)
    for said, tick in (
        ('{"selected_at": "2020-02-02T00:00:00+00:00"}', "created_at = '2020-02-02'"),
        (f'{{"selected_by": "{story.acme.actor}"}}', f"actor_id = '{story.acme.actor}'"),
    ):
        await superuser.execute(
            "UPDATE selection_audit_log SET metadata = metadata || $2::jsonb"
            " WHERE user_id = $1 AND metadata ? 'selected_at' AND record_no = 3",
            story.ann.id,
            said,
        )
        await superuser.execute(
            f"UPDATE user_record_selections SET {tick} WHERE user_id = $1 AND record_no = 3", story.ann.id
        )
        found = (await verify(database)).misfits
        assert [(one.misfit, one.record, one.group) for one in found] == [(Misfit.TICK_UNTOLD, 3, story.list)]


async def test_it_is_whole_at_its_new_owner_and_gone_at_the_old(
    story: Story, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await story.engine.flush()
    before = await superuser.fetch(ROWS, "Site")
    there = await story.give()
    assert there.owner == story.acme.id
    assert numbers(there.group.records) == [1, 2, 3]
    note = dict(there.group.annotations[2])
    assert (note["note"], note["note_by"]) == ("mine", str(story.ann.id))
    assert there.group.made_by == story.ann.id
    assert story.list not in (await story.engine.state(story.ann.id)).groups
    await is_whole(story, database)

    after = await superuser.fetch(ROWS, "Site")
    kept = ("record_no", "created_at", "actor_id", "source")
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]
    assert {row["user_id"] for row in after} == {story.acme.id}
    trail = await superuser.fetch(TRAIL, story.list)
    assert [(row["user_id"], row["action"], row["record_no"]) for row in trail] == [
        *((story.acme.id, "bulk_select", number) for number in (1, 2, 3)),
        (story.acme.id, "take_over", None),
        *((story.ann.id, "bulk_deselect", number) for number in (1, 2, 3)),
        (story.ann.id, "hand_over", None),
    ]
    version = there.group.version
    assert [row["position"] for row in trail] == [version] * 4 + [version + 1] * 4
    selected = json.loads(trail[0]["metadata"])
    assert selected["selected_by"] == str(story.ann.id)
    assert selected["selected_at"] < there.group.updated_at.isoformat()
    [line] = await superuser.fetch(LINEAGE)
    assert tuple(line)[:2] == (story.ann.id, story.acme.id)
    assert (line["until_position"], line["shows_history"]) == (there.group.version - 1, True)


async def test_it_goes_back_and_comes_again(story: Story, database: Database) -> None:
    for _ in range(2):
        await story.give()
        back = await story.take_back()
        assert back.owner == story.ann.id
        assert dict(back.group.annotations) == {2: {"note": "mine"}}
        await is_whole(story, database)
    await story.give()
    await is_whole(story, database)


async def newest(story: Story, actor: UserId) -> Undoable:
    """What they would take back, once memory has forgotten it all."""
    await story.engine.flush()
    for owner in (story.ann.id, story.acme.id):
        await story.engine.release(owner, 5)
    found = (await story.of(story.acme.id, actor)).named(story.list)
    return await find_undoable(story.effects, found.hot, found.group, None, actor)


async def tick(story: Story, record: int, actor: UserId | None = None) -> OperationId:
    """In the organization's list."""
    story.acme.actor = actor or UserId(story.ann.id)
    done = await story.acme.do(Select, story.list, record=RecordNo(record))
    return done.operation.id


async def test_ones_own_newest_change_is_found_on_the_other_side_of_a_hand_over(story: Story) -> None:
    ann, founder = UserId(story.ann.id), story.acme.actor
    assert founder is not None
    await story.give()
    noted = await newest(story, ann)
    edit = noted.annotated[2]
    assert (edit.before["note"], edit.after["note"]) == (None, "mine")
    assert edit.before["note_by"] is None, "nobody had written it, as an organization says it"
    with pytest.raises(NothingToUndo):
        await newest(story, founder)  # a colleague's is never taken
    later = await tick(story, 7)
    assert (await newest(story, ann)).operation == later
    await tick(story, 8, founder)
    assert (await newest(story, ann)).operation == later


async def test_an_undo_there_counts_for_what_it_took_back_before(story: Story) -> None:
    ann = UserId(story.ann.id)
    await story.give()
    noted = await newest(story, ann)
    await story.acme.do(
        Amend,
        story.list,
        add=pack(EMPTY),
        remove=pack(EMPTY),
        annotate={2: {"note": None, "note_by": None, "note_at": None}},
        undoes=noted.operation,
        source="undo",
    )
    ticked = await newest(story, ann)
    assert numbers(ticked.added) == [1, 2, 3]
    group = (await story.engine.state(story.acme.id)).groups[story.list]
    made = compensation(
        ticked,
        group,
        story.acme.id,
        id=OperationId(new_id()),
        at=story.clock.now(),
        origin=Origin(ann),
    )
    assert numbers(unpack(made.remove)) == [1, 2, 3]


async def test_the_newest_is_the_newest_of_all_owners_it_had(story: Story, database: Database) -> None:
    """Whoever had the list twice is asked once, and what was done in between is in its place."""
    ann = UserId(story.ann.id)
    await story.give()
    there = await tick(story, 7)
    await story.take_back()
    again = (await story.ann.do(Select, story.list, record=RecordNo(9))).operation.id
    await story.give()
    there_now = (await story.of(story.acme.id, ann)).named(story.list)
    known = await find_undoable(story.effects, there_now.hot, there_now.group, None, ann)
    assert known.operation == again, "memory has the organization's own older one only"
    assert (await newest(story, ann)).operation == again
    told = await PostgresEffects(database).recent_operations(
        story.engine.journal.id, story.acme.id, story.list, ann, None, 1
    )
    assert [id for id, _ in told.answer.operations] == [again]
    assert told.answer.goes_on_before is not None
    told = await PostgresEffects(database).recent_operations(
        story.engine.journal.id, story.acme.id, story.list, ann, told.answer.goes_on_before, 1
    )
    assert [id for id, _ in told.answer.operations] == [there], "and nothing of what is still behind it"
    page, _ = (await Timeline(story.snapshots).page(story.acme.id, None, 50, group=story.list)).answer
    assert len({one.operation_id for one in page}) == len(page)
    before = {one.operation_id: one.is_former for one in page}
    assert (before[again], before[there]) == (True, False)


async def test_what_was_not_given_is_not_found(story: Story) -> None:
    await story.give(with_history=False)
    with pytest.raises(NothingToUndo):
        await newest(story, UserId(story.ann.id))


async def test_a_list_is_shown_as_it_was_before_it_was_handed_over(story: Story) -> None:
    await story.ann.do(Deselect, story.list, record=RecordNo(2))
    early = story.clock.now()
    await story.give()
    came = story.clock.now()
    await tick(story, 7)
    moments = Moments(story.snapshots)
    just_before = came - timedelta(microseconds=1)
    told = await moments.as_of(story.acme.id, story.list, early, just_before, came, story.clock.now())
    assert [numbers(one) for one in told.answer] == [[1, 3], [1, 3], [1, 3], [1, 3, 7]]
    told_notes = await moments.notes_left_with(
        story.acme.id, story.list, early - timedelta(seconds=1), bitmap([2])
    )
    assert told_notes.answer == {2: (story.ann.id, {"note": "mine"})}
    assert (await moments.begins(story.acme.id, story.list)).answer is None


async def test_a_list_that_came_without_its_history_says_where_it_begins(story: Story) -> None:
    early = story.clock.now()
    await story.give(with_history=False)
    came = story.clock.now()
    moments = Moments(story.snapshots)
    with pytest.raises(BeforeTheTrail, match="without its earlier history"):
        await moments.as_of(story.acme.id, story.list, early)
    assert numbers((await moments.as_of(story.acme.id, story.list, came)).answer[0]) == [1, 2, 3]
    assert (await moments.begins(story.acme.id, story.list)).answer == came
    # What is whose own stays readable there, also when the list comes back.
    await story.take_back()
    mine = await moments.as_of(story.ann.id, story.list, early)
    assert numbers(mine.answer[0]) == [1, 2, 3]


async def test_what_the_trail_began_with_is_read_across_a_hand_over(
    story: Story, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Where the months of before have been dropped."""
    early = story.clock.now()
    await story.give()
    await story.engine.flush()
    await superuser.execute(DROPPED, story.ann.id, story.list, story.ann.id)
    for record in (1, 2, 3, 4):
        await superuser.execute(IN_BASELINE, story.ann.id, story.list, record)
    told = await Moments(story.snapshots).as_of(story.acme.id, story.list, early)
    assert numbers(told.answer[0]) == [1, 2, 3, 4]


async def test_so_many_owners_are_looked_back_to_and_no_more(
    story: Story, superuser: "asyncpg.Connection[asyncpg.Record]", database: Database
) -> None:
    await story.give()
    await story.engine.flush()
    for number in range(FORMER_OWNERS_MAX + 1):
        await superuser.execute(HAD_IT, story.list, OwnerId(new_id()), 1_000 + number, story.acme.id)
    async with database.transaction(DatabaseRole.APP, story.acme.id, readonly=True) as connection:
        found = await formers_of(connection, story.acme.id, story.list)
    assert len(found) == FORMER_OWNERS_MAX
    assert found[0].until == 1_000 + FORMER_OWNERS_MAX


async def test_what_is_built_on_a_move_that_is_set_aside_is_set_aside_with_it(
    story: Story, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Both were told that it is done: neither a tick at the receiver nor a list at the giver may be lost."""
    await story.engine.flush()
    await superuser.execute(LOSE_A_ROW, story.list)
    ann = UserId(story.ann.id)
    async with superuser.transaction():
        await superuser.execute("SELECT FROM sync_watermarks FOR UPDATE")  # PostgreSQL takes its time
        await story.give()
        at_acme = Person(story.acme.id, story.list, story.engine, story.clock, ann)
        assert (await at_acme.select(7)).outcome is APPLIED
        again = await story.ann.make_list("Site")
        assert (await story.ann.do(Select, again, record=RecordNo(8))).outcome is APPLIED
        assert (await story.ann.do_note(again, 8, "of a list that is not there")).outcome is APPLIED
    await story.engine.flush()
    rejected = await superuser.fetch(REJECTED)
    assert [(row["user_id"], row["action"]) for row in rejected] == [
        (story.acme.id, "take_over"),
        (story.ann.id, "hand_over"),
        (story.acme.id, "select"),
        (story.ann.id, "create_group"),
        (story.ann.id, "select"),
        (story.ann.id, "annotate"),
    ]
    assert story.engine.status().sync.rejected == len(rejected)
    there = (await story.engine.state(story.ann.id)).groups[story.list]
    assert (there.name, numbers(there.records)) == ("Site", [1, 2])
    assert story.list not in (await story.engine.state(story.acme.id)).groups
    # From here on memory is right again: nothing more is set aside.
    await story.ann.do(Select, story.list, record=RecordNo(9))
    await story.engine.flush()
    assert story.engine.status().sync.rejected == len(rejected)
