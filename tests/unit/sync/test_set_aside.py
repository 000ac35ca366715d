"""What was acknowledged of owners of whom something was set aside, worked out when it is needed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change, Outcome, fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import (
    Annotate,
    BulkSelect,
    ClearAll,
    CreateGroup,
    Operation,
    Origin,
    Select,
    UpdateGroup,
    encode,
)
from sertantai.core.state import GroupState, OwnerState
from sertantai.journal.sqlite import SqliteJournal
from sertantai.process.new_ids import new_id
from sertantai.sync.set_aside import OWNERS_MAX, READ_REJECTIONS, WAYS_MAX, SetAside, is_whole
from sertantai.sync.store import SelectionStore

AT = datetime(2026, 1, 1, tzinfo=UTC)
OWNER, DEFAULT, MADE, AGAIN = OwnerId(UUID(int=1)), *(GroupId(UUID(int=n)) for n in (11, 12, 13))
STATE = OwnerState(OWNER, {DEFAULT: GroupState(DEFAULT, "default", AT, AT, is_default=True)})


def do(kind: type[Operation], group: GroupId, owner: OwnerId = OWNER, **fields: Any) -> Operation:
    origin = Origin(UserId(owner))
    return kind(id=OperationId(new_id()), owner=owner, group=group, at=AT, origin=origin, **fields)


class Aside:
    """A store of what was set aside."""

    id = UUID(int=9)

    def __init__(self, *operations: Operation) -> None:
        self.there = [(Position(at), encode(one)) for at, one in enumerate(operations, 1)]
        self.asked = 0

    async def set_aside(
        self, _owner: OwnerId, _journal: UUID, after: Position, most: int
    ) -> Sequence[tuple[Position, bytes]]:
        self.asked += 1
        return [(at, body) for at, body in self.there if at > after][:most]


def of(aside: Aside) -> SetAside:
    return SetAside(cast(SelectionStore, aside), cast(SqliteJournal, aside))


def folded(operation: Operation, state: OwnerState = STATE) -> Change:
    return fold(state, Position(10_000), operation)[1]


async def is_lost(aside: Aside, operation: Operation) -> bool:
    change = folded(operation)
    return not is_whole(change) and await of(aside).has_what_it_builds_on(STATE, change)


async def test_what_was_done_in_a_list_that_was_set_aside_is_known() -> None:
    aside = Aside(do(CreateGroup, MADE, name="Site"))
    for lost in (
        do(Select, MADE, record=RecordNo(1)),
        do(BulkSelect, MADE, records=pack(bitmap([1, 2]))),
        do(UpdateGroup, MADE, name="Other"),
    ):
        assert await is_lost(aside, lost)
    assert not await is_lost(Aside(), do(Select, MADE, record=RecordNo(1))), "nothing was: it was refused"
    assert not await is_lost(aside, do(Select, AGAIN, record=RecordNo(1))), "nor is it about that list"


async def test_so_is_what_was_written_beside_laws_that_were_set_aside() -> None:
    note = do(Annotate, DEFAULT, records=pack(bitmap([5])), changes={"note": "n"})
    assert await is_lost(Aside(do(BulkSelect, DEFAULT, records=pack(bitmap([5, 6])))), note)
    assert not await is_lost(Aside(do(BulkSelect, DEFAULT, records=pack(bitmap([6])))), note)


async def test_what_was_set_aside_before_and_seen_to_be_gone_does_not_count() -> None:
    """Its name was given to another list then."""
    aside = Aside(do(CreateGroup, MADE, name="Site"), do(CreateGroup, AGAIN, name="Site"))
    assert await is_lost(aside, do(Select, AGAIN, record=RecordNo(1)))


async def test_a_list_that_got_the_name_of_one_that_was_set_aside_hides_it_from_nobody() -> None:
    later = STATE.with_group(GroupState(AGAIN, "Site", AT, AT))
    aside = of(Aside(do(CreateGroup, MADE, name="Site")))
    for list_, is_told in ((MADE, True), (GroupId(new_id()), False)):
        change = folded(do(Select, list_, record=RecordNo(1)), later)
        assert await aside.has_what_it_builds_on(later, change) is is_told


async def test_what_is_written_after_something_was_set_aside_was_told_with_it() -> None:
    """Its name was free in the database only."""
    made, again = do(CreateGroup, MADE, name="Site"), do(CreateGroup, AGAIN, name="Site")
    kept = of(Aside(made))
    await kept.add(STATE, Position(1), made)
    state, _ = fold(STATE, Position(2), again)
    await kept.written(Position(2), again)
    lost = folded(do(Select, MADE, record=RecordNo(1)), state)
    assert await kept.has_what_it_builds_on(state, lost)


async def test_it_is_not_known_when_it_was_seen_to_be_gone_so_each_way_counts() -> None:
    """Somebody gave a name away, saw all that go, made a list, and took the name after all: what they did in
    either list was acknowledged."""
    aside = Aside(
        do(UpdateGroup, DEFAULT, name="Site"),
        do(CreateGroup, MADE, name="Plant"),
        do(CreateGroup, AGAIN, name="Site"),
    )
    for group in (MADE, AGAIN):
        assert await is_lost(aside, do(Select, group, record=RecordNo(1)))


async def test_who_saw_what_was_set_aside_was_told_of_that_list() -> None:
    """What memory refused then, and the database did, is not known after a start."""
    aside = Aside(do(Select, DEFAULT, record=RecordNo(5)))
    later = msgspec.structs.replace(STATE.groups[DEFAULT], version=Position(2), records=bitmap([5]))
    for seen, is_told in ((1, True), (0, False)):
        lost = fold(STATE.with_group(later), Position(3), do(ClearAll, DEFAULT, seen=Position(seen)))[1]
        assert lost.outcome is Outcome.CHANGED_MEANWHILE
        found = await of(aside).has_what_it_builds_on(STATE.with_group(later), lost)
        assert found is is_told


async def test_so_many_ways_are_kept_and_the_oldest_is_one_of_them() -> None:
    names = [do(UpdateGroup, DEFAULT, name=f"Site {number}") for number in range(WAYS_MAX + 4)]
    here = of(aside := Aside(do(CreateGroup, MADE, name="Plant"), *names))
    lost = folded(do(Select, MADE, record=RecordNo(1)))
    assert await here.has_what_it_builds_on(STATE, lost)
    assert [len(told) for told in here._told.values()] == [WAYS_MAX]
    await here.add(STATE, Position(9_999), names[0])
    assert [len(told) for told in here._told.values()] == [WAYS_MAX]
    assert await here.has_what_it_builds_on(STATE, lost)
    assert aside.asked == 2, "the second time it was known"


async def test_all_that_was_set_aside_counts_however_much_it_is() -> None:
    ticks = [do(Select, DEFAULT, record=RecordNo(n)) for n in range(READ_REJECTIONS)]
    aside = Aside(*ticks, do(CreateGroup, MADE, name="Site"))
    assert await is_lost(aside, do(Select, MADE, record=RecordNo(1)))


async def test_so_many_owners_are_kept_and_others_worked_out_again() -> None:
    aside = Aside()
    here = of(aside)

    async def ask(number: int) -> None:
        state = OwnerState(OwnerId(UUID(int=number)), {})
        assert not await here.has_what_it_builds_on(
            state, folded(do(Select, MADE, record=RecordNo(1)), state)
        )

    for number in range(OWNERS_MAX):
        await ask(number)
    await ask(0)
    assert aside.asked == OWNERS_MAX
    await ask(OWNERS_MAX)
    await ask(0)
    assert aside.asked == OWNERS_MAX + 1, "whoever was asked for last stays"
    await ask(1)
    assert aside.asked == OWNERS_MAX + 2
