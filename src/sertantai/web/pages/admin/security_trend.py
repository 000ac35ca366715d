"""The trend of events as bars of an SVG, drawn on the server: no script, no style attribute."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from msgspec import Struct

from sertantai.security.model import Bucket

HEIGHT_PX: Final = 96
BAR_PX: Final = 4
STEP_PX: Final = 5


class Part(Struct, frozen=True):
    severity: str
    y: float
    height: float


class Bar(Struct, frozen=True):
    x: int
    at: datetime
    total: int
    parts: tuple[Part, ...]


class Tick(Struct, frozen=True):
    x: int
    at: datetime


class Trend(Struct, frozen=True):
    width: int
    height: int
    highest: int
    total: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


def trend_of(buckets: Sequence[Bucket], zone: tzinfo = UTC) -> Trend:
    """One bar an hour, and a tick where a day of ``zone`` begins.

    The graver an event, the lower it lies, so that danger is always on the ground.
    """
    highest = max((bucket.total for bucket in buckets), default=0)
    bars = tuple(_bar(number, bucket, max(1, highest), zone) for number, bucket in enumerate(buckets))
    ticks = tuple(Tick(bar.x, bar.at) for bar in bars if _begins_a_day(bar.at))
    total = sum(bucket.total for bucket in buckets)
    return Trend(max(1, len(bars)) * STEP_PX, HEIGHT_PX, highest, total, bars, ticks)


def _begins_a_day(at: datetime) -> bool:
    hour_before = (at.astimezone(UTC) - timedelta(hours=1)).astimezone(at.tzinfo)
    return hour_before.date() != at.date()


def _bar(number: int, bucket: Bucket, highest: int, zone: tzinfo) -> Bar:
    parts, top = [], float(HEIGHT_PX)
    for severity, events in (("danger", bucket.danger), ("warning", bucket.warning), ("info", bucket.info)):
        if events:
            height = round(max(2.0, events / highest * HEIGHT_PX), 1)
            top = round(max(0.0, top - height), 1)
            parts.append(Part(severity, top, height))
    return Bar(number * STEP_PX, bucket.at.astimezone(zone), bucket.total, tuple(parts))
