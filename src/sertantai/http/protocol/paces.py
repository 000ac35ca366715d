"""How often somebody may do something: so many a second, and more at once after a rest."""

from collections.abc import Callable, Hashable
from itertools import islice


class Pace:
    __slots__ = ("_at_once", "_left", "_now", "_per_s", "_since")

    def __init__(self, per_s: float, at_once: float, now: Callable[[], float]) -> None:
        self._per_s = per_s
        self._at_once = self._left = at_once
        self._now = now
        self._since = now()

    @property
    def since(self) -> float:
        """When it was asked last."""
        return self._since

    def take(self, count: float = 1) -> bool:
        """So much of it; False: it is too much."""
        now = self._now()
        self._left = min(self._at_once, self._left + (now - self._since) * self._per_s)
        self._since = now
        if self._left < count:
            return False
        self._left -= count
        return True


class Paces:
    """One for each of many. Who has rested is forgotten; of more than ``kept_max``, who came least lately."""

    def __init__(self, per_s: float, at_once: float, now: Callable[[], float], kept_max: int) -> None:
        self._per_s = per_s
        self._at_once = at_once
        self._now = now
        self._kept_max = kept_max
        self._paces: dict[Hashable, Pace] = {}
        """Who came last is last."""

    def __len__(self) -> int:
        return len(self._paces)

    def take(self, whose: Hashable, count: float = 1) -> bool:
        pace = self._paces.pop(whose, None) or Pace(self._per_s, self._at_once, self._now)
        self._paces[whose] = pace
        is_taken = pace.take(count)
        self._forget()
        return is_taken

    def _forget(self) -> None:
        rested_since = self._now() - self._at_once / self._per_s
        for first in list(islice(self._paces, 2)):
            if self._paces[first].since < rested_since or len(self._paces) > self._kept_max:
                del self._paces[first]
