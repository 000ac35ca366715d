"""One account never ends the service for the others, however much it asks for."""

from tests.simulation.greed import simulate_greed


def test_an_owner_who_takes_all_that_can_be_had_costs_nobody_else() -> None:
    refused = 0
    for seed in range(24):
        try:
            refused += simulate_greed(seed)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
    assert refused > 100, "the bounds are met"
