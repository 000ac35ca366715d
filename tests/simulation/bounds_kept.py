"""The engine's bounds as somebody sees them who looks on: after every change, and at every batch."""

from sertantai.core.operations import Operation, encode
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.engine.hot_tier import HotOwner
from sertantai.sync.store import Batch
from tests.simulation.model import Violation

BELONGING_TOGETHER = 2
"""Both halves of a list that moves."""


class BoundsKept:
    """Looks at one engine. Raises `Violation` once something is beyond its bound.

    What is asked before an operation is queued lets those in that are on their way already: so many more.
    """

    def __init__(self, bounds: Bounds, *, goes_back: bool) -> None:
        """``goes_back``: a standby that takes over may lack what was written already."""
        self._bounds = bounds
        self._goes_back = goes_back
        self._on_their_way_max = bounds.waiting_operations_max + min(
            bounds.waiting_operations_max, bounds.group_operations_max
        )
        self._largest_bytes = 0
        self._moves = 0  # at a time, so far: each is of two, which do not wait with the others

    def after_change(
        self, engine: Engine, hot: HotOwner | None, operation: Operation, *, came_back: int
    ) -> None:
        """``came_back``: so many lists of the owner may be there again, as what ended them was set aside."""
        self._check_journal(engine, operation)
        self._check_waiting(engine)
        if hot is not None:
            self._check_owner(hot, came_back)

    def of_batch(self, batch: Batch) -> None:
        bounds = self._bounds
        _check("records in a batch", batch.records, bounds.sync_records_max)
        if batch.move_list is None:  # of two owners, whatever else
            # A decision has two rows in the trail: of the laws, and of what was suggested.
            operations = {audited.id for audited in batch.operations}
            _check("operations in a batch", len(operations), bounds.sync_entries_max)

    def of_group(self, operations: int) -> None:
        most = max(self._bounds.group_operations_max, BELONGING_TOGETHER)
        _check("operations in a group commit", operations, most)

    def _check_journal(self, engine: Engine, operation: Operation) -> None:
        self._moves = max(self._moves, engine._together._under_way.total())
        bounds, more = self._bounds, self._on_their_way_max + BELONGING_TOGETHER * self._moves
        self._largest_bytes = max(self._largest_bytes, len(encode(operation)))
        most = bounds.journal_bytes_max + more * self._largest_bytes
        _check("bytes in the journal", engine.journal.size_bytes, most)
        if not self._goes_back:
            waiting = engine.journal.last - engine._sync.position
            _check("operations that wait for PostgreSQL", waiting, bounds.journal_operations_max + more)

    def _check_waiting(self, engine: Engine) -> None:
        waiting = engine._commits._waiting
        _check("operations that wait for the disk", len(waiting), self._bounds.waiting_operations_max)
        _check("bytes that wait for the disk", engine._commits._waiting_bytes, self._bounds.waiting_bytes_max)

    def _check_owner(self, hot: HotOwner, came_back: int) -> None:
        bounds = self._bounds
        _check("changes remembered", len(hot.recent), bounds.recent_changes_max)
        _check("bytes of changes remembered", hot.recent.bytes, bounds.recent_bytes_max)
        lists = sum(not group.deleted for group in hot.state.groups.values())
        _check("lists", lists, bounds.groups_max + came_back)


def _check(what: str, found: int, most: int) -> None:
    if found > most:
        raise Violation(f"beyond its bound: {found:,} {what}, at most {most:,}")
