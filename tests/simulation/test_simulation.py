"""Stories of people who work while everything breaks. Each failure names its seed."""

import random

import pytest

from sertantai.core.ids import Position
from sertantai.core.operations import Operation
from sertantai.core.state import OwnerState
from sertantai.engine import committing
from sertantai.sync import folding
from tests.simulation.scenario import Outcome, simulate

SEEDS_A_TEST = 125
STEPS = 6
FRESH_SEEDS = 100
"""Of new ones each run; `make simulate` goes on for as long as it is told to."""
MET_BEFORE = (
    # What a stand-by lacked was taken for nothing: an undo found nothing, a deleted list came back empty.
    (871093177898, 14),
    (951520417173, 14),
    (951520418669, 14),
    # "All is in PostgreSQL" was said from a watermark that was remembered.
    (499678146950, 6),
    (951520419857, 14),
    (951520421896, 14),
    # The journal was trimmed behind the checkpoint of an owner who was to be read anew.
    (951520418114, 14),
    # A rejection was lost with a primary; the model forgot that its owner had been read anew.
    (1796000007884, 14),
    (1796000008874, 14),
    # What an earlier run's last transaction wrote came in while the next began, and nobody was told of it.
    (973225627847, 14),
    # One operation was sent again, and done twice.
    (932334819636, 14),
    # The second half of a move was set aside in place of the first of the next, which had been refused.
    (178117096279, 14),
    # A list stayed, as what took it over was set aside, and nobody was told that it had not gone.
    (400867, 14),
)


def keeps_its_promises(seed: int, steps: int) -> Outcome:
    try:
        return simulate(seed, steps)
    except Exception as error:
        error.add_note(f"Replay: python -m tests.simulation --seed {seed} --steps {steps}")
        raise


@pytest.mark.parametrize("first", range(0, 4 * SEEDS_A_TEST, SEEDS_A_TEST))
def test_no_promise_is_broken_whatever_fails(first: int) -> None:
    outcomes = [keeps_its_promises(seed, STEPS) for seed in range(first, first + SEEDS_A_TEST)]
    # A checker that never sees a crash or a refusal proves nothing.
    assert sum(outcome.crashes for outcome in outcomes) > SEEDS_A_TEST / 2
    assert sum(outcome.rejections for outcome in outcomes) > SEEDS_A_TEST / 10
    assert sum(outcome.acknowledged for outcome in outcomes) > SEEDS_A_TEST * 5
    assert sum(outcome.forbidden for outcome in outcomes) > SEEDS_A_TEST / 2.5


def test_no_promise_is_broken_in_stories_that_nobody_has_seen() -> None:
    first = random.SystemRandom().randrange(2**40)
    print(f"python -m tests.simulation --first {first} --seeds {FRESH_SEEDS} --steps 14")  # noqa: T201  # shown when it fails: how to replay it
    for seed in range(first, first + FRESH_SEEDS):
        keeps_its_promises(seed, 14)


def test_no_promise_is_broken_while_folds_take_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    beside: list[Operation] = []

    async def noted(state: OwnerState, position: Position, operation: Operation) -> folding.Folded:
        beside.append(operation)
        return await fold_beside(state, position, operation)

    fold_beside = folding.fold_beside
    monkeypatch.setattr(folding, "NOTES_AT_HAND_MAX", 0)
    monkeypatch.setattr(committing, "fold_beside", noted)
    for seed in range(20_000, 20_000 + SEEDS_A_TEST):
        keeps_its_promises(seed, STEPS)
    assert len(beside) > SEEDS_A_TEST // 5


def test_what_is_built_on_a_list_that_is_refused_is_never_lost() -> None:
    """A list that was made, or handed over, is set aside, and all that was acknowledged in it with it."""
    seeds = range(30_007, 30_007 + 12 * 60, 12)
    outcomes = [keeps_its_promises(seed, 14) for seed in seeds]
    assert sum(outcome.built_on for outcome in outcomes) > 30


@pytest.mark.parametrize(("seed", "steps"), MET_BEFORE)
def test_what_broke_a_promise_once_does_not_again(seed: int, steps: int) -> None:
    keeps_its_promises(seed, steps)


def test_long_stories_keep_the_promises_too() -> None:
    for seed in range(10_000, 10_010):
        keeps_its_promises(seed, 60)


def test_a_seed_replays_exactly() -> None:
    for seed in range(40, 50):
        assert simulate(seed, STEPS) == simulate(seed, STEPS)
