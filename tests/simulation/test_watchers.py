"""Whoever looks at a list while everything breaks sees what is true, in order, or knows that they do not."""

import pytest

from tests.simulation.planted_channel import PLANTINGS
from tests.simulation.scenario import simulate
from tests.simulation.searching import assert_found

SEEDS = 120
STEPS = 14
HINTS = {
    "join between two messages": 34,
    "trust any version": 7,
    "one epoch for ever": 50,
    "keep the notes of what came again": 24,
    "keep the notes that come with laws": 146,
}
"""Where the search for what is rare begins."""
RESTLESS = {"keep the notes of what came again"}
"""What shows where a law with notes went and came while nobody looked: somebody does little else."""
# A list that went and came was given away once more, after what was set aside had been seen to be gone.
# A stand-by took over while a server started: its lists were read before, the epoch was of what it lacked.
MET_BEFORE = (511, 3_502_856)


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
    def story(seed: int) -> None:
        simulate(seed, STEPS, watched=True, restless=name in RESTLESS)

    assert_found(name, PLANTINGS[name], story, HINTS.get(name, 0))


def test_watchers_are_told_much() -> None:
    """A checker that is told nothing proves nothing."""
    told = sum(simulate(seed, STEPS, watched=True).told for seed in range(20))
    assert told > 500
