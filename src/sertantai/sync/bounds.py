"""The synchroniser's bounds, with their units last. What is beyond one waits for the next transaction."""

from typing import Final

import msgspec

PART_RECORDS: Final = 2_000
"""Of an operation that one transaction does not take. It must never change: where a part ends is sealed."""


class SyncBounds(msgspec.Struct, frozen=True, kw_only=True):
    sync_interval_s: float = 0.02
    sync_entries_max: int = 1_000
    sync_records_max: int = 2_000
    sync_bytes_max: int = 4_000_000
    """What people wrote that goes into one transaction, rows and audit together."""
    sync_backoff_s_max: float = 5.0
    sync_states_bytes_max: int = 128_000_000
    """Memory of the states that the synchroniser keeps between batches."""

    @property
    def part_records(self) -> int:
        """However quick the database is, and however many a transaction of many operations may have."""
        return min(PART_RECORDS, self.sync_records_max)
