"""A year of activity as a calendar: one square a day, one column a week, Monday on top."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

WEEKS: Final = 53
CELL_PX, GAP_PX, TOP_PX, LEFT_PX = 11, 3, 18, 30
LEVELS: Final = 4


class Cell(msgspec.Struct, frozen=True):
    """``level`` 0 is nothing; 1 to 4 grow with the logarithm of the changes."""

    day: date
    changes: int
    level: int
    x: int
    y: int


class HeatMap(msgspec.Struct, frozen=True):
    cells: list[Cell]
    months: list[tuple[int, date]]
    weekdays: list[tuple[int, date]]
    width: int
    height: int
    total: int
    days: int


def first_day(today: date) -> date:
    """The Monday that the calendar of a year until ``today`` begins with."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(weeks=WEEKS - 1)


def heat_map(activity: Mapping[date, int], today: date) -> HeatMap:
    first = first_day(today)
    most = max(activity.values(), default=0)
    step = CELL_PX + GAP_PX
    cells = [
        Cell(
            day,
            changes := activity.get(day, 0),
            level(changes, most),
            LEFT_PX + at // 7 * step,
            TOP_PX + at % 7 * step,
        )
        for at in range((today - first).days + 1)
        for day in (first + timedelta(days=at),)
    ]
    return HeatMap(
        cells,
        _months(first, step),
        [(TOP_PX + row * step + CELL_PX - 2, first + timedelta(days=row)) for row in (0, 2, 4)],
        LEFT_PX + WEEKS * step,
        TOP_PX + 7 * step,
        sum(cell.changes for cell in cells),
        sum(cell.changes > 0 for cell in cells),
    )


def level(changes: int, most: int) -> int:
    """Bulk operations change thousands: by size of the number, so that one tick beside them is seen."""
    if changes <= 0:
        return 0
    return 1 + (changes.bit_length() - 1) * (LEVELS - 1) // max(1, most.bit_length() - 1)


def _months(first: date, step: int) -> list[tuple[int, date]]:
    """Where each month begins; not the one in the first columns, which would collide with the next."""
    starts = []
    for week in range(1, WEEKS):
        monday = first + timedelta(weeks=week)
        if monday.day <= 7:
            starts.append((LEFT_PX + week * step, monday))
    return starts
