"""The synchroniser's memory has a bound, however large people's lists are."""

from array import array
from datetime import UTC, datetime

import numpy

from sertantai.core.bitmaps import bitmap
from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.state import GroupState, OwnerState, weight_bytes
from sertantai.process.new_ids import new_id
from sertantai.sync.synced_states import SyncedStates

BYTES_MAX = 1_000_000
AT = datetime(2026, 1, 1, tzinfo=UTC)


def large_state(owner: OwnerId) -> OwnerState:
    """About 40,000 records here and there."""
    chosen = numpy.random.default_rng(owner.int).random(200_000) < 0.2
    records = bitmap(array("I", numpy.flatnonzero(chosen).astype(numpy.uint32).tobytes()))
    group = GroupState(GroupId(new_id()), "default", AT, AT, records=records)
    return OwnerState(owner, {group.id: group})


def test_many_owners_with_large_lists_stay_within_the_bound() -> None:
    states = SyncedStates(BYTES_MAX)
    for _ in range(100):
        owner = OwnerId(new_id())
        states.meet({owner}, {owner: large_state(owner)})
        assert states.bytes <= BYTES_MAX
        assert states.get(owner) is not None
    assert 1 < len(states) <= BYTES_MAX / 20_000


def test_who_is_met_again_stays_and_the_longest_unmet_leaves() -> None:
    owners = [OwnerId(new_id()) for _ in range(3)]
    room = 2 * weight_bytes(large_state(owners[0])) + 1_000
    states = SyncedStates(room)
    for owner in (owners[0], owners[1]):
        states.meet({owner}, {owner: large_state(owner)})
    states.meet({owners[0]}, {})
    states.meet({owners[2]}, {owners[2]: large_state(owners[2])})
    assert states.missing(owners) == [owners[1]]


def test_the_batch_at_hand_is_kept_whole_beyond_the_bound() -> None:
    owners = {OwnerId(new_id()) for _ in range(5)}
    states = SyncedStates(1)
    states.meet(owners, {owner: large_state(owner) for owner in owners})
    assert not states.missing(owners)
    states.meet(set(), {})
    assert (len(states), states.bytes) == (0, 0)


def test_a_state_that_grows_counts_with_what_it_is_now() -> None:
    owner = OwnerId(new_id())
    states = SyncedStates(BYTES_MAX)
    states.put(owner, OwnerState(owner, {}))
    small = states.bytes
    states.put(owner, large_state(owner))
    assert states.bytes == weight_bytes(large_state(owner)) > small
    states.clear()
    assert states.bytes == 0
