"""The one door to lists: whose they are, what may be done, and that nobody has to look twice."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from sertantai.core.errors import Forbidden, InvalidInput, NotFound
from sertantai.core.ids import OwnerId, RecordId, RecordNo, UserId
from sertantai.core.operations import Origin
from sertantai.engine.bounds import Bounds
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.repeats import Repeats
from sertantai.lists.access import (
    ALL_RIGHTS,
    Access,
    Asking,
    Right,
    Rights,
    find_group,
    group_now,
    of_the_house,
)
from sertantai.lists.actions import Actions, Numbering
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.groups import Groups
from sertantai.process.system_clock import SystemClock
from sertantai.records.catalogue import Catalogue
from tests.unit.engine.engine_house import ANN, BEN, LIST_OF, House, noted

LAW = RecordId(UUID(int=7))


class EveryLaw(Numbering):
    async def number_of(self, record: RecordId) -> RecordNo:
        return RecordNo(record.int)

    @property
    def catalogue(self) -> Catalogue:
        raise AssertionError("no list here follows a filter")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path, Bounds())
    await house.open()
    yield house
    await house.close()


def asking(person: OwnerId) -> Asking:
    return Asking(Origin(UserId(person)))


async def test_a_list_is_found_by_its_id_and_by_default(house: House) -> None:
    access = Access(house.engine)
    for reference in ("default", str(LIST_OF[ANN]), LIST_OF[ANN]):
        found = await access.list_of(asking(ANN), reference, Right.TICK)
        assert (found.owner, found.group.id, found.actor) == (ANN, LIST_OF[ANN], UserId(ANN))
    with pytest.raises(InvalidInput, match="neither a UUID nor 'default'"):
        await access.list_of(asking(ANN), "mine", Right.READ)


async def test_what_may_not_be_seen_does_not_exist(house: House) -> None:
    access = Access(house.engine)
    lists = await access.lists_of(asking(ANN), Right.CREATE)
    groups = Groups(house.engine, house.effects, SystemClock())
    made = await groups.create(lists, "Set aside")
    await groups.delete(lists.named(made.id, Right.MANAGE))
    said = set()
    for reference in (made.id, LIST_OF[BEN], uuid4()):
        with pytest.raises(GroupNotFound) as refused:
            await access.list_of(asking(ANN), str(reference), Right.READ)
        said.add((refused.value.message, refused.value.code))
    assert len(said) == 1, "a stranger's list and a deleted one are answered like one that never was"


@pytest.mark.parametrize("may", [ALL_RIGHTS, frozenset[Right]()], ids=["a member", "a stranger"])
async def test_lists_of_an_owner_who_is_not_there_do_not_exist(house: House, may: Rights) -> None:
    class Shared(Access):
        def _whose(self, _asking: Asking) -> tuple[OwnerId, Rights]:
            return OwnerId(uuid4()), may

    for found in (
        Shared(house.engine).list_of(asking(ANN), LIST_OF[ANN], Right.READ),
        Shared(house.engine).lists_of(asking(ANN)),
    ):
        with pytest.raises(GroupNotFound, match=r"^This list does not exist\.$"):
            await found


async def test_who_has_no_account_any_more_is_told_so(house: House) -> None:
    with pytest.raises(NotFound, match="account") as refused:
        await Access(house.engine).lists_of(asking(OwnerId(uuid4())))
    assert not isinstance(refused.value, GroupNotFound)


async def test_a_right_that_is_not_there_is_refused(house: House) -> None:
    lists = await Access(house.engine).lists_of(asking(ANN))
    looking = msgspec.structs.replace(lists, may=frozenset({Right.READ}))
    assert looking.named("default").group.id == LIST_OF[ANN]
    with pytest.raises(Forbidden):
        looking.named("default", Right.TICK)
    with pytest.raises(GroupNotFound):
        msgspec.structs.replace(lists, may=frozenset()).named("default", Right.TICK)


async def test_what_happens_by_itself_is_done_in_the_owners_name(house: House) -> None:
    lists = await of_the_house(house.engine, ANN, "system")
    assert (lists.owner, lists.actor, lists.by.source) == (ANN, UserId(ANN), "system")


async def test_who_had_to_leave_memory_meanwhile_is_read_again(house: House) -> None:
    found = await Access(house.engine).list_of(asking(ANN), "default", Right.READ)
    await house.engine.release(ANN)
    assert found.hot.dropped
    await house.add(ANN, noted(1, 3, 10))
    assert found.group.count == 0
    assert (await group_now(house.engine, found)).count == 3


async def test_a_tick_looks_its_owner_up_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[OwnerId] = []
    hot_owner = house.engine.hot_owner

    async def counted(owner: OwnerId) -> HotOwner:
        asked.append(owner)
        return await hot_owner(owner)

    monkeypatch.setattr(house.engine, "hot_owner", counted)
    actions = Actions(
        house.engine,
        house.effects,
        EveryLaw(),
        SystemClock(),
        Repeats(house.engine, house.asked, house.effects.of),
    )
    found = await Access(house.engine).list_of(asking(ANN), "default", Right.TICK)
    assert (await actions.select(found, LAW)).changed
    assert asked == [ANN]
    assert RecordNo(7) in find_group(found.state, "default").records
