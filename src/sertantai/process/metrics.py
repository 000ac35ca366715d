"""Metrics: every number that Prometheus is told, in one registry."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

REGISTRY = CollectorRegistry()


class Times:
    """How often something took how long, observed by the event loop's thread alone.

    The library's own histogram takes a lock for each bucket and each sum, which was a tenth of a tick's time.
    """

    __slots__ = ("_bounds", "_counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = list(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def reached(self) -> list[tuple[str, int]]:
        """How often it was at most so much, by each bound."""
        names = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        return list(zip(names, accumulate(self._counts), strict=True))


class TickTimes(Times):
    """A histogram for what happens at every tick; see `Times`."""

    __slots__ = ("_documentation", "_name")

    def __init__(self, name: str, documentation: str, buckets: Sequence[float]) -> None:
        super().__init__(buckets)
        self._name = name
        self._documentation = documentation
        REGISTRY.register(self)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(self._name, self._documentation)
        family.add_metric((), self.reached(), self.sum)
        yield family


class TickTimesBy:
    """The same by labels; ``of`` gives the times of one set of them, to be kept and observed."""

    def __init__(
        self, name: str, documentation: str, labels: Sequence[str], buckets: Sequence[float]
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._buckets = buckets
        self._times: dict[tuple[str, ...], Times] = {}
        REGISTRY.register(self)

    def of(self, *values: str) -> Times:
        return self._times.setdefault(values, Times(self._buckets))

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(self._name, self._documentation, labels=self._labels)
        for values, times in self._times.copy().items():
            family.add_metric(values, times.reached(), times.sum)
        yield family


class Count:
    """How often something happened, or how much of it."""

    __slots__ = ("sum",)

    def __init__(self) -> None:
        self.sum = 0.0


class TickCounts:
    """A counter for what happens at every tick, without the library's locks; see `Times`. ``of`` gives the
    count of one set of labels, to be kept and added to.
    """

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._counts: dict[tuple[str, ...], Count] = {}
        REGISTRY.register(self)

    def of(self, *values: str) -> Count:
        found = self._counts.get(values)
        if found is None:
            found = self._counts[values] = Count()
        return found

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(self._name, self._documentation, labels=self._labels)
        for values, count in self._counts.copy().items():
            family.add_metric(values, count.sum)
        yield family


JOURNAL_WAIT = TickTimes(
    "sertantai_journal_wait_seconds",
    "Time the oldest operation of a group waited for the group before it",
    (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5),
)
JOURNAL_COMMIT = TickTimes(
    "sertantai_journal_commit_seconds",
    "Time to make one group of operations durable",
    (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5),
)
JOURNAL_GROUP = TickTimes(
    "sertantai_journal_group_operations",
    "Operations that shared one fsync",
    (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096),
)
FOLD = TickTimes(
    "sertantai_fold_seconds",
    "Time to fold one group of operations",
    (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1),
)
ENGINE_WRITE = TickTimes(
    "sertantai_engine_write_seconds",
    "Time of one change from the door of the engine until it is durable, folded and acknowledged",
    (0.0001, 0.00025, 0.0005, 0.00075, 0.001, 0.0015, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5),
)
ENGINE_READ = TickTimes(
    "sertantai_engine_read_seconds",
    "Time to get an owner's lists, from memory or else from PostgreSQL",
    (0.000001, 0.000005, 0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.25, 1, 5),
)
OPERATIONS = TickCounts("sertantai_operations", "Operations by action and outcome", ("action", "outcome"))
HOT_TIER_READS = TickCounts("sertantai_hot_tier_reads", "Reads of an owner's lists: hit or miss", ("result",))
HOT_TIER_BYTES = Gauge("sertantai_hot_tier_bytes", "Estimated memory of the hot tier", registry=REGISTRY)
HOT_TIER_OWNERS = Gauge("sertantai_hot_tier_owners", "Owners in the hot tier", registry=REGISTRY)
SYNC_BATCH = Histogram(
    "sertantai_sync_batch_seconds",
    "Time of one synchroniser transaction",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
    registry=REGISTRY,
)
SYNC_RECORDS = Counter("sertantai_sync_records", "Changed records written to PostgreSQL", registry=REGISTRY)
SYNC_WAITING = Gauge(
    "sertantai_sync_waiting_operations", "Durable operations not yet in PostgreSQL", registry=REGISTRY
)
SYNC_LAG = Gauge(
    "sertantai_sync_lag_seconds", "Age of the oldest operation not yet in PostgreSQL", registry=REGISTRY
)
SYNC_FAILURES = Counter(
    "sertantai_sync_failures", "Synchroniser batches that failed", ("code",), registry=REGISTRY
)
SYNC_REJECTIONS = Counter(
    "sertantai_sync_rejections", "Operations PostgreSQL refused for good", registry=REGISTRY
)
CHECKPOINT_FAILURES = Counter(
    "sertantai_checkpoint_failures", "Checkpoints of owners that could not be written", registry=REGISTRY
)
JOURNAL_BYTES = Gauge("sertantai_journal_bytes", "Size of the entries the journal holds", registry=REGISTRY)
HTTP_REQUESTS = TickTimesBy(
    "sertantai_http_request_seconds",
    "Time of a request by route, method and status",
    ("route", "method", "status"),
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
HTTP_WORK = TickCounts(
    "sertantai_http_work_seconds",
    "Time of the processor that requests took of the event loop, and of the thread beside it",
    ("route", "method"),
)

SECURITY_EVENTS = Counter(
    "sertantai_security_events", "Security events by kind", ("kind",), registry=REGISTRY
)
SECURITY_EVENTS_DROPPED = Counter(
    "sertantai_security_events_dropped", "Security events for which there was no room", registry=REGISTRY
)
ALERTS = Counter(
    "sertantai_alerts", "Alerts by outcome: delivered, logged, given_up", ("outcome",), registry=REGISTRY
)
