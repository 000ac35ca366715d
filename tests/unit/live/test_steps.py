"""Steps of a list, and what is different since one of them: for any steps, in any order, at any place."""

import gc
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.core.bitmaps import pack
from sertantai.core.changes import SMALL_SET_RECORDS, Change
from sertantai.core.ids import OperationId, Position, UserId
from sertantai.core.operations import Amend, BulkSelect, ClearAll, DeleteGroup, RestoreGroup
from sertantai.live.bounds import IDS_MAX, RING_BYTES_MAX, RING_MESSAGES_MAX, RINGS_BYTES_MAX
from sertantai.live.ring import Ring, Rings
from sertantai.live.steps import Step, joined, missed_in, since, step_of, steps_of
from sertantai.live.topics import Kind, Topic
from sertantai.live.watched import Watched
from tests.unit.core.organization import DEFAULT, OWNER, Organization

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ADA, BEN = UserId(UUID(int=1)), UserId(UUID(int=2))
EMPTY = BitMap()


def step(before: int, added: BitMap = EMPTY, removed: BitMap = EMPTY, **more: object) -> Step:
    version = Position(before + 1)
    made = Step(
        Position(before), version, 0, ADA, "web", NOW, (OperationId(UUID(int=version)),), added, removed
    )
    for name, value in more.items():
        made = _with(made, name, value)
    return made


def _with(made: Step, name: str, value: object) -> Step:
    import msgspec

    return msgspec.structs.replace(made, **{name: value})


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Step], list[set[int]]]:
    """Steps in a row as they happen to a list, and what it holds before the first and after each."""
    laws, held, steps = st.integers(0, 7), [set(draw(st.sets(st.integers(0, 7))))], []
    for number in range(draw(st.integers(0, 12))):
        now = held[-1]
        added = draw(st.sets(laws)) - now
        removed = draw(st.sets(laws)) & now
        noted = draw(st.sets(laws)) & (now | added) - removed
        after = (now | added) - removed
        kept = BitMap(added), BitMap(removed)
        actor = draw(st.sampled_from([ADA, BEN]))
        steps.append(step(number, *kept, annotated=BitMap(noted), actor=actor, count=len(after)))
        held.append(after)
    return steps, held


@given(histories(), st.data())
def test_what_is_missed_is_the_difference_of_what_is_held(
    history: tuple[list[Step], list[set[int]]], data: st.DataObject
) -> None:
    steps, held = history
    known = data.draw(st.integers(0, len(steps)))
    missed = since(steps, known)
    if not steps:
        assert missed is None, "of a list of which nothing is known nothing can be said"
        return
    assert missed is not None
    assert set(missed.added) == held[-1] - held[known]
    assert set(missed.removed) == held[known] - held[-1]


@given(histories())
def test_steps_as_one_are_what_they_are_in_a_row(history: tuple[list[Step], list[set[int]]]) -> None:
    steps, _ = history
    for first, then in pairwise(steps):
        both = joined(first, then)
        assert (both is None) == (first.actor != then.actor)
        if both is not None:
            assert (both.before, both.version, both.count) == (first.before, then.version, then.count)
            assert missed_in([both]) == missed_in([first, then])
            assert both.operations == first.operations + then.operations


def test_steps_of_two_kinds_or_with_a_gap_stay_two() -> None:
    assert joined(step(1), step(3)) is None
    assert joined(step(1), step(2, source="import")) is None
    assert joined(step(1), step(2, says_list=True)) is None
    assert joined(step(1), step(2, suggests=True)) is None
    assert joined(step(1, says_list=True), step(2, says_list=True)) is not None


def test_a_version_that_no_step_begins_or_leaves_is_unknown() -> None:
    steps = [step(5), step(6)]
    assert [since(steps, known) is None for known in range(4, 9)] == [True, False, False, False, True]


# -------------------------------------------------------------------------------- from what was done

MANY = pack(BitMap(range(1, SMALL_SET_RECORDS + 50)))
"""Of so many a change keeps no list."""
NOTES = {1: {"note": "Ask Ben"}, 2: {"tags": ["fire"]}}


def annotated(change: Change) -> set[int]:
    made = step_of(change.without_records(), Position(change.position - 1), 0)
    assert made is not None
    return set(made.annotated)


def test_what_comes_with_notes_is_among_what_has_other_notes() -> None:
    """A client that is told of the laws alone takes it for granted that nothing stands beside them."""
    house = Organization()
    nothing, other = pack(EMPTY), house.make_list(OWNER, "Other")
    assert not annotated(house.do(OWNER, BulkSelect, DEFAULT, records=MANY))
    assert not annotated(house.do(OWNER, ClearAll, DEFAULT))
    came = {"add": MANY, "remove": nothing}
    assert annotated(house.do(OWNER, Amend, DEFAULT, **came, annotations=NOTES)) == {1, 2}
    assert annotated(house.do(OWNER, Amend, other, **came, notes_of=(DEFAULT,))) >= {1, 2}
    assert house.do(OWNER, DeleteGroup, other).removed
    assert annotated(house.do(OWNER, RestoreGroup, other, records=MANY, annotations=NOTES)) == {1, 2}


def test_what_was_deleted_and_restored_begins_anew() -> None:
    """Who had its laws before is not told that each of them was added."""
    house = Organization()
    site = house.make_list(OWNER, "Site")
    made = Position(house.position)
    changes = [
        house.do(OWNER, BulkSelect, site, records=MANY),
        house.do(OWNER, DeleteGroup, site),
        house.do(OWNER, RestoreGroup, site, records=MANY),
        house.do(OWNER, BulkSelect, site, records=pack(BitMap([900]))),
    ]
    had, _, back, _ = (change.position for change in changes)
    steps = steps_of((change.without_records() for change in changes), site, made)
    assert [since(steps, known) for known in (made, had)] == [None, None]
    missed = since(steps, back)
    assert missed is not None
    assert missed.added == BitMap([900])
    alone = since(steps_of(changes[:1], site, made), made)
    assert alone is not None
    assert len(alone.added) == SMALL_SET_RECORDS + 49


# --------------------------------------------------------------------------------------------- rings


def test_a_ring_keeps_so_many_steps_and_no_more() -> None:
    ring = Ring()
    for number in range(RING_MESSAGES_MAX):
        ring.add(step(number))
    assert ring.since(0) is not None
    ring.add(step(RING_MESSAGES_MAX))
    assert (ring.since(0), ring.since(1) is None) == (None, False)


def test_a_ring_keeps_so_many_bytes_and_no_more() -> None:
    ring, laws = Ring(), BitMap(range(20_000))
    number = 0
    while ring.since(0) is not None or not number:
        ring.add(step(number, laws if number % 2 == 0 else EMPTY, EMPTY if number % 2 == 0 else laws))
        number += 1
        assert ring.size_bytes <= RING_BYTES_MAX
    assert number < RING_MESSAGES_MAX
    assert ring.size_bytes > RING_BYTES_MAX - 2 * step(0, laws).kept.size_bytes


def test_rings_keep_so_many_bytes_together_and_that_which_was_told_last() -> None:
    one = step(0, BitMap(range(20_000))).kept.size_bytes
    rings = Rings(3 * one)
    kept = [Ring(rings) for _ in range(5)]
    for ring in kept[:4]:
        ring.add(step(0, BitMap(range(20_000))))
        assert rings.size_bytes == sum(ring.size_bytes for ring in kept) <= 3 * one
    assert [ring.since(0) is not None for ring in kept] == [False, True, True, True, False]
    kept[1].add(step(1))  # whose room is taken from what nothing came to for longer
    kept[4].add(step(0, BitMap(range(20_000))))
    assert [ring.since(0) is not None for ring in kept] == [False, True, False, False, True]
    kept[1].clear()
    kept[1].clear()
    assert rings.size_bytes == one


def test_so_many_bytes_are_kept_of_all_lists_of_a_server() -> None:
    rings = Rings()
    first, others = Ring(rings), [Ring(rings) for _ in range(3)]
    first.add(step(0))
    others[0].add(step(0))
    rings.size_bytes = RINGS_BYTES_MAX - step(0).kept.size_bytes  # as thousands of other lists
    others[1].add(step(0))
    assert (first.since(0) is not None, rings.size_bytes) == (True, RINGS_BYTES_MAX)
    others[2].add(step(0))
    assert (first.since(0), others[0].since(0) is not None) == (None, True)
    assert rings.size_bytes == RINGS_BYTES_MAX


def test_a_ring_forgets_what_a_gap_is_behind_of() -> None:
    ring = Ring()
    ring.add(step(1))
    ring.add(step(7))
    assert (ring.since(1), ring.since(7) is None) == (None, False)
    assert ring.size_bytes == step(7).kept.size_bytes


def test_what_a_ring_keeps_is_nothing_that_garbage_is_looked_for_in() -> None:
    """Hundreds of steps of thousands of lists: to go through them is a pause for everybody."""
    ring, collected = Ring(), gc.isenabled()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for number in range(RING_MESSAGES_MAX):
            ring.add(step(number, BitMap((number,))))
        assert len(gc.get_objects()) - before < RING_MESSAGES_MAX / 10
    finally:
        if collected:
            gc.enable()


# ------------------------------------------------------------------------------------------- pending


def test_so_many_operations_are_told_as_one_and_no_more() -> None:
    watched = Watched(Topic(Kind.LIST, UUID(int=9)), None)
    watched._members = {object(): None}  # type: ignore[dict-item]  # somebody, whoever it is
    for number in range(IDS_MAX + 1):
        watched.put(step(number), 0.0)
    assert [len(one.operations) for one in watched.pending] == [IDS_MAX, 1]
    assert watched.pending[0].version == watched.pending[1].before


def test_where_nobody_listens_nothing_is_pending() -> None:
    watched = Watched(Topic(Kind.LIST, UUID(int=9)), None)
    watched.put(step(0), 0.0)
    assert (watched.pending, watched.ring.since(0) is None) == ([], False)
