"""The one door to lists: whose they are, what may be done, and that nobody has to look twice."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from sertantai.core.access_state import AccessState
from sertantai.core.errors import InvalidInput, NotFound, PermissionNeeded
from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordId, RecordNo, UserId
from sertantai.core.operations import Admit, ChangeMember, CreateGroup, Origin, Select, of_no_list
from sertantai.core.rights import NONE, Level, Right, Role
from sertantai.engine.bounds import Bounds
from sertantai.engine.errors import AccessEnded
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.repeats import Repeats
from sertantai.lists.access import Access, Asking, find_group, group_now, of_the_house
from sertantai.lists.actions import Actions, Numbering
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.groups import Groups
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.process.new_ids import new_id
from sertantai.process.system_clock import SystemClock
from sertantai.records.catalogue import Catalogue
from tests.unit.engine.engine_house import ANN, AT, BEN, LIST_OF, House, noted

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
    lists = await access.lists_of(asking(ANN))
    groups = Groups(house.engine, house.effects, SystemClock())
    made = await groups.create(lists, "Set aside")
    await groups.delete(lists.named(made.id, Right.MANAGE))
    said = set()
    for reference in (made.id, LIST_OF[BEN], uuid4()):
        with pytest.raises(GroupNotFound) as refused:
            await access.list_of(asking(ANN), str(reference), Right.READ)
        said.add((refused.value.message, refused.value.code))
    assert len(said) == 1, "a stranger's list and a deleted one are answered like one that never was"


async def test_an_organization_that_is_not_there_is_none_at_all(house: House) -> None:
    async def one_that_is_gone(_person: UserId) -> AsyncIterator[OwnerId]:
        yield OwnerId(uuid4())

    access = Access(house.engine, one_that_is_gone)
    with pytest.raises(GroupNotFound, match=r"^This list does not exist\.$"):
        await access.list_of(asking(ANN), str(LIST_OF[BEN]), Right.READ)
    with pytest.raises(OrganizationNotFound):
        await access.lists_in(asking(ANN), "works")
    assert await access.organizations_of(asking(ANN)) == []


async def test_who_has_no_account_any_more_is_told_so(house: House) -> None:
    with pytest.raises(NotFound, match="account") as refused:
        await Access(house.engine).lists_of(asking(OwnerId(uuid4())))
    assert not isinstance(refused.value, GroupNotFound)


async def works(house: House) -> tuple[GroupId, GroupId]:
    """An organization of Ann, with Ben as a viewer and a list that is for nobody else."""
    owner, default, secret = OwnerId(uuid4()), GroupId(uuid4()), GroupId(uuid4())
    house.database.add_organization(owner, default, UserId(ANN))
    house.database.tables.access[owner] = AccessState(UserId(ANN), "Works", "works")
    common: dict[str, Any] = {"owner": owner, "at": AT, "origin": Origin(UserId(ANN))}
    for person, role in ((ANN, Role.OWNER), (BEN, Role.VIEWER)):
        fields: dict[str, Any] = {
            "member": UserId(person),
            "role": role,
            "name": f"{role}",
            "given_by": UserId(ANN),
        }
        nowhere = of_no_list(owner)
        await house.engine.perform(Admit(id=OperationId(new_id()), group=nowhere, **common, **fields))
    made = CreateGroup(id=OperationId(new_id()), group=secret, name="Secret", restricted=True, **common)
    await house.engine.perform(made)
    return default, secret


def door(house: House) -> Access:
    async def organizations_of(_person: UserId) -> AsyncIterator[OwnerId]:
        for organization in tuple(house.database.tables.access):
            yield organization

    return Access(house.engine, organizations_of)


async def test_a_right_that_is_not_there_is_refused_and_named(house: House) -> None:
    default, _ = await works(house)
    looking = await door(house).list_of(asking(BEN), str(default), Right.READ)
    assert (looking.group.id, looking.level(looking.group)) == (default, Level.VIEW)
    with pytest.raises(PermissionNeeded) as refused:
        await door(house).list_of(asking(BEN), default, Right.TICK)
    assert (refused.value.permission, refused.value.ask) == ("list_tick", ("owner",))


async def test_a_list_of_an_organization_that_one_may_not_see_does_not_exist(house: House) -> None:
    default, secret = await works(house)
    assert (await door(house).list_of(asking(ANN), secret, Right.SHARE)).group.id == secret
    said = set()
    for person, id in ((BEN, secret), (BEN, GroupId(uuid4())), (OwnerId(UUID(int=3)), default)):
        house.database.add_user(OwnerId(UUID(int=3)), GroupId(UUID(int=13)))
        with pytest.raises(GroupNotFound) as refused:
            await door(house).list_of(asking(person), id, Right.READ)
        said.add((refused.value.message, refused.value.code, refused.value.field))
    assert len(said) == 1


async def test_default_is_ones_own_list_whatever_organizations_have(house: House) -> None:
    await works(house)
    assert (await door(house).list_of(asking(BEN), "default", Right.TICK)).group.id == LIST_OF[BEN]


async def test_an_organization_is_found_by_its_slug_and_its_id(house: House) -> None:
    await works(house)
    found = await door(house).lists_in(asking(BEN), "works")
    assert (await door(house).lists_in(asking(BEN), str(found.owner))).owner == found.owner
    with pytest.raises(PermissionNeeded):
        found.require(Right.INVITE)
    with pytest.raises(OrganizationNotFound):
        await door(house).lists_in(asking(BEN), "another")


async def test_who_may_do_nothing_in_an_organization_still_reads_its_lists(house: House) -> None:
    """A member all the same: nothing is hidden that is theirs to see, and what they may not is refused."""
    default, _ = await works(house)
    [owner] = house.database.tables.access
    denied = ChangeMember(
        id=OperationId(new_id()),
        owner=owner,
        group=of_no_list(owner),
        at=AT,
        origin=Origin(UserId(ANN)),
        member=UserId(BEN),
        deny=(Right.MEMBERS,),
    )
    await house.engine.perform(denied)
    found = await door(house).list_of(asking(BEN), default, Right.READ)
    assert found.rights() == NONE
    for require in (found.require, found.standing().require):
        with pytest.raises(PermissionNeeded):
            require(Right.MEMBERS)
    suspended = msgspec.structs.replace(denied, id=OperationId(new_id()), deny=None, suspended=True)
    await house.engine.perform(suspended)
    with pytest.raises(OrganizationNotFound):
        await door(house).lists_in(asking(BEN), "works")


async def test_what_was_allowed_at_the_door_is_asked_again_in_the_log(house: House) -> None:
    """A right that ends between the two: nothing is done."""
    default, _ = await works(house)
    found = await door(house).list_of(asking(ANN), default, Right.TICK)
    stale = msgspec.structs.replace(found, by=Origin(UserId(BEN)))
    tick = Select(
        id=OperationId(new_id()), owner=found.owner, group=default, at=AT, origin=stale.by, record=RecordNo(7)
    )
    with pytest.raises(AccessEnded):
        await house.engine.perform(tick)
    assert (await group_now(house.engine, found)).count == 0


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
