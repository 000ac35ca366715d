"""A list is copied as it is when its turn comes, by who may read it then: on a real engine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import Conflict, PermissionNeeded
from sertantai.core.ids import GroupId, OperationId, RecordNo, UserId
from sertantai.core.operations import (
    Amend,
    Annotation,
    ChangeMember,
    CreateGroup,
    Describe,
    Expel,
    Select,
    SetGrant,
    UpdateGroup,
    of_no_list,
)
from sertantai.core.rights import Level, Right, Role
from sertantai.engine.bounds import Bounds
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.between.copying import Copying, CopyWanted
from sertantai.lists.errors import GroupNotFound
from tests.unit.engine.engine_house import ANN, BEN
from tests.unit.lists.test_handing_over import ACME, SITE, Office

BASELINE = GroupId(UUID(int=88))
NOTES: dict[int, Annotation] = {
    1: {"note": "Ours", "note_by": str(ANN), "note_at": "2026-01-01T00:00:00+00:00", "tags": ["air"]},
    2: {"rank": 1.0, "ranked_by": str(ANN), "reviewed_at": "2026-01-01T00:00:00+00:00"},
}


class Works(Office):
    """With a restricted baseline that Ben may view."""

    async def begin(self, role: Role = Role.MEMBER) -> None:
        await self.found(role)
        self.copying = Copying(self.engine, self.engine.clock)
        restricted = CreateGroup(name="Baseline", restricted=True, **self.by(ANN, BASELINE))
        await self.engine.perform(restricted)
        laws = pack(bitmap([1, 2, 3]))
        nothing = pack(bitmap([]))
        await self.engine.perform(
            Amend(add=laws, remove=nothing, annotations=dict(NOTES), **self.by(ANN, BASELINE))
        )
        await self.grant(Level.VIEW)

    async def grant(self, level: Level | None) -> None:
        await self.engine.perform(SetGrant(grantee=BEN, level=level, **self.by(ANN, BASELINE)))

    async def baseline(self) -> Allowed:
        return (await self.of(ACME, BEN)).named(BASELINE)

    async def keyed(self) -> Lists:
        return msgspec.structs.replace(await self.of(ACME, BEN), key=OperationId(UUID(int=99)))

    async def copy(self, to: Lists | None = None, **wanted: Any) -> Allowed:
        there = await self.of(ACME, BEN) if to is None else to
        return await self.copying.copy(await self.baseline(), there, CopyWanted(**wanted))


@pytest.fixture
async def works(tmp_path: Path) -> AsyncIterator[Works]:
    works = Works(tmp_path, Bounds(sync_interval_s=0, groups_max=6))
    yield works
    await works.close()


async def test_all_goes_along_but_what_is_of_the_list_itself(works: Works) -> None:
    await works.begin()
    made = (await works.copy()).group
    assert (made.name, made.restricted, made.made_by) == ("Baseline (2)", False, UserId(BEN))
    assert set(made.records) == {1, 2, 3}
    ranked = {"rank": 1.0, "ranked_by": str(ANN)}
    assert dict(made.annotations) == {1: NOTES[1], 2: ranked}, "reviewed was the baseline, not the copy"
    found = made.copied_from
    assert found is not None
    assert (found.list, found.owner) == (BASELINE, ACME)
    assert found.version == (await works.baseline()).group.version

    bare = (await works.copy(notes=False, tags=False, order=False, name="York")).group
    assert (bare.name, set(bare.records), dict(bare.annotations)) == ("York", {1, 2, 3}, {})
    tagged = (await works.copy(notes=False, order=False)).group
    assert dict(tagged.annotations) == {1: {"tags": ["air"]}}
    with pytest.raises(Conflict, match="with this name"):
        await works.copy(name="york")


async def test_a_copy_is_seen_by_whoever_sees_new_lists_and_never_ticked_by_one_alone(works: Works) -> None:
    await works.begin()
    nowhere = of_no_list(ACME)
    await works.engine.perform(UpdateGroup(four_eyes=True, **works.by(ANN, BASELINE)))
    assert (await works.copy()).group.four_eyes, "where nobody ticks alone, nobody does in a copy of it"
    await works.engine.perform(Describe(settings={"new_lists": "restricted"}, **works.by(ANN, nowhere)))
    assert (await works.copy()).group.restricted
    assert not (await works.copy(restricted=False)).group.restricted
    viewer = ChangeMember(
        member=UserId(BEN), role=Role.VIEWER, allow=(Right.CREATE,), **works.by(ANN, nowhere)
    )
    await works.engine.perform(viewer)
    with pytest.raises(PermissionNeeded, match="list_read"):
        await works.copy()


async def test_out_of_an_organization_goes_what_may_be_exported_and_no_names(works: Works) -> None:
    await works.begin()
    mine = (await works.copy(await works.of(BEN, BEN))).group
    assert dict(mine.annotations) == {1: {"note": "Ours", "tags": ["air"]}, 2: {"rank": 1.0}}
    assert not mine.four_eyes
    nowhere = of_no_list(ACME)
    await works.engine.perform(
        ChangeMember(member=UserId(BEN), deny=(Right.EXPORT,), **works.by(ANN, nowhere))
    )
    with pytest.raises(PermissionNeeded, match="list_export"):
        await works.copy(await works.of(BEN, BEN))
    assert (await works.copy()).group.count == 3, "within it nothing is taken out"


async def test_a_list_of_ones_own_is_signed_on_its_way_in(works: Works) -> None:
    await works.begin()
    notes: dict[int, Annotation] = {5: {"note": "Mine", "tags": ["water"]}}
    both: dict[str, Any] = {"add": pack(bitmap([5])), "remove": pack(bitmap([]))}
    mine = {**works.by(BEN, SITE), "owner": BEN}
    await works.engine.perform(Amend(annotations=notes, **both, **mine))
    found = (await works.of(BEN, BEN)).named(SITE)
    made = (await works.copying.copy(found, await works.of(ACME, BEN), CopyWanted())).group
    assert (made.name, made.annotations[5]["note_by"]) == ("Site", str(BEN))
    assert SITE in (await works.engine.state(BEN)).groups, "it stays where it is"
    for owner in (ACME, BEN):
        assert (await works.engine.hot_owner(owner)).life.in_flight == 0


@pytest.mark.parametrize("to_person", [False, True])
@pytest.mark.parametrize("end", ["grant", "membership"])
async def test_a_right_that_ends_before_its_turn_is_gone(works: Works, end: str, *, to_person: bool) -> None:
    """The door has let it pass; what ended stands before it in the log."""
    await works.begin()
    found, last = await works.baseline(), works.journal.last
    to = await works.of(BEN if to_person else ACME, BEN)
    ends = (
        SetGrant(grantee=BEN, level=None, **works.by(ANN, BASELINE))
        if end == "grant"
        else Expel(member=UserId(BEN), **works.by(ANN, of_no_list(ACME)))
    )
    ending = asyncio.create_task(works.engine.perform(ends))
    await asyncio.sleep(0)
    with pytest.raises(GroupNotFound):
        await works.copying.copy(found, to, CopyWanted())
    await ending
    assert works.journal.last == last + 1, "nothing of the copy was written"


@pytest.mark.parametrize("to_person", [False, True])
async def test_it_has_what_was_ticked_before_its_turn(works: Works, *, to_person: bool) -> None:
    await works.begin()
    found, to = await works.baseline(), await works.of(BEN if to_person else ACME, BEN)
    ticks = [
        asyncio.create_task(works.engine.perform(Select(record=RecordNo(n), **works.by(ANN, BASELINE))))
        for n in range(10, 30)
    ]
    await asyncio.sleep(0)
    copying = asyncio.create_task(works.copying.copy(found, to, CopyWanted()))
    await asyncio.sleep(0)
    late = asyncio.create_task(works.engine.perform(Select(record=RecordNo(99), **works.by(ANN, BASELINE))))
    made = (await copying).group
    changes = await asyncio.gather(*ticks, late)
    before = {number for change in changes for number in change.added if change.position < made.version}
    assert set(range(10, 30)) <= before
    assert set(made.records) == {1, 2, 3} | before
    assert made.copied_from is not None
    assert made.copied_from.version == max(one.position for one in changes if one.position < made.version)


async def test_sent_again_it_is_one_copy_and_there_are_no_more_than_there_may_be(works: Works) -> None:
    await works.begin()
    first = (await works.copy(await works.keyed())).group
    assert (await works.copy(await works.keyed())).group == first
    for _ in range(3):
        await works.copy()
    with pytest.raises(Conflict, match="6 lists"):
        await works.copy()
