"""The engine's bounds, with their units last. At a bound the caller gets a clear refusal, never silence."""

from math import inf

from sertantai.process.settings import Settings
from sertantai.sync.bounds import SyncBounds

OPERATION_SPARE_BYTES = 8_000_000


class Bounds(SyncBounds, frozen=True, kw_only=True):
    """Those of the synchroniser too: who starts an engine states them all."""

    waiting_operations_max: int = 20_000
    """Operations that wait for the journal at one time."""
    waiting_bytes_max: int = 64_000_000
    commit_wait_s: float = 4.0
    """Nobody waits longer for the disk; then the outcome is told to be unknown."""
    group_operations_max: int = 2_000
    """Operations in one group commit."""
    recent_changes_max: int = 100
    """Changes an owner keeps in memory for undo and for readers that were away."""
    recent_bytes_max: int = 400_000
    """Memory of those changes, an owner, in bytes."""
    hot_tier_bytes_max: int = 512_000_000
    journal_bytes_max: int = 1_000_000_000
    journal_operations_max: int = 5_000_000
    journal_keep_operations: int = 100_000
    journal_keep_s: float = inf
    """How old the oldest of them may be."""
    list_bytes_max: int = 32_000_000
    """Notes and tags of one list."""
    owner_bytes_max: int = 100_000_000
    """All that an owner has, as it weighs in memory."""
    operation_bytes_max: int = 40_000_000
    """One entry of the journal: more than `list_bytes_max`, so that whatever a list lost can come back."""
    owner_waiting_bytes_max: int = 64_000_000
    """What of one owner may wait for PostgreSQL."""
    group_bytes_max: int = 8_000_000
    """One group commit ends once it has so much."""
    trim_interval_s: float = 5.0
    checkpoint_whole_bytes_max: int = 250_000
    """A state up to this weight is written whole, a larger one in parts, of which only those that changed."""
    groups_max: int = 1_000
    """Lists an owner may have."""

    @classmethod
    def of(cls, settings: Settings) -> "Bounds":
        return cls(
            hot_tier_bytes_max=settings.hot_tier_bytes_max,
            journal_bytes_max=settings.journal_bytes_max,
            journal_operations_max=settings.journal_operations_max,
            journal_keep_operations=settings.journal_keep_operations,
            journal_keep_s=settings.journal_keep_days * 86_400.0 or inf,
            list_bytes_max=settings.list_bytes_max,
            owner_bytes_max=settings.owner_bytes_max,
            operation_bytes_max=settings.list_bytes_max + OPERATION_SPARE_BYTES,
            owner_waiting_bytes_max=settings.owner_waiting_bytes_max,
            sync_interval_s=settings.sync_interval_ms / 1000,
            sync_records_max=settings.sync_batch_records_max,
            sync_backoff_s_max=settings.sync_backoff_s_max,
        )
