"""Pictures: bounded, escaped, and about what was counted."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sertantai.reporting import charts

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("days", [1, 7, 31, 90, 210, 400, 1_400, 20_000, 700_000])
def test_bars_are_as_many_as_fit_and_cover_the_end(days: int) -> None:
    spans = charts.spans_of(NOW - timedelta(days=days), NOW, UTC)
    assert 1 <= len(spans) <= charts.BARS_MAX
    assert [span.begins for span in spans] == sorted({span.begins for span in spans})
    assert spans[-1].begins <= NOW
    svg = charts.bars(spans, [number % 5 for number in range(len(spans))])
    ElementTree.fromstring(svg)


def test_hours_are_bounded_and_by_the_clock_of_the_zone() -> None:
    zone = ZoneInfo("Europe/London")
    begins = charts.hours_between(NOW - timedelta(days=charts.HOUR_DAYS_MAX + 100), NOW, zone)
    assert charts.HOUR_DAYS_MAX * 24 <= len(begins) <= charts.HOUR_DAYS_MAX * 24 + 2
    counts = [1 if moment.astimezone(zone).hour == 3 else 0 for moment in begins]
    root = ElementTree.fromstring(charts.hours(begins, counts, zone))
    dark = [one for one in root if "level-0" not in one.get("class", "") and one.tag.endswith("rect")]
    assert len(dark) == 7


def test_shares_are_bounded_and_escaped() -> None:
    rows = [("<b>&\"'", 50)] * (charts.SHARES_MAX + 1)
    svg = charts.shares(rows)
    root = ElementTree.fromstring(svg)
    assert "<b>" not in svg
    assert sum("track" in one.get("class", "") for one in root) == charts.SHARES_MAX
