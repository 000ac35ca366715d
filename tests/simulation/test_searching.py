"""A planted bug is found wherever it shows, and what is no bug is not."""

from contextlib import nullcontext

from tests.simulation.searching import SEEDS_MAX, first_seed_that_breaks


def breaks_at(*seeds: int) -> list[int]:
    def story(seed: int) -> None:
        told.append(seed)
        if seed in seeds:
            raise AssertionError(seed)

    told: list[int] = []
    first = first_seed_that_breaks(nullcontext, story, hint=30)
    return told if first is None else [first]


def test_the_search_begins_at_the_hint_and_goes_on_far_behind_it() -> None:
    assert breaks_at(3, 30, 40) == [30]
    assert breaks_at(3, 30 + SEEDS_MAX - 1) == [30 + SEEDS_MAX - 1]


def test_what_breaks_in_no_story_is_not_found() -> None:
    assert breaks_at() == list(range(30, 30 + SEEDS_MAX))
