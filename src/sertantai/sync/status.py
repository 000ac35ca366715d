"""How the synchroniser is, for health, metrics and the pages' banner."""

import msgspec

from sertantai.core.ids import Position


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
