"""The badges of many lists: few changes are looked at in all, and small lists are counted whole."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pyroaring import BitMap

from sertantai.audit.effects import Coming
from sertantai.core.ids import GroupId, OwnerId, Position, RecordId, RecordNo, UserId
from sertantai.core.operations import Origin
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.told import Told
from sertantai.lists import changed_records
from sertantai.lists.access import Lists
from sertantai.lists.changed_records import changed_counts
from sertantai.records.store import FieldChange, RecordChange

SELECTED, CHANGED = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)


class Everything:
    """Stands for engine, store, register and catalogue: every law from 1 to 99 changed once."""

    def __init__(self) -> None:
        self.looked_at = 0
        self.dropped = False
        self.catalogue = self.store = self.engine = self

    def recent_changes(self) -> tuple[()]:
        return ()

    async def ever_changed(self) -> BitMap:
        return BitMap(range(1, 100))

    async def changes(self, records: BitMap, _since: datetime, limit: int) -> list[RecordChange]:
        numbers = (records & BitMap(range(1, 100)))[:limit]
        self.looked_at += len(numbers)
        return [
            RecordChange(RecordNo(number), 2, CHANGED, {"live": FieldChange("", "x")}) for number in numbers
        ]

    def record_id(self, number: int) -> RecordId:
        return RecordId(UUID(int=number))

    async def details(self, _owner: OwnerId, _group: GroupId, ids: list[RecordId]) -> Told[Sequence[Coming]]:
        return Told(Position(0), [Coming(RecordNo(id.int), SELECTED, "hand") for id in ids])


def lists_of(world: Any) -> Lists:
    world.state = OwnerState(OwnerId(uuid4()), {})
    return Lists(Origin(UserId(uuid4())), None, world.state.owner, world, lambda: SELECTED, None)


def a_list(*numbers: int) -> GroupState:
    return GroupState(GroupId(uuid4()), uuid4().hex, SELECTED, SELECTED, records=BitMap(numbers))


@pytest.mark.parametrize(("changes_max", "large"), [(1_000, 90), (30, 22)])
async def test_small_lists_are_counted_whole_and_large_ones_as_far_as_there_is_room(
    changes_max: int, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changed_records, "CHANGES_MAX", changes_max)
    whole, small, unchanged, tiny = (
        a_list(*range(10, 200)),
        a_list(1, 2, 3, 4, 5),
        a_list(500),
        a_list(7, 8, 9),
    )
    world: Any = Everything()
    found = await changed_counts(world, world, lists_of(world), [whole, small, unchanged, tiny])
    assert found.counts == {tiny.id: 3, small.id: 5, whole.id: large}
    assert found.more == ([whole.id] if large < 90 else [])
    assert world.looked_at <= changes_max


async def test_lists_that_were_not_looked_at_are_named() -> None:
    lists = [a_list(number) for number in range(1, 8)] + [a_list(500)]
    world: Any = Everything()
    found = await changed_counts(world, world, lists_of(world), lists, lists_max=4)
    assert len(found.counts) == 4
    assert {*found.counts, *found.more} == {one.id for one in lists[:-1]}
