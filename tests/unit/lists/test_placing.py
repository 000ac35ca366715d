"""Places in a list: whatever is moved stands where it was put, and as few others as possible are written."""

from hypothesis import given
from hypothesis import strategies as st

from sertantai.lists.placing import ranks_at

numbers = st.lists(st.integers(1, 30), min_size=2, max_size=12, unique=True)


def in_order(everything: list[int], ranks: dict[int, float]) -> list[int]:
    """The list's own order: those with a rank by it, then the rest as they were."""
    ranked = sorted((number for number in everything if number in ranks), key=lambda n: (ranks[n], n))
    return ranked + [number for number in everything if number not in ranks]


@given(everything=numbers, data=st.data())
def test_what_is_moved_stands_where_it_was_put(everything: list[int], data: st.DataObject) -> None:
    ranked = data.draw(st.lists(st.sampled_from(everything), unique=True))
    rank = st.floats(-1e9, 1e9, allow_nan=False) | st.sampled_from([0.0, 1.0, 1.0 + 2**-52])
    ranks = {number: data.draw(rank) for number in ranked}
    for _ in range(4):
        moved = data.draw(st.lists(st.sampled_from(everything), min_size=1, max_size=3, unique=True))
        order = in_order(everything, ranks)
        rest = [number for number in order if number not in moved]
        at = data.draw(st.integers(0, len(rest)))
        kept = {number: value for number, value in ranks.items() if number not in moved}
        ranks.update(ranks_at(rest, kept, moved, at))
        assert in_order(everything, ranks) == [*rest[:at], *moved, *rest[at:]]


def test_between_two_places_only_the_moved_one_is_written() -> None:
    assert ranks_at([1, 2, 3], {1: 1.0, 2: 2.0}, [9], 1) == {9: 1.5}


def test_behind_those_without_a_place_all_before_get_one() -> None:
    assert ranks_at([1, 2, 3], {}, [9], 2) == {1: 1.0, 2: 2.0, 9: 3.0}


def test_first_of_all_needs_one_place_only() -> None:
    assert set(ranks_at([1, 2, 3], {1: 1.0}, [9], 0)) == {9}
    assert set(ranks_at([1, 2, 3], {}, [9], 0)) == {9}


def test_where_no_number_is_left_between_two_all_are_counted_anew() -> None:
    close = {1: 1.0, 2: 1.0 + 2**-52}
    assert ranks_at([1, 2], close, [9], 1) == {9: 2.0, 2: 3.0}
