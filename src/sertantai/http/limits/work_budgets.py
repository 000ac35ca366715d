"""How much of the event loop's time somebody has used lately: one bucket each, which empties as time goes by.

What a request costs is known when it is over, so it is charged then, whatever is left: what goes beyond the
allowance is owed, and until it is worked off nothing more is let in. So nobody gets more than the allowance's
share, however dear one request was and however many came at once.
"""

from collections.abc import Callable
from typing import Final

from sertantai.http.limits.limit_windows import KEYS_MAX, SWEPT_A_COUNT, Allowance, Use

EMPTY_KEPT: Final = 1_000
"""Up to so many, empty ones stay: making one anew takes longer than finding it."""
OWED_TIMES_MAX: Final = 5
"""So many allowances are owed at most: nobody waits for longer than as many periods."""


class Bucket:
    """What one payer has used of one allowance, in milliseconds, as it was at ``at``."""

    __slots__ = (
        "_ms_a_second",
        "allowance",
        "at",
        "full_ms",
        "is_known",
        "ms",
        "unadded_ms",
        "unsent_ms",
        "whose",
    )

    def __init__(self, allowance: Allowance, whose: str | int) -> None:
        self.allowance = allowance
        self.whose = whose
        self.full_ms = allowance.amount
        self._ms_a_second = allowance.amount / allowance.period_s
        self.ms = 0.0
        self.at = 0.0
        self.unadded_ms = 0.0
        """Too little to have been added yet."""
        self.unsent_ms = 0.0
        """What a shared store has not been told of yet."""
        self.is_known = True
        """Whether others would find it, too."""

    def add(self, ms: float, now: float) -> None:
        used = self.ms - (now - self.at) * self._ms_a_second  # `_empty`, which is too dear for every request
        used = ms if used < 0 else used + ms
        self.ms = used if used < self.full_ms else min(used, self.full_ms * OWED_TIMES_MAX)
        self.at = now

    def fill(self, seconds: float, now: float) -> None:
        """From now on it is full for at least so long."""
        self._empty(now)
        self.ms = max(self.ms, self.full_ms + seconds * self._ms_a_second)

    def use(self, now: float) -> Use:
        self._empty(now)
        beyond = max(0.0, self.ms - self.full_ms)
        left = int(max(0.0, self.full_ms - self.ms))
        is_within = self.ms < self.full_ms
        return Use(self.allowance, is_within, left, beyond / self._ms_a_second)

    def is_empty(self, now: float) -> bool:
        self._empty(now)
        return self.ms <= 0

    def _empty(self, now: float) -> None:
        self.ms = max(0.0, self.ms - (now - self.at) * self._ms_a_second)
        self.at = now


class Buckets:
    """Everybody's, in bounded memory: empty ones are forgotten, then those that were opened first."""

    def __init__(
        self, clock: Callable[[], float], *, keys_max: int = KEYS_MAX, empty_kept: int = EMPTY_KEPT
    ) -> None:
        self._clock = clock
        self._keys_max = keys_max
        self._empty_kept = empty_kept
        self._buckets: dict[tuple[str, str | int], Bucket] = {}

    def of(self, allowance: Allowance, whose: str | int) -> Bucket:
        key = (allowance.name, whose)
        found = self._buckets.get(key)
        if found is None:
            if len(self._buckets) >= self._empty_kept:
                self._sweep()
            found = self._buckets[key] = Bucket(allowance, whose)
        return found

    def now_of(self, forgotten: Bucket) -> Bucket:
        """The bucket that is charged now in the place of one that was forgotten while a request went on."""
        return self.of(forgotten.allowance, forgotten.whose)

    def _sweep(self) -> None:
        """Forget the empty ones among the next few: more than are opened, so memory follows the traffic."""
        now = self._clock()
        for _ in range(SWEPT_A_COUNT):
            oldest = next(iter(self._buckets), None)
            if oldest is None:
                return
            bucket = self._buckets.pop(oldest)
            if bucket.is_empty(now):
                bucket.is_known = False
            else:
                self._buckets[oldest] = bucket
        if len(self._buckets) >= self._keys_max:
            self._buckets.pop(next(iter(self._buckets))).is_known = False

    def __len__(self) -> int:
        return len(self._buckets)
