"""Stories in which the synchroniser has a process of its own, which dies now and then."""

import random

import pytest

from tests.simulation.planted_apart import PLANTINGS
from tests.simulation.scenario import Outcome, simulate
from tests.simulation.searching import assert_found

SEEDS_A_TEST = 150
FRESH_SEEDS = 100
STEPS = 6
HINTS = {"forget what was set aside": 90}
"""Where the search for what is rare begins."""


def keeps_its_promises(seed: int, steps: int = STEPS) -> Outcome:
    try:
        return simulate(seed, steps, apart=True)
    except Exception as error:
        error.add_note(f"Replay: python -m tests.simulation --seed {seed} --steps {steps} --apart")
        raise


def test_no_promise_is_broken_whatever_dies() -> None:
    outcomes = [keeps_its_promises(seed) for seed in range(SEEDS_A_TEST)]
    # A checker that never sees a death or a refusal proves nothing.
    assert sum(outcome.deaths for outcome in outcomes) > SEEDS_A_TEST
    assert sum(outcome.crashes for outcome in outcomes) > SEEDS_A_TEST / 2
    assert sum(outcome.rejections for outcome in outcomes) > SEEDS_A_TEST / 10
    assert sum(outcome.acknowledged for outcome in outcomes) > SEEDS_A_TEST * 5


def test_no_promise_is_broken_in_stories_that_nobody_has_seen() -> None:
    first = random.SystemRandom().randrange(2**40)
    print(f"python -m tests.simulation --first {first} --seeds {FRESH_SEEDS} --steps 14 --apart")  # noqa: T201  # shown when it fails: how to replay it
    for seed in range(first, first + FRESH_SEEDS):
        keeps_its_promises(seed, 14)


def test_a_seed_replays_exactly() -> None:
    for seed in range(40, 45):
        assert simulate(seed, STEPS, apart=True) == simulate(seed, STEPS, apart=True)


@pytest.mark.parametrize("name", PLANTINGS)
def test_the_simulation_finds_a_planted_bug(name: str) -> None:
    def story(seed: int) -> None:
        simulate(seed, STEPS, apart=True)

    assert_found(name, PLANTINGS[name], story, HINTS.get(name, 0))
