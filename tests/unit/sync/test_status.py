"""How long it is worth to wait for the synchroniser."""

import pytest

from sertantai.core.ids import Position
from sertantai.sync.status import SyncStatus


@pytest.mark.parametrize(
    ("failing_since", "fatal", "worth"),
    [(None, None, 20.0), (5.0, None, 1.0), (5.0, "overtaken", 0.0), (None, "overtaken", 0.0)],
)
def test_nobody_waits_long_for_what_cannot_come(
    failing_since: float | None, fatal: str | None, worth: float
) -> None:
    status = SyncStatus(Position(1), 1, 0.0, failing_since, "away" if failing_since else None, 0, fatal)
    assert status.worth_waiting_s(20.0) == worth
    assert status.worth_waiting_s(0.5) <= 0.5
