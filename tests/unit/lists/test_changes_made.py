"""How many changes a list has had since the version that a page shows: only where that is sure."""

from pathlib import Path

from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.operations import CreateGroup, UpdateGroup
from sertantai.lists.reading import changes_made
from sertantai.process.new_ids import new_id
from tests.unit.engine.engine_house import ANN, BEN, LIST_OF, House, by
from tests.unit.engine.test_bounds import house_with, tick


async def made_since(house: House, since: int, owner: OwnerId = ANN) -> int | None:
    return changes_made(await house.engine.hot_owner(owner), LIST_OF[owner], since)


async def test_of_lists_that_others_ticked_before_they_were_read(tmp_path: Path) -> None:
    async with house_with(tmp_path) as house:
        await house.engine.perform(tick(1, BEN))
        assert await made_since(house, 0) == 0
        first = await house.engine.perform(tick(1))
        await house.engine.perform(tick(2, BEN))
        await house.engine.perform(tick(2))
        assert await made_since(house, 0) == 2
        assert await made_since(house, first.position) == 1


async def test_of_lists_that_were_read_anew(tmp_path: Path) -> None:
    async with house_with(tmp_path) as house:
        shown = [await house.engine.perform(tick(record)) for record in (1, 2)]
        await house.engine.perform(tick(1, BEN))
        await house.engine.flush()
        await house.engine.release(ANN)
        assert await made_since(house, shown[1].position) == 0
        await house.engine.perform(tick(3))
        assert await made_since(house, shown[1].position) == 1
        assert await made_since(house, shown[0].position) is None


async def test_what_another_list_of_theirs_had_is_not_counted(tmp_path: Path) -> None:
    async with house_with(tmp_path) as house:
        shown = await house.engine.perform(tick(1))
        await house.engine.perform(CreateGroup(name="second", **by(ANN, GroupId(new_id()))))
        await house.engine.perform(tick(1))  # it is ticked already
        assert await made_since(house, shown.position) == 0


async def test_nobody_knows_beyond_what_is_remembered(tmp_path: Path) -> None:
    async with house_with(tmp_path, recent_changes_max=2) as house:
        shown = [await house.engine.perform(tick(record)) for record in range(1, 5)]
        assert [await made_since(house, one.position) for one in shown] == [None, 2, 1, 0]


async def test_a_version_that_the_list_never_had_is_not_known(tmp_path: Path) -> None:
    """A page that shows what PostgreSQL refused shows another list than there is."""
    async with house_with(tmp_path) as house:
        await house.engine.perform(tick(1))
        refused = await house.engine.perform(tick(2, BEN))
        assert await made_since(house, refused.position) is None
        await house.engine.perform(tick(3))
        assert await made_since(house, refused.position) is None


async def test_a_tick_of_a_live_list_is_one_change_with_the_exception_that_is_kept_for_it(
    tmp_path: Path,
) -> None:
    async with house_with(tmp_path) as house:
        shown = await house.engine.perform(tick(1))
        kept = {"exception:2": [True, str(ANN), "2026-01-01T00:00:00+00:00"]}
        excepted = await house.engine.perform(UpdateGroup(metadata=kept, **by(ANN, LIST_OF[ANN])))
        await house.engine.perform(tick(2))
        assert await made_since(house, shown.position) == 1
        assert await made_since(house, excepted.position) == 1
        ended = {"exception:2": None}
        await house.engine.perform(UpdateGroup(description="New", metadata=ended, **by(ANN, LIST_OF[ANN])))
        await house.engine.perform(UpdateGroup(metadata={"frozen": True}, **by(ANN, LIST_OF[ANN])))
        assert await made_since(house, shown.position) == 3
