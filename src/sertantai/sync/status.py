"""How the synchroniser is, for health, metrics and the pages' banner."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.core.ids import Position
from sertantai.process.metrics import SYNC_BATCH, SYNC_FAILURES, SYNC_LAG, SYNC_RECORDS, SYNC_REJECTIONS
from sertantai.sync.store import Rejection

Count = Callable[..., None]
_COUNTED: Final[Mapping[str, Callable[[float], None]]] = {
    "batch": SYNC_BATCH.observe,
    "records": SYNC_RECORDS.inc,
    "lag": SYNC_LAG.set,
    "rejected": SYNC_REJECTIONS.inc,
}


def count(what: str, amount: float = 1, code: str = "") -> None:
    """A metric of the synchroniser."""
    if what == "failed":
        SYNC_FAILURES.labels(code).inc()
    else:
        _COUNTED[what](amount)


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """How a synchroniser is that runs elsewhere, and what one that has ended leaves to the next one."""

    position: Position = Position(0)
    started_at: Position = Position(0)
    """Where the journal ended when the server began."""
    moved: int = 0
    contacted: bool = False
    oldest: datetime | None = None
    failing_since: float | None = None
    last_error: str | None = None
    fatal: str | None = None
    rejecting: Rejection | None = None


def not_yet(reason: str | None) -> Unavailable:
    said = f"The changes are safe on disk but not yet in PostgreSQL{f' ({reason})' if reason else ''}."
    return Unavailable(said, retry_after_s=2)


def waited_s(since: datetime | None, now: datetime) -> float:
    """How long a change from ``since`` has waited; None: none waits."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


class SyncStatus(msgspec.Struct, frozen=True):
    """``waiting`` operations are durable but not in the database; the first for ``oldest_wait_s``."""

    position: Position
    waiting: int
    oldest_wait_s: float
    failing_since: float | None
    last_error: str | None
    rejected: int
    fatal: str | None = None
    """Why nothing is written, nor accepted, until an operator has acted."""

    def worth_waiting_s(self, wanted_s: float) -> float:
        """How long to wait for what is not written yet, where ``wanted_s`` would be waited at best."""
        if self.fatal is not None:
            return 0.0
        return wanted_s if self.failing_since is None else min(wanted_s, 1.0)
