"""What the register's page promises, and what was measured of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

from benchmarks.load import percentile_ms

Statistic = Literal["median", "p95", "max"]


@dataclass(frozen=True)
class Promise:
    """``limit`` is the most that ``statistic`` of the samples may be; the least where ``at_least``. None: the
    figure explains others and is no promise."""

    name: str
    what: str
    unit: str
    limit: float | None
    statistic: Statistic = "median"
    at_least: bool = False


@dataclass(frozen=True)
class Figure:
    """``samples`` in the promise's unit, in the order in which they were taken."""

    promise: Promise
    samples: Sequence[float]
    beside: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        if self.promise.statistic == "median":
            return median(self.samples)
        if self.promise.statistic == "max":
            return max(self.samples)
        return self.p95

    @property
    def p95(self) -> float:
        return percentile_ms(sorted(self.samples), 95) / 1000

    @property
    def kept(self) -> bool | None:
        if self.promise.limit is None:
            return None
        return self.value >= self.promise.limit if self.promise.at_least else self.value <= self.promise.limit

    def as_result(self) -> dict[str, Any]:
        return {
            "what": self.promise.what,
            "value": round(self.value, 3),
            "unit": self.promise.unit,
            "statistic": self.promise.statistic,
            "limit": self.promise.limit,
            "kept": self.kept,
            "median": round(median(self.samples), 3),
            "p95": round(self.p95, 3),
            "samples": len(self.samples),
            **self.beside,
        }


COLD_VIEW = Promise("cold_view", "first view of /records to usable, empty cache", "ms", 300)
WARM_VIEW = Promise("warm_view", "first view of /records to usable, warm cache", "ms", 300)
NEW_ROWS = Promise("new_rows", "filter, search, sort or page to new rows painted", "ms", 120, "p95")
TICK_PAINTED = Promise("tick_painted", "tick to painted", "ms", 16, "p95")
TICK_DURABLE = Promise("tick_durable", "tick to durable, and the browser told so", "ms", 10, "p95")
TICK_HEARD = Promise("tick_heard", "tick to durable, and the page at leisure to hear it", "ms", None, "p95")
FOLLOWED = Promise("followed", "tick in one browser to painted in another", "ms", 200, "p95")
ALL_MATCHING = Promise("all_matching", "“select all 40,000 matching” acknowledged and counted", "ms", 300)
SCROLLING = Promise("scrolling", "scrolling through 200 rows", "frames/s", 60, at_least=True)
WEIGHT = Promise("weight", "page weight, compressed, empty cache", "kB", 300, "max")
LAYOUT_SHIFT = Promise("layout_shift", "layout shift of a first view and of changes of view", "", 0.05, "max")
LONGEST_TASK = Promise("longest_task", "longest task while ticking", "ms", 100, "max")
REQUESTS = Promise("requests", "requests of a first view", "", None, "max")
FIRST_PAINT = Promise("first_paint", "first paint of a first view, empty cache", "ms", None)
ROWS_SERVER_CPU = Promise("rows_server_cpu", "the server's CPU time for new rows", "ms", None)
ROWS_PAGE_CPU = Promise("rows_page_cpu", "the page's CPU time for new rows", "ms", None)
