"""What `/health/ready` says of the sealed log: who is to remember it and has been silent for a day."""

import pytest

from sertantai.http.health import Health
from sertantai.sealing.outside.heard import Heard
from sertantai.sealing.sealer import SealStatus
from sertantai.web.status import of_the_trail

SEALED = SealStatus(10, 100, 1.0, None)


def heard(name: str, *, silent: bool) -> Heard:
    return Heard(name, 0, None, "it answers 503", silent)


@pytest.mark.parametrize(
    ("others", "health", "named"),
    [
        ([], Health.OK, []),
        ([heard("witness.example", silent=False)], Health.OK, []),
        (
            [heard("tsa.example", silent=True), heard("w", silent=False), heard("siem.example", silent=True)],
            Health.DEGRADED,
            ["tsa.example", "siem.example"],
        ),
    ],
)
def test_each_who_is_silent_for_a_day_is_named(others: list[Heard], health: Health, named: list[str]) -> None:
    found = of_the_trail(SEALED, others, 100)
    assert found.status is health
    assert all(name in found.detail for name in named)
    assert "503" not in found.detail
