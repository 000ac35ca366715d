"""The trend of events: a tick where a day begins for who looks at it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sertantai.security.model import Bucket
from sertantai.web.pages.admin.security_trend import STEP_PX, trend_of

BEGINS = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "midnights"),
    [
        ("UTC", ["2026-03-07T00:00Z", "2026-03-08T00:00Z", "2026-03-09T00:00Z"]),
        # The clocks change on the eighth.
        ("America/Los_Angeles", ["2026-03-07T08:00Z", "2026-03-08T08:00Z", "2026-03-09T07:00Z"]),
        # Half an hour off: the first whole hour of the day.
        ("Asia/Kolkata", ["2026-03-06T19:00Z", "2026-03-07T19:00Z", "2026-03-08T19:00Z"]),
    ],
)
def test_a_tick_is_where_a_day_begins_there(zone: str, midnights: list[str]) -> None:
    hours = [BEGINS + timedelta(hours=n) for n in range(72)]
    trend = trend_of([Bucket(at, 0, 0, 1) for at in hours], ZoneInfo(zone))
    begin = [datetime.fromisoformat(midnight) for midnight in midnights]
    assert [tick.at for tick in trend.ticks] == begin
    assert [tick.x for tick in trend.ticks] == [hours.index(at) * STEP_PX for at in begin]
    assert all(tick.at.hour == 0 for tick in trend.ticks)
