"""How often somebody may do something: so many a second, and more at once after a rest."""

from collections.abc import Callable


class Pace:
    __slots__ = ("_at_once", "_left", "_now", "_per_s", "_since")

    def __init__(self, per_s: float, at_once: float, now: Callable[[], float]) -> None:
        self._per_s = per_s
        self._at_once = self._left = at_once
        self._now = now
        self._since = now()

    def take(self) -> bool:
        """False: it is too often."""
        now = self._now()
        self._left = min(self._at_once, self._left + (now - self._since) * self._per_s)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
