"""A report's rows are made a few at a time, however many there are: in between others have their turns."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from sertantai.http.csrf import Csrf
from sertantai.http.pages.notices import Notices
from sertantai.http.pages.rendering import Pages
from sertantai.http.pages.static_files import StaticFiles
from sertantai.reporting.questions import question_named
from sertantai.reporting.report import ROWS_SHOWN_MAX, Shown
from sertantai.reporting.rows import Ending
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.settings import SECRET

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PIECE_CHARACTERS_MAX = 4_000
"""A cell may hold a note of so many characters; a row has twelve cells."""


def pieces_of(rows: int) -> list[str]:
    question = question_named("removals")
    row: Any = (NOW, *("x" * 60 for _ in question.columns[1:]))
    ending = Ending("removals", "Removals", "Mine", None, NOW, NOW, rows, "")
    found = Shown(question.columns, [row] * rows, rows, True, "", ending)
    pages = Pages(
        StaticFiles(PAGE_FILES), Csrf(SECRET, secure_cookies=False), Notices(SECRET, secure_cookies=False)
    )
    said: dict[str, Any] = {
        "question": question,
        "found": found,
        "view": SimpleNamespace(organization=""),
        "about": "Mine",
        "zone": UTC,
        **dict.fromkeys(("back", "here", "chart", "error", "error_field", "query", "csrf_field"), ""),
        **{name: [] for name in ("files", "owners", "fields", "lacks", "schedules")},
        "is_away": False,
    }
    environment = pages.environment
    assert environment.loader is not None
    source = environment.loader.get_source(environment, "reports/report.html")[0]
    alone = environment.from_string(source.replace('{% extends "layout.html" %}', ""))
    return list(alone.generate(said))


def test_a_reports_rows_are_made_one_after_another() -> None:
    few, many = pieces_of(1), pieces_of(ROWS_SHOWN_MAX)
    assert "".join(many).count('data-testid="report-row"') == ROWS_SHOWN_MAX
    assert max(map(len, many)) == max(map(len, few)) < PIECE_CHARACTERS_MAX
    assert len(many) > ROWS_SHOWN_MAX * len(question_named("removals").columns)
