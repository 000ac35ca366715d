"""The simulation is worth what it finds: classic bugs, planted one by one, must be caught."""

import pytest

from tests.simulation.planted import PLANTINGS, planted
from tests.simulation.planted_rights import OF_RIGHTS
from tests.simulation.scenario import simulate
from tests.simulation.searching import assert_found

STEPS = 6
STEPS_TO_READ_THE_AUDIT = 30
"""So long, that memory has forgotten what is undone."""
OF_A_STANDBY = frozenset({"failover"})
STORIES = {
    "trust a remembered watermark": (STEPS_TO_READ_THE_AUDIT, OF_A_STANDBY),
    "keep checkpoints behind a rotten entry": (14, frozenset({"rotten_bytes", "crash", "down"})),
    "watermark outside the transaction": (STEPS_TO_READ_THE_AUDIT, frozenset()),
    "undo a part": (STEPS_TO_READ_THE_AUDIT, OF_A_STANDBY),
    "pass over what cannot be done": (14, frozenset({"refused_lists"})),
    "decide alone": (14, frozenset()),
    "undo anybody's": (14, frozenset()),
    "hand back what was changed since": (STEPS_TO_READ_THE_AUDIT, frozenset()),
    "hand over what was seen": (30, frozenset()),
    "hand over what was made beforehand": (30, frozenset()),
}

HINTS = {
    "watermark outside the transaction": 7,
    "trust a remembered watermark": 37,
    "undo a part": 35,
    "keep checkpoints behind a rotten entry": 344,
    "a journal that is never full": 17,
    "hand back what was changed since": 89,
    "decide alone": 22,
    "undo anybody's": 54,
    "hand over what was seen": 127,
    "hand over what was made beforehand": 127,
}
"""Where the search for what is rare begins."""


@pytest.mark.parametrize("name", PLANTINGS)
def test_the_simulation_finds_a_planted_bug(name: str) -> None:
    steps, also = STORIES.get(name, (STEPS, frozenset()))

    def story(seed: int) -> None:
        simulate(seed, steps, also, organization=name in OF_RIGHTS)

    assert_found(name, lambda: planted(name), story, HINTS.get(name, 0))
