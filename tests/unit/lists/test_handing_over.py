"""Who may hand a list over, to where, and back: on a real engine, with a simulated database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import Conflict, PermissionNeeded
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import (
    Admit,
    BulkSelect,
    ChangeMember,
    CreateGroup,
    Describe,
    HandOver,
    Origin,
    Select,
    TakeOver,
    decode,
    of_no_list,
)
from sertantai.core.rights import Right, Role
from sertantai.engine.bounds import Bounds
from sertantai.engine.errors import HandedOver
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.between.handing_over import HandingOver, receivers
from tests.unit.engine.engine_house import ANN, BEN, House, by

ACME, SITE = OwnerId(UUID(int=3)), GroupId(UUID(int=77))


class Office(House):
    """Ann's organization, in which Ben is, who has a list of his own."""

    async def found(self, role: Role) -> None:
        self.database.add_organization(ACME, GroupId(UUID(int=13)), UserId(ANN))
        await self.open()
        common = {**self.by(ANN, of_no_list(ACME)), "given_by": UserId(ANN)}
        await self.engine.perform(
            Admit(member=UserId(ANN), role=Role.OWNER, name="Ann", way="founder", **common)
        )
        common |= self.by(ANN, of_no_list(ACME))
        await self.engine.perform(Admit(member=UserId(BEN), role=role, name="Ben", **common))
        await self.engine.perform(CreateGroup(name="Site", **by(BEN, SITE)))
        self.handing = HandingOver(self.engine, self.effects, self.engine.clock)

    def by(self, actor: OwnerId, group: GroupId) -> dict[str, Any]:
        return {**by(ACME, group), "origin": Origin(UserId(actor))}

    async def of(self, owner: OwnerId, actor: OwnerId) -> Lists:
        hot = await self.engine.hot_owner(owner)
        return Lists(Origin(UserId(actor)), None, owner, hot, self.engine.clock.now, None)

    async def give(self) -> Allowed:
        mine, there = await self.of(BEN, BEN), await self.of(ACME, BEN)
        return await self.handing.hand_over(mine.named(SITE), there, with_history=True)

    async def take(self, actor: OwnerId) -> Allowed:
        there = (await self.of(ACME, actor)).named(SITE)
        return await self.handing.hand_over(there, await self.of(actor, actor), with_history=True)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path, Bounds(sync_interval_s=0))
    yield office
    await office.close()


async def test_nobody_loses_a_list_to_where_they_cannot_read_it(office: Office) -> None:
    await office.found(Role.VIEWER)
    ben = UserId(BEN)
    await office.engine.perform(
        ChangeMember(member=ben, allow=(Right.CREATE,), **office.by(ANN, of_no_list(ACME)))
    )
    await office.engine.perform(
        Describe(settings={"new_lists": "restricted"}, **office.by(ANN, of_no_list(ACME)))
    )
    assert receivers([await office.of(ACME, BEN)]) == []
    with pytest.raises(PermissionNeeded, match="list_read"):
        await office.give()
    assert SITE in (await office.engine.state(BEN)).groups
    await office.engine.perform(
        ChangeMember(member=ben, role=Role.MEMBER, **office.by(ANN, of_no_list(ACME)))
    )
    assert Right.READ in (await office.of(ACME, BEN)).rights((await office.give()).group)


async def test_what_the_organization_does_by_itself_is_nobodys_change(office: Office) -> None:
    await office.found(Role.MEMBER)
    for forgotten in (False, True):
        await office.give()
        await office.engine.perform(Select(record=RecordNo(1 + forgotten), **office.by(ACME, SITE)))
        if forgotten:
            await office.engine.release(ACME)
        await office.take(BEN)
    await office.give()
    await office.engine.perform(Select(record=RecordNo(5), **office.by(ANN, SITE)))
    with pytest.raises(Conflict, match="Somebody else"):
        await office.take(BEN)


async def test_a_list_of_a_hundred_thousand_laws_goes_whole_and_comes_back(office: Office) -> None:
    await office.found(Role.MEMBER)
    laws = bitmap(range(1, 100_001))
    await office.engine.perform(BulkSelect(records=pack(laws), **by(BEN, SITE)))
    assert (await office.give()).group.records == laws
    assert SITE not in (await office.engine.state(BEN)).groups
    assert (await office.take(BEN)).group.records == laws
    assert SITE not in (await office.engine.state(ACME)).groups


async def test_what_was_on_its_way_to_a_list_that_left_an_organization_is_to_be_sent_again(
    office: Office,
) -> None:
    """Nobody's access was changed: the list has gone, and is found where it is."""
    await office.found(Role.MEMBER)
    await office.give()
    append, late = office.journal.append, list["asyncio.Task[Change]"]()

    async def with_one_behind(bodies: Sequence[bytes]) -> Position:
        if isinstance(decode(bodies[0]), TakeOver | HandOver):
            tick = Select(record=RecordNo(9), **office.by(BEN, SITE))
            late.append(asyncio.create_task(office.engine.perform(tick)))
            await asyncio.sleep(0)
        return await append(bodies)

    office.journal.append = with_one_behind  # type: ignore[method-assign]  # to be there in between
    await office.take(ANN)
    with pytest.raises(HandedOver):
        await late[0]
