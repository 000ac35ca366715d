"""Whether what cannot be done in the database may have been acknowledged as done."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change, fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkSelect,
    Operation,
    Origin,
    Select,
    TakeOver,
    encode,
)
from sertantai.core.state import GroupState, OwnerState
from sertantai.journal.protocol import Journal
from sertantai.process.new_ids import new_id
from sertantai.sync.set_aside import OWNERS_MAX, SetAside, is_whole
from sertantai.sync.store import SelectionStore

AT = datetime(2026, 1, 1, tzinfo=UTC)
OWNER, OTHER = (OwnerId(UUID(int=n)) for n in (1, 2))
DEFAULT, NOT_THERE = (GroupId(UUID(int=n)) for n in (11, 12))
STATE = OwnerState(OWNER, {DEFAULT: GroupState(DEFAULT, "default", AT, AT, is_default=True)})
NONE = pack(bitmap([]))
BEFORE = Position(10)
"""Where the journal ended at the start."""


def do(kind: type[Operation], group: GroupId = NOT_THERE, owner: OwnerId = OWNER, **fields: Any) -> Operation:
    origin = Origin(UserId(owner))
    return kind(id=OperationId(new_id()), owner=owner, group=group, at=AT, origin=origin, **fields)


def refused(position: int, owner: OwnerId = OWNER) -> Change:
    state = OwnerState(owner, STATE.groups)
    change = fold(state, Position(position), do(Select, owner=owner, record=RecordNo(1)))[1]
    assert not is_whole(change)
    return change


class Aside:
    """A store of what was set aside, and a journal that ends somewhere."""

    id = UUID(int=9)

    def __init__(self, *operations: Operation) -> None:
        self.there = [(Position(at), one) for at, one in enumerate(operations, 1)]
        self.last = BEFORE
        self.doubted = set[OwnerId]()
        self.asked = SetAside(
            cast(SelectionStore, self),
            cast(Journal, self),
            lambda: self.last,
            self.doubts,
        )

    async def doubts(self, owner: OwnerId) -> bool:
        return owner in self.doubted

    async def set_aside(
        self, owner: OwnerId, _journal: UUID, after: Position, most: int
    ) -> Sequence[tuple[Position, bytes]]:
        some = [(at, encode(one)) for at, one in self.there if one.owner == owner and at > after]
        return some[:most]

    async def may_be(self, change: Change) -> bool:
        return await self.asked.may_be_told_otherwise(change)


async def test_of_whom_nothing_was_set_aside_all_were_told_what_is_so() -> None:
    aside = Aside(do(Select, owner=OTHER, record=RecordNo(1)))
    aside.doubted.add(OWNER)  # as after a start without the database
    for position in (BEFORE, BEFORE + 1):
        assert not await aside.may_be(refused(position))


async def test_what_follows_counts_until_memory_was_read_anew() -> None:
    aside = Aside()
    assert not await aside.may_be(refused(BEFORE + 1))
    aside.asked.add(OWNER)
    aside.doubted.add(OWNER)
    assert await aside.may_be(refused(BEFORE + 2))
    assert not await aside.may_be(refused(BEFORE + 2, OTHER)), "theirs is as it was"
    aside.doubted.clear()
    assert not await aside.may_be(refused(BEFORE + 3))


async def test_of_an_earlier_run_all_counts_where_something_was_set_aside() -> None:
    """What its memory showed then is not known."""
    aside = Aside(do(Select, record=RecordNo(1)))
    assert await aside.may_be(refused(BEFORE))
    assert not await aside.may_be(refused(BEFORE + 1))
    assert not await aside.may_be(refused(BEFORE, OTHER))


async def test_what_a_database_decides_again_counts_too() -> None:
    """It took something this time, perhaps, or has lost that it refused it."""
    aside = Aside()
    aside.asked.add(OWNER)
    assert not await aside.may_be(refused(BEFORE + 1))
    aside.last = Position(BEFORE + 5)
    aside.asked.begin_anew()
    assert await aside.may_be(refused(BEFORE + 1))
    assert await aside.may_be(refused(BEFORE + 5))
    assert not await aside.may_be(refused(BEFORE + 6))


async def test_of_more_owners_than_are_known_each_may_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, is_one in ((2, False), (1, True)):
        monkeypatch.setattr("sertantai.sync.set_aside.OWNERS_MAX", most)
        aside = Aside()
        aside.asked.add(OWNER)
        assert await aside.may_be(refused(BEFORE, OTHER)) is is_one, most
    assert OWNERS_MAX >= 10_000


async def test_a_list_that_cannot_be_taken_over_counts_always() -> None:
    """It is made of what is there at that very place of the journal."""
    taken = do(TakeOver, giver=OTHER, version=Position(1), created_at=AT, name="default", records=NONE)
    assert await Aside().may_be(fold(STATE, Position(BEFORE + 1), taken)[1])


async def test_it_is_known_what_was_set_aside() -> None:
    aside = Aside(do(Select, record=RecordNo(1)), do(Select, owner=OTHER, record=RecordNo(1)))
    assert [await aside.asked.has(OWNER, Position(at)) for at in (1, 2, 3)] == [True, False, False]
    assert await aside.asked.has(OTHER, Position(2))


def test_what_did_all_that_it_could_is_whole() -> None:
    there = STATE.with_group(GroupState(DEFAULT, "default", AT, AT, is_default=True, records=bitmap([5])))
    for operation, whole in (
        (do(Select, DEFAULT, record=RecordNo(5)), True),
        (do(BulkSelect, DEFAULT, records=pack(bitmap([5, 6]))), True),
        (do(Annotate, DEFAULT, records=pack(bitmap([5])), changes={"note": "n"}), True),
        (do(Annotate, DEFAULT, records=pack(bitmap([5, 6])), changes={"note": "n"}), False),
        (do(Amend, DEFAULT, add=pack(bitmap([7])), remove=NONE, annotate={7: {"note": "n"}}), True),
        (do(Amend, DEFAULT, add=NONE, remove=NONE, annotate={6: {"note": "n"}}), False),
        (do(Select, record=RecordNo(5)), False),
    ):
        assert is_whole(fold(there, Position(1), operation)[1]) is whole, operation
