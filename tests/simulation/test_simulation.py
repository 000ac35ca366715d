"""Two thousand stories of people who work while everything breaks. Each failure names its seed."""

import pytest

from tests.simulation.scenario import simulate

SEEDS_A_TEST = 250
STEPS = 6


@pytest.mark.parametrize("first", range(0, 2000, SEEDS_A_TEST))
def test_no_promise_is_broken_whatever_fails(first: int) -> None:
    for seed in range(first, first + SEEDS_A_TEST):
        try:
            simulate(seed, STEPS)
        except Exception as error:
            error.add_note(f"Replay: python -m tests.simulation --seed {seed} --steps {STEPS}")
            raise


def test_long_stories_keep_the_promises_too() -> None:
    for seed in range(10_000, 10_020):
        simulate(seed, steps=60)


def test_a_seed_replays_exactly() -> None:
    for seed in range(40, 60):
        assert simulate(seed, STEPS) == simulate(seed, STEPS)


def test_the_stories_are_eventful() -> None:
    """A checker that never sees a crash or a refusal proves nothing."""
    outcomes = [simulate(seed, STEPS) for seed in range(100)]
    assert sum(outcome.crashes for outcome in outcomes) > 50
    assert sum(outcome.rejections for outcome in outcomes) > 10
    assert sum(outcome.acknowledged for outcome in outcomes) > 500
