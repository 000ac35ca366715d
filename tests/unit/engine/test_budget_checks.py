"""What is refused before the journal, case by case, and what the fold refused behind it."""

import pytest

from sertantai.core.errors import Conflict, NotFound
from sertantai.core.fold import Change, fold
from sertantai.core.ids import GroupId, Position
from sertantai.core.operations import (
    Amend,
    CreateGroup,
    DeleteGroup,
    Operation,
    PurgeGroup,
    RestoreGroup,
    UpdateGroup,
)
from sertantai.core.state import OwnerState
from sertantai.engine.bounds import Bounds
from sertantai.engine.budgets import (
    ALWAYS_BYTES,
    SHARE,
    Budgets,
    Demand,
    OperationTooLarge,
    OwnerBehind,
    check_list,
    check_outcome,
)
from sertantai.engine.hot_tier import HotOwner, HotTier
from sertantai.engine.owners_life import Lives
from sertantai.process.new_ids import new_id
from tests.unit.core.strategies import DEFAULT, OWNER, new_state
from tests.unit.engine.engine_house import NOTHING, by

SECOND = GroupId(new_id())
ELSEWHERE = GroupId(new_id())


def creating(name: str, group: GroupId = ELSEWHERE) -> CreateGroup:
    return CreateGroup(name=name, **by(OWNER, group))


def restoring(group: GroupId) -> RestoreGroup:
    return RestoreGroup(records=NOTHING, **by(OWNER, group))


def after(state: OwnerState, operation: Operation, at: int) -> tuple[OwnerState, Change]:
    return fold(state, Position(at), operation)


@pytest.fixture
def two_lists() -> OwnerState:
    return after(new_state(), creating("second", SECOND), 1)[0]


@pytest.fixture
def one_deleted(two_lists: OwnerState) -> OwnerState:
    return after(two_lists, DeleteGroup(**by(OWNER, SECOND)), 2)[0]


def test_what_the_fold_did_is_handed_on(two_lists: OwnerState) -> None:
    for name in ("renamed", "second"):
        _, change = after(two_lists, UpdateGroup(name=name, **by(OWNER, SECOND)), 2)
        assert check_outcome(change) is change


def test_a_list_that_went_in_between_is_said_to_be_gone(one_deleted: OwnerState) -> None:
    _, change = after(one_deleted, UpdateGroup(name="new", **by(OWNER, SECOND)), 3)
    with pytest.raises(NotFound):
        check_outcome(change)


def test_a_name_that_was_taken_in_between_is_told_at_its_field(two_lists: OwnerState) -> None:
    _, change = after(two_lists, creating("second"), 2)
    with pytest.raises(Conflict) as refused:
        check_outcome(change)
    assert refused.value.field == "name"


@pytest.mark.parametrize("group", [DEFAULT, SECOND])
def test_a_list_that_is_there_may_be_changed_however_many_there_are(
    two_lists: OwnerState, group: GroupId
) -> None:
    check_list(two_lists, UpdateGroup(name="new", **by(OWNER, group)), groups_max=1)
    check_list(two_lists, creating("second", group), groups_max=1)


@pytest.mark.parametrize("operation", [UpdateGroup, DeleteGroup, PurgeGroup])
def test_a_list_that_never_was_is_not_found(two_lists: OwnerState, operation: type[UpdateGroup]) -> None:
    with pytest.raises(NotFound):
        check_list(two_lists, operation(**by(OWNER, ELSEWHERE)), groups_max=10)
    with pytest.raises(NotFound):
        check_list(two_lists, restoring(ELSEWHERE), groups_max=10)


def test_a_deleted_list_can_be_restored_or_ended_and_nothing_else(one_deleted: OwnerState) -> None:
    check_list(one_deleted, restoring(SECOND), groups_max=2)
    check_list(one_deleted, PurgeGroup(**by(OWNER, SECOND)), groups_max=1)
    for operation in (UpdateGroup, DeleteGroup):
        with pytest.raises(NotFound):
            check_list(one_deleted, operation(**by(OWNER, SECOND)), groups_max=10)


def test_a_new_list_needs_a_free_name_and_a_place(two_lists: OwnerState) -> None:
    check_list(two_lists, creating("third"), groups_max=3)
    with pytest.raises(Conflict) as taken:
        check_list(two_lists, creating("second"), groups_max=3)
    assert taken.value.field == "name"
    with pytest.raises(Conflict, match="2 lists") as full:
        check_list(two_lists, creating("third"), groups_max=2)
    assert full.value.field is None


def test_deleted_lists_take_no_place_until_they_are_restored(one_deleted: OwnerState) -> None:
    check_list(one_deleted, creating("third"), groups_max=2)
    with pytest.raises(Conflict, match="1 lists"):
        check_list(one_deleted, restoring(SECOND), groups_max=1)


BOUNDS = Bounds(operation_bytes_max=500_000, owner_waiting_bytes_max=400_000, journal_bytes_max=8_000_000)


@pytest.fixture
def budgets() -> Budgets:
    return Budgets(BOUNDS, HotTier(1_000_000, lambda _: True))


def test_an_operation_may_be_as_large_as_its_bound_and_no_larger(budgets: Budgets) -> None:
    budgets.check_waiting(500_000, Demand(), 0, 0)
    with pytest.raises(OperationTooLarge, match="500,001"):
        budgets.check_waiting(500_001, Demand(), 0, 0)


def test_what_waits_and_what_comes_fit_together_or_it_is_refused(budgets: Budgets) -> None:
    assert budgets.check_waiting(100_000, Demand(written=50_000), 200_000, 0) == 50_000
    assert budgets.check_waiting(100_000, Demand(written=100_000), 200_000, 0) == 0
    with pytest.raises(OwnerBehind) as refused:
        budgets.check_waiting(100_000, Demand(written=100_001), 200_000, 0)
    assert refused.value.retry_after_s == 2


def test_who_has_nothing_waiting_may_write_more_than_the_share(budgets: Budgets) -> None:
    assert budgets.check_waiting(450_000, Demand(written=900_000), 0, 0) == 0


def test_the_room_is_a_share_of_what_is_free_but_the_last_bytes_are_for_anyone(budgets: Budgets) -> None:
    free = 1_600_000
    held = BOUNDS.journal_bytes_max - free
    assert budgets.check_waiting(1_000, Demand(), 0, held) == free // SHARE - 1_000
    held = BOUNDS.journal_bytes_max - 2 * ALWAYS_BYTES
    assert budgets.check_waiting(1_000, Demand(), 0, held) == ALWAYS_BYTES - 1_000
    held = BOUNDS.journal_bytes_max - 5_000
    assert budgets.check_waiting(1_000, Demand(), 0, held) == 4_000
    assert budgets.check_waiting(1_000, Demand(), 0, BOUNDS.journal_bytes_max + 1) == 0


def test_who_copies_a_lists_notes_takes_along_what_is_on_its_way_there(
    budgets: Budgets, two_lists: OwnerState
) -> None:
    owner = HotOwner(two_lists, Position(1), Lives().of(two_lists.owner))
    copying = [
        Amend(add=NOTHING, remove=NOTHING, notes_of=(SECOND,) * sources, **by(OWNER, DEFAULT))
        for sources in range(3)
    ]
    calm = [budgets.demand(owner, operation).growth for operation in copying]
    owner.growing = 5_000
    busy = [budgets.demand(owner, operation).growth for operation in copying]
    assert [more - less for more, less in zip(busy, calm, strict=True)] == [0, 5_000, 10_000]
