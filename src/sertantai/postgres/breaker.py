"""A circuit breaker: while PostgreSQL is silent, nobody but an occasional probe waits for it.

A refused connection costs nothing, but a paused server or a network that swallows packets costs every caller
a whole timeout, one after another.
"""

from collections.abc import Callable

PROBE_INTERVAL_S = 1.0


class Breaker:
    """Closed until somebody has waited in vain; closed again at the first answer."""

    def __init__(self, monotonic: Callable[[], float], probe_interval_s: float = PROBE_INTERVAL_S) -> None:
        self._monotonic = monotonic
        self._probe_interval_s = probe_interval_s
        self._next_probe_at: float | None = None
        self._answered_at = float("-inf")

    @property
    def is_open(self) -> bool:
        return self._next_probe_at is not None

    def admits(self) -> bool:
        """Whether asking is worth a wait: always when closed, else for one caller in a while."""
        if self._next_probe_at is None:
            return True
        now = self._monotonic()
        if now < self._next_probe_at:
            return False
        self._next_probe_at = now + self._probe_interval_s
        return True

    def answered(self) -> None:
        self._next_probe_at = None
        self._answered_at = self._monotonic()

    def silent(self, waited_s: float) -> None:
        """Somebody has waited in vain; the next one may try at once, in case that was bad luck.

        When others were answered meanwhile, PostgreSQL is busy and not silent.
        """
        now = self._monotonic()
        if self._next_probe_at is None and now - self._answered_at >= waited_s:
            self._next_probe_at = now
