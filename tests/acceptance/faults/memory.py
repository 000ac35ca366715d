"""Whether a process's memory stays flat, from samples taken now and then."""

from dataclasses import dataclass, field
from statistics import linear_regression, mean

import psutil

WARM_UP_PART = 1 / 3
"""The first samples do not count: caches fill, and lists are read for the first time."""
GROWTH_MAX = 0.05
"""How much of itself a process may grow over the time measured, along the line that fits best."""
SAMPLES_MIN = 6


@dataclass
class Memory:
    """Resident memory of one process, in MB, by seconds."""

    pid: int
    samples: list[tuple[float, float]] = field(default_factory=list)

    def sample(self, at_s: float) -> None:
        self.samples.append((at_s, psutil.Process(self.pid).memory_info().rss / 1e6))

    def __str__(self) -> str:
        warm = self._warm()
        slope = linear_regression(*zip(*warm, strict=True)).slope
        first, last = warm[0][1], warm[-1][1]
        return f"memory: {first:.0f} MB after the warm-up, {last:.0f} MB at the end, {slope * 60:+.2f} MB/min"

    def check(self) -> None:
        """Raises when it grew; says nothing of a run that was too short to tell."""
        warm = self._warm()
        if len(warm) < SAMPLES_MIN:
            return
        slope = linear_regression(*zip(*warm, strict=True)).slope
        grown = slope * (warm[-1][0] - warm[0][0])
        assert grown < GROWTH_MAX * mean(size for _, size in warm), str(self)

    def _warm(self) -> list[tuple[float, float]]:
        warm = self.samples[int(len(self.samples) * WARM_UP_PART) :]
        return warm if len(warm) > 1 else self.samples
