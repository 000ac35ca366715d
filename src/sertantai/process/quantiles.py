"""Quantiles of what a Prometheus histogram has counted since the last look. Pure."""

from collections.abc import Mapping

Buckets = Mapping[float, float]
"""Cumulative counts by upper bound in seconds, as a histogram exposes them; the last bound is infinite."""


def since(now: Buckets, before: Buckets) -> dict[float, float]:
    """What was counted between two looks."""
    return {bound: count - before.get(bound, 0.0) for bound, count in now.items()}


def quantile_s(counted: Buckets, fraction: float) -> float | None:
    """What ``fraction`` of what was counted does not exceed, as far as buckets tell; None: nothing was."""
    bounds = sorted(counted)
    total = counted[bounds[-1]] if bounds else 0.0
    if total <= 0:
        return None
    wanted, lower, below = fraction * total, 0.0, 0.0
    for bound in bounds:
        count = counted[bound]
        if count >= wanted:
            if bound == float("inf"):
                return lower
            share = (wanted - below) / (count - below) if count > below else 1.0
            return lower + (bound - lower) * share
        lower, below = bound, count
    return lower
