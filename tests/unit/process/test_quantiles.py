"""Quantiles from the buckets of a histogram."""

from math import inf

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sertantai.core.clock import ManualClock
from sertantai.process.metrics import ENGINE_WRITE
from sertantai.process.quantiles import quantile_s, since
from sertantai.process.sampling import OfLive, Present, Sampler


def test_a_quantile_lies_in_the_bucket_that_reaches_it() -> None:
    counted = {0.001: 90.0, 0.01: 100.0, inf: 100.0}
    assert quantile_s(counted, 0.45) == pytest.approx(0.0005)
    assert quantile_s(counted, 0.95) == pytest.approx(0.0055)


def test_beyond_the_last_bound_the_last_bound_is_all_that_is_known() -> None:
    assert quantile_s({0.001: 0.0, inf: 5.0}, 0.5) == 0.001


def test_nothing_counted_has_no_quantile() -> None:
    assert quantile_s({0.001: 0.0, inf: 0.0}, 0.99) is None
    assert quantile_s({}, 0.99) is None


def test_only_what_came_since_the_last_look_counts() -> None:
    assert since({1.0: 5.0, inf: 7.0}, {1.0: 2.0, inf: 2.0}) == {1.0: 3.0, inf: 5.0}


def test_a_sampler_sees_the_writes_of_its_interval_and_forgets_old_samples() -> None:
    sampler = Sampler(lambda: Present(users=3, waiting=0, lag_s=0.02), ManualClock(), samples_max=4)
    sampler.sample()
    ENGINE_WRITE.observe(0.0006)
    seen = sampler.sample()
    assert seen.write_ms is not None
    assert 0.5 < seen.write_ms < 0.75
    assert (seen.users, seen.lag_ms) == (3, 20.0)
    assert sampler.sample().write_ms is None
    for _ in range(8):
        sampler.sample()
    assert len(sampler.samples) == 4


def test_live_channels_are_sampled_as_they_are_and_as_they_grew() -> None:
    registry, clock = CollectorRegistry(), ManualClock()
    screens, channels, lagging = (Gauge(one, one, registry=registry) for one in ("a", "b", "c"))
    writes = Counter("writes", "writes", registry=registry)
    handshakes = Counter("handshakes", "handshakes", ["status"], registry=registry)
    told = Histogram("told", "told", registry=registry, buckets=(0.01, 0.02))
    writes.inc(1_000)
    sampler = Sampler(
        lambda: Present(users=0, waiting=0, lag_s=0.0),
        clock,
        OfLive(screens, channels, lagging, writes, handshakes, told),
    )
    first = sampler.sample()
    assert (first.screens, first.told_per_s, first.told_ms) == (0, 0, None), "what was before is no news"
    for number, gauge in enumerate((screens, channels, lagging), 1):
        gauge.set(number)
    writes.inc(20)
    handshakes.labels("101").inc(7)
    handshakes.labels("403").inc(3)
    handshakes.labels("429").inc(1)
    told.observe(0.015)
    clock.advance(2.0)
    found = sampler.sample()
    assert (found.screens, found.channels, found.lagging) == (1, 2, 3)
    assert found.told_per_s == 10
    assert found.told_ms is not None
    assert 10 < found.told_ms <= 20
    clock.advance(2.0)
    handshakes.labels("403").inc(4)
    assert sampler.sample().refused_per_s == 2
