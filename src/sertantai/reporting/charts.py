"""Pictures of a report as SVG: the same in a page and in a PDF, without a script. Pure.

Colours are presentation attributes, which a page's sheet overrules by class where it is dark.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from typing import Final, NamedTuple

from sertantai.audit.days import start_of

WIDTH: Final = 720
HEIGHT: Final = 150
BARS_MAX: Final = 62
SHARES_MAX: Final = 40
HOUR_DAYS_MAX: Final = 400
"""Hours are counted of so many days, the last ones."""
_INK, _SOFT, _RULE = "#0b6e5f", "#51626b", "#dbe2e5"
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LEVELS: Final = ("#eef2f3", "#bfe3da", "#7cc4b2", "#3a9a85", "#0b6e5f")


class Span(NamedTuple):
    """A bar: from when, and how it is called."""

    begins: datetime
    label: str


def spans_of(since: datetime, until: datetime, zone: tzinfo) -> list[Span]:
    """Days, weeks, months or years of the zone: as many as bars fit, and the last ones of what is longer."""
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    first = max(since.astimezone(zone).date(), last - timedelta(days=365 * BARS_MAX))
    days = (last - first).days + 1
    if days <= 31:
        found = [first + timedelta(days=number) for number in range(days)]
    elif days <= 7 * 30:
        monday = first - timedelta(days=first.weekday())
        found = [monday + timedelta(weeks=number) for number in range((last - monday).days // 7 + 1)]
    elif days <= 31 * 48:
        found = _months(first, last)
    else:
        found = [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    return [Span(start_of(day, zone), _label(day, days)) for day in found[-BARS_MAX:]]


def _months(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    months = [first.year * 12 + first.month - 1 + number for number in range(count)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _label(day: date, days: int) -> str:
    if days <= 7 * 30:
        return f"{day.day} {day:%b}"
    return f"{day:%b %Y}" if days <= 31 * 48 else str(day.year)


def bars(spans: Sequence[Span], counts: Sequence[int]) -> str:
    """How many in each span."""
    most = max(counts, default=0)
    step = WIDTH / max(1, len(spans))
    wide = max(1.0, min(step - 2, 40))
    parts = [_line(0, HEIGHT - 20, WIDTH, HEIGHT - 20)]
    every = max(1, -(-len(spans) // 10))
    for number, (span, count) in enumerate(zip(spans, counts, strict=True)):
        left = number * step + (step - wide) / 2
        high = (HEIGHT - 40) * count / most if most else 0
        if count:
            said = f"{span.label}: {count}"
            parts.append(_rectangle(left, HEIGHT - 20 - max(high, 1), wide, max(high, 1), _INK, "bar", said))
        if number % every == 0:
            parts.append(_text(left, HEIGHT - 6, span.label))
    parts.append(_text(0, 10, f"most: {most:,}"))
    return _svg(HEIGHT, parts, "How many in each span of time")


def shares(rows: Sequence[tuple[str, int]]) -> str:
    """A bar a row, in per cent."""
    shown = rows[:SHARES_MAX]
    parts = []
    for number, (name, share) in enumerate(shown):
        top = number * 16
        parts.append(_text(0, top + 11, name if len(name) <= 44 else f"{name[:43]}…"))
        parts.append(_rectangle(290, top + 2, 380, 11, _LEVELS[0], "track", ""))
        if share:
            parts.append(
                _rectangle(290, top + 2, 3.8 * min(100, share), 11, _INK, "bar", f"{name}: {share} %")
            )
        parts.append(_text(676, top + 11, f"{share} %"))
    return _svg(max(16, 16 * len(shown)), parts, "How much of each is covered")


def hours_between(since: datetime, until: datetime, zone: tzinfo) -> list[datetime]:
    """When each hour begins, of the last days at most."""
    begins = max(since, until - timedelta(days=HOUR_DAYS_MAX)).astimezone(zone)
    first = begins.replace(minute=0, second=0, microsecond=0).astimezone(since.tzinfo)
    count = max(1, int((until - first).total_seconds() // 3600) + 1)
    return [first + timedelta(hours=number) for number in range(count)]


def hours(begins: Sequence[datetime], counts: Sequence[int], zone: tzinfo) -> str:
    """Seven days by twenty-four hours, by the clock of the zone: the darker, the more."""
    table = [[0] * 24 for _ in _DAYS]
    for moment, count in zip(begins, counts, strict=True):
        if count:
            local = moment.astimezone(zone)
            table[local.weekday()][local.hour] += count
    most = max(map(max, table))
    parts = [_text(40 + hour * 28, 10, f"{hour:02}") for hour in range(0, 24, 3)]
    for day, name in enumerate(_DAYS):
        parts.append(_text(0, 28 + day * 18, name))
        for hour, count in enumerate(table[day]):
            level = _level(count, most)
            said = f"{name} {hour:02}:00: {count}"
            box = _rectangle(40 + hour * 28, 16 + day * 18, 26, 16, _LEVELS[level], f"level-{level}", said)
            parts.append(box)
    return _svg(16 + 7 * 18, parts, "How many in each hour of the week")


def _level(count: int, most: int) -> int:
    if count <= 0:
        return 0
    return 1 + (count.bit_length() - 1) * (len(_LEVELS) - 2) // max(1, most.bit_length() - 1)


def _svg(height: int, parts: Sequence[str], said: str) -> str:
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="report-chart" role="img" aria-label="{said}" {size}>'
    )
    return head + "".join(parts) + "</svg>"


def _rectangle(left: float, top: float, wide: float, high: float, colour: str, name: str, said: str) -> str:
    place = f'x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="1.5"'
    title = f"<title>{escape(said)}</title>" if said else ""
    return f'<rect class="chart-{name}" {place} fill="{colour}">{title}</rect>'


def _text(left: float, top: float, text: str) -> str:
    return (
        f'<text class="chart-text" x="{left:.1f}" y="{top:.1f}" font-size="10" '
        f'font-family="sans-serif" fill="{_SOFT}">{escape(text)}</text>'
    )


def _line(left: float, top: float, right: float, bottom: float) -> str:
    place = f'x1="{left}" y1="{top}" x2="{right}" y2="{bottom}"'
    return f'<line class="chart-rule" {place} stroke="{_RULE}"/>'
