"""A list goes from one owner to another and back: in the log, in the rows and in both trails."""

import json
from typing import Any

import asyncpg
import pytest

from sertantai.audit.effects import Effects
from sertantai.audit.verify import verify
from sertantai.audit.verify_rights import verify_rights
from sertantai.core.bitmaps import bitmap, numbers, pack
from sertantai.core.clock import ManualClock
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import Admit, BulkSelect, Origin, of_no_list
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.between.handing_over import HandingOver
from sertantai.postgres import Database
from sertantai.sync.postgres_store import PostgresStore
from tests.postgres.audit.conftest import Person, add_organization

ROWS = """
SELECT record_no, user_id, created_at, actor_id, source, metadata FROM user_record_selections
 WHERE selection_group = $1 ORDER BY record_no
"""
TRAIL = """
SELECT user_id, action, record_no, metadata, ip_address, position FROM selection_audit_log
 WHERE group_id = $1 AND metadata ?| ARRAY['handed_over_to', 'handed_over_from']
 ORDER BY position, record_no NULLS LAST
"""
LINEAGE = "SELECT from_owner, to_owner, until_position, shows_history FROM selection_group_lineage"


class Story:
    """Ann, a member of an organization of somebody else's, with a list of three laws and a note."""

    def __init__(
        self, engine: Engine, effects: Effects, clock: ManualClock, ann: Person, acme: Person
    ) -> None:
        self.engine, self.ann, self.acme, self.clock = engine, ann, acme, clock
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
    clock: ManualClock,
    somebody: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> Story:
    acme = await add_organization(superuser, engine, clock, "acme")
    story = Story(engine, effects, clock, somebody, acme)
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
