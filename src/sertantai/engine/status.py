"""How the engine is, for health, metrics and the pages' banner."""

import msgspec

from sertantai.sync.status import SyncStatus


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
