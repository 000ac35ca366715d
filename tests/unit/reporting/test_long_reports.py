"""A report of ten million rows: a page of it is there at a time, and no more is read than is wanted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sertantai.files.report_rows import Row
from sertantai.reporting import report
from sertantai.reporting.asked import asked_of
from sertantai.reporting.paging import COUNTED_ROWS_MAX
from sertantai.reporting.questions import question_named
from sertantai.reporting.report import CHUNK_ROWS, ROWS_SHOWN_MAX, Report
from sertantai.reporting.sight import Sight

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROWS = 10_000_000


class Endless:
    """Answers with ten million rows, and knows how many of them were asked for."""

    def __init__(self) -> None:
        self.read = 0

    async def pages(self, _sight: Any, _asked: Any, chunk: int) -> AsyncIterator[list[Row]]:
        row: Row = (NOW, *("x" for _ in question_named("removals").columns[1:]))
        while self.read < ROWS:
            self.read += chunk
            yield [row] * chunk

    async def counts(self, _sight: Any, _asked: Any, edges: Any) -> list[int]:
        return [0, COUNTED_ROWS_MAX + 1, *[0] * (len(edges) - 1)]


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Endless:
    found = Endless()
    for table in ("ANSWERS", "OVER_TIME"):
        monkeypatch.setattr(report, table, {"removals": found})
    return found


def long_report() -> Report:
    async def nothing(*_: Any) -> Any:
        return None

    sight: Any = Sight(
        owner=None,
        whose="Everybody",
        lists={},
        whole=True,
        personal=True,
        reading=nothing,
        auditing=nothing,
        names=nothing,
        still=nothing,
    )
    return Report(sight, asked_of(question_named("removals"), {}, NOW, UTC), NOW)


async def test_a_page_reads_what_it_shows_and_says_that_there_are_more(endless: Endless) -> None:
    shown = await long_report().shown()
    assert endless.read == ROWS_SHOWN_MAX + 1
    assert (len(shown.rows), shown.total, shown.is_counted) == (ROWS_SHOWN_MAX, COUNTED_ROWS_MAX + 1, False)
    assert not shown.ending.whole


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
async def test_a_file_is_read_as_it_is_taken(endless: Endless, form: str) -> None:
    """However slowly: what was not taken was not read, but for a page."""
    file, taken = long_report().file(form), 0
    async for piece in file:
        taken += piece.count(b"2026-06-01T00:00:00")
        assert endless.read - taken <= 2 * CHUNK_ROWS
        if taken > 5 * CHUNK_ROWS:
            break
    await file.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert endless.read < 10 * CHUNK_ROWS
