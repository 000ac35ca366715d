"""How the engine is, for health, metrics and the pages' banner."""

from typing import Final

import msgspec

from sertantai.core.changes import APPLIED, Outcome
from sertantai.core.operations import Deselect, Operation, Select, action_of
from sertantai.process.metrics import OPERATIONS, Count
from sertantai.sync.status import SyncStatus

_TICKED: Final[dict[type, Count]] = {
    Select: OPERATIONS.of("select", APPLIED),
    Deselect: OPERATIONS.of("deselect", APPLIED),
}
"""What most operations are counted as, found faster."""


def count_operation(operation: Operation, outcome: Outcome) -> None:
    counted = _TICKED.get(type(operation)) if outcome is APPLIED else None
    (counted or OPERATIONS.of(action_of(operation), outcome)).sum += 1


class EngineStatus(msgspec.Struct, frozen=True):
    accepting: bool
    degraded: bool
    journal_bytes: int
    journal_fraction: float
    journal_error: str | None
    sync: SyncStatus
    owners: int
    hot_tier_bytes: int


def engine_status(
    sync: SyncStatus, size: int, fraction: float, error: str | None, *, owners: int, hot_tier_bytes: int
) -> EngineStatus:
    """``size`` bytes of journal are ``fraction`` of what it may hold; ``error``: why it cannot be written."""
    error = sync.fatal or error
    return EngineStatus(
        accepting=fraction < 1 and error is None,
        degraded=sync.failing_since is not None or fraction > 0.5 or error is not None,
        journal_bytes=size,
        journal_fraction=fraction,
        journal_error=error,
        sync=sync,
        owners=owners,
        hot_tier_bytes=hot_tier_bytes,
    )
