"""The simulation is worth what it finds: classic bugs, planted one by one, must be caught."""

import pytest

from tests.simulation.planted import PLANTINGS, planted
from tests.simulation.scenario import simulate

SEEDS_MAX = 100


def first_seed_that_breaks(name: str) -> int | None:
    for seed in range(SEEDS_MAX):
        try:
            with planted(name):
                simulate(seed, 6)
        except Exception:  # noqa: BLE001  # however it shows
            return seed
    return None


@pytest.mark.parametrize("name", PLANTINGS)
def test_the_simulation_finds_a_planted_bug(name: str) -> None:
    assert first_seed_that_breaks(name) is not None, f"{name}: not found in {SEEDS_MAX} seeds"
