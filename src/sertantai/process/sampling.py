"""Background service: looks at the metrics every other second and remembers some minutes of it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from prometheus_client import Counter, Gauge
from prometheus_client.registry import Collector

from sertantai.core.clock import Clock
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.metrics import (
    ENGINE_READ,
    ENGINE_WRITE,
    HTTP_REQUESTS,
    JOURNAL_COMMIT,
    SYNC_BATCH,
)
from sertantai.process.quantiles import Buckets, quantile_s, since

log = logger(__name__)

INTERVAL_S: Final = 2.0
SAMPLES_MAX: Final = 150
TYPICAL: Final = 0.5
ALMOST_ALL: Final = 0.99
PAGES_ALMOST_ALL: Final = 0.95


class Present(Struct, frozen=True):
    """What the engine says of now: owners in memory, operations not yet in PostgreSQL, the oldest's wait."""

    users: int
    waiting: int
    lag_s: float


class OfLive(Struct, frozen=True):
    """What is measured of live channels. ``told``: from a change until it was written to a screen."""

    screens: Gauge
    channels: Gauge
    lagging: Gauge
    writes: Collector
    handshakes: Counter
    told: Collector


class Sample(Struct, frozen=True):
    """Some seconds of the server. Times in milliseconds; None where nothing happened."""

    at: datetime
    write_ms: float | None
    write_typical_ms: float | None
    read_ms: float | None
    commit_ms: float | None
    sync_ms: float | None
    lag_ms: float
    page_ms: float | None
    requests_per_s: float
    users: int
    waiting: int
    screens: float = 0
    channels: float = 0
    lagging: float = 0
    told_per_s: float = 0
    refused_per_s: float = 0
    told_ms: float | None = None


class Sampler(BackgroundService):
    task_name = "sampler"

    def __init__(
        self,
        present: Callable[[], Present],
        clock: Clock,
        live: OfLive | None = None,
        *,
        samples_max: int = SAMPLES_MAX,
    ) -> None:
        self._present = present
        self._clock = clock
        self._live = live
        self._totals: dict[str, float] = {}
        self._before: dict[str, Buckets] = {}
        self._looked_at = clock.monotonic()
        self.samples: deque[Sample] = deque(maxlen=samples_max)

    async def start(self) -> None:
        self.sample()
        await super().start()

    def sample(self) -> Sample:
        """Look once. Asking the engine also brings its gauges up to date for /metrics."""
        present = self._present()
        now = self._clock.monotonic()
        seconds, self._looked_at = max(0.001, now - self._looked_at), now
        write = self._counted("write", ENGINE_WRITE)
        requests = self._counted("requests", HTTP_REQUESTS)
        sample = Sample(
            self._clock.now(),
            _ms(write, ALMOST_ALL),
            _ms(write, TYPICAL),
            _ms(self._counted("read", ENGINE_READ), ALMOST_ALL),
            _ms(self._counted("commit", JOURNAL_COMMIT), ALMOST_ALL),
            _ms(self._counted("sync", SYNC_BATCH), ALMOST_ALL),
            round(present.lag_s * 1000, 3),
            _ms(self._counted("pages", HTTP_REQUESTS, _is_page), PAGES_ALMOST_ALL),
            round(max(requests.values(), default=0.0) / seconds, 1),
            present.users,
            present.waiting,
            **self._of_live(seconds),
        )
        self.samples.append(sample)
        return sample

    def _of_live(self, seconds: float) -> dict[str, Any]:
        live = self._live
        if live is None:
            return {}
        return {
            "screens": _sum(live.screens),
            "channels": _sum(live.channels),
            "lagging": _sum(live.lagging),
            "told_per_s": round(self._more("writes", _sum(live.writes)) / seconds, 1),
            "refused_per_s": round(self._more("refused", _sum(live.handshakes, _is_refusal)) / seconds, 1),
            "told_ms": _ms(self._counted("told", live.told), ALMOST_ALL),
        }

    def _more(self, name: str, total: float) -> float:
        before = self._totals.get(name, total)
        self._totals[name] = total
        return total - before

    def _counted(
        self,
        name: str,
        histogram: Collector,
        wanted: Callable[[dict[str, str]], bool] | None = None,
    ) -> dict[float, float]:
        now = _buckets(histogram, wanted)
        counted = since(now, self._before.get(name, {}))
        self._before[name] = now
        return counted

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            try:
                self.sample()
            except Exception:
                log.exception("the metrics could not be sampled")


def _is_page(labels: dict[str, str]) -> bool:
    route = labels["route"]
    return labels["method"] == "GET" and labels["status"] == "200" and not route.startswith(_NO_PAGES)


_NO_PAGES: Final = (
    "/api/",
    "/static/",
    "/health/",
    "/metrics",
    "/openapi",
    "/csrf",
    "/favicon",
    "/admin/performance/",
)


def _is_refusal(labels: dict[str, str]) -> bool:
    return labels["status"] != "101"


def _sum(collector: Collector, wanted: Callable[[dict[str, str]], bool] | None = None) -> float:
    """Of a gauge or a counter: when it was made is told beside, and is no number of anything."""
    total = 0.0
    for metric in collector.collect():
        for one in metric.samples:
            if not one.name.endswith("_created") and (wanted is None or wanted(one.labels)):
                total += one.value
    return total


def _buckets(histogram: Collector, wanted: Callable[[dict[str, str]], bool] | None) -> dict[float, float]:
    found: dict[float, float] = {}
    samples: Iterable[Any] = (sample for metric in histogram.collect() for sample in metric.samples)
    for sample in samples:
        if sample.name.endswith("_bucket") and (wanted is None or wanted(sample.labels)):
            bound = float(sample.labels["le"])
            found[bound] = found.get(bound, 0.0) + sample.value
    return found


def _ms(counted: Buckets, fraction: float) -> float | None:
    seconds = quantile_s(counted, fraction)
    return None if seconds is None else round(seconds * 1000, 3)
