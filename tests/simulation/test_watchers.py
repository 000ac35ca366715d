"""Whoever looks at a list while everything breaks sees what is true, in order, or knows that they do not."""

import pytest

from tests.simulation.planted_channel import PLANTINGS
from tests.simulation.scenario import simulate

SEEDS = 120
STEPS = 14
FIRST_SEEDS = {
    "join between two messages": 30,
    "keep the notes that come with laws": 472,
    "ask for rights once": 140,
    "trust any version": 60,
    "one epoch for ever": 115,
}
"""Where to look for what is rare."""
SEEDS_MAX = 40
RESTLESS = {"keep the notes of what came again"}
"""What shows where a law with notes went and came while nobody looked: somebody does little else."""
# A list that went and came was given away once more, after what was set aside had been seen to be gone.
MET_BEFORE = (511,)


def test_every_screen_shows_what_is_true() -> None:
    for seed in range(SEEDS):
        try:
            simulate(seed, STEPS, watched=True)
        except Exception as error:
            error.add_note(f"Replay: simulate({seed}, {STEPS}, watched=True)")
            raise


@pytest.mark.parametrize("seed", MET_BEFORE)
def test_what_broke_once_does_not_again(seed: int) -> None:
    simulate(seed, STEPS, watched=True)


@pytest.mark.parametrize("name", PLANTINGS)
def test_the_watchers_find_a_planted_bug(name: str) -> None:
    first = FIRST_SEEDS.get(name, 0)
    for seed in range(first, first + SEEDS_MAX):
        try:
            with PLANTINGS[name]():
                simulate(seed, STEPS, watched=True, restless=name in RESTLESS)
        except Exception:  # noqa: BLE001  # however it shows
            return
    pytest.fail(f"{name}: not found in {SEEDS_MAX} seeds")


def test_watchers_are_told_much() -> None:
    """A checker that is told nothing proves nothing."""
    told = sum(simulate(seed, STEPS, watched=True).told for seed in range(20))
    assert told > 500
