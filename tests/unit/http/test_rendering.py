"""Pages: escaped, whole, and the words people read in them."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from sertantai.http.csrf import Csrf
from sertantai.http.durations import span_of_time
from sertantai.http.exception_handlers import safe_next
from sertantai.http.pages.notices import Notices
from sertantai.http.pages.rendering import Pages, day, figure, number
from sertantai.http.pages.static_files import StaticFiles
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.application import client
from tests.unit.http.settings import SECRET

CSRF = Csrf(SECRET, secure_cookies=False)
NOTICES = Notices(SECRET, secure_cookies=False)


def test_what_comes_from_outside_is_escaped() -> None:
    with client() as web:
        answer = web.get("/pages/mine", headers={"x-test-role": "user"})
    assert "&lt;b&gt;&amp;" in answer.text
    assert "<b>" not in answer.text


def test_a_page_holds_what_tests_and_screen_readers_look_for() -> None:
    with client() as web:
        text = web.get("/pages/mine", headers={"x-test-role": "admin"}).text
    for part in (
        'lang="en-GB"',
        'data-testid="sync-state"',
        'class="skip-link"',
        'id="banner"',
        'href="/admin"',
    ):
        assert part in text
    assert "Open Government Licence" in text


def test_administration_is_offered_to_administrators_only() -> None:
    with client() as web:
        assert 'href="/admin"' not in web.get("/pages/mine", headers={"x-test-role": "user"}).text


def test_a_name_that_a_template_is_not_given_is_an_error() -> None:
    pages = Pages(StaticFiles(PAGE_FILES), CSRF, NOTICES)
    with pytest.raises(UndefinedError):
        pages.environment.from_string("{{ nothing }}").render()
    with pytest.raises(KeyError):
        pages.environment.from_string("{{ static('no.css') }}").render()


@pytest.mark.parametrize(
    ("live", "shown"),
    [
        ("✔ In force", "In force"),
        ("⭕ Part Revocation / Repeal", "Part revoked"),
        ("❌ Revoked / Repealed / Abolished", "Revoked"),
        ("Something new", "Something new"),
    ],
)
def test_a_status_is_shown_in_words(live: str, shown: str) -> None:
    environment = Pages(StaticFiles(PAGE_FILES), CSRF, NOTICES).environment
    template = environment.from_string('{% from "components.html" import live_badge %}{{ live_badge(live) }}')
    assert f"<span>{shown}</span>" in template.render(live=live)
    assert "Not stated" in template.render(live=None)


def test_numbers_dates_and_times_are_written_as_people_write_them() -> None:
    assert figure(198882) == "198,882"
    assert number(198882) == '<data value="198882">198,882</data>'
    assert day(date(1974, 7, 31)) == day("1974-07-31") == "31 July 1974"
    assert day(None) == ""
    assert [span_of_time(seconds) for seconds in (0.2, 45, 600, 3600, 86_400, 604_800)] == [
        "1 second",
        "45 seconds",
        "10 minutes",
        "60 minutes",
        "24 hours",
        "7 days",
    ]


@pytest.mark.parametrize(
    ("zone", "moment", "day_there", "clock"),
    [
        (UTC, "24 November 2026 17:00 UTC", "24 November 2026", "2026-11-24T17:00:00"),
        (ZoneInfo("Europe/London"), "24 November 2026 17:00 GMT", "24 November 2026", "2026-11-24T17:00:00"),
        (ZoneInfo("Asia/Tokyo"), "25 November 2026 02:00 JST", "25 November 2026", "2026-11-25T02:00:00"),
    ],
)
def test_points_in_time_are_written_in_the_readers_zone(
    zone: tzinfo, moment: str, day_there: str, clock: str
) -> None:
    environment = Pages(StaticFiles(PAGE_FILES), CSRF, NOTICES).environment
    template = environment.from_string("{{ at | moment }}\n{{ at | day_of }}\n{{ at | wall_clock }}")
    at = datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert template.render(at=at, zone=zone).splitlines() == [
        f'<time datetime="2026-11-24T17:00:00+00:00" data-local>{moment}</time>',
        f'<time datetime="2026-11-24T17:00:00+00:00" data-local="day">{day_there}</time>',
        clock,
    ]


def test_what_a_field_says_is_written_as_people_write_it() -> None:
    environment = Pages(StaticFiles(PAGE_FILES), CSRF, NOTICES).environment
    template = environment.from_string("{{ value | shown }}")
    at = datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert template.render(value="<b>", zone=UTC) == "&lt;b&gt;"
    assert "24 November 2026 17:00 UTC</time>" in template.render(value=at, zone=UTC)
    day_of_a_law = '<time datetime="1974-07-31" data-day="longDay">31 July 1974</time>'
    assert template.render(value=date(1974, 7, 31), zone=UTC) == day_of_a_law


@pytest.mark.parametrize(
    ("asked", "followed"),
    [
        ("/groups?x=1", "/groups?x=1"),
        (None, "/records"),
        ("https://evil.example", "/records"),
        ("//evil.example", "/records"),
        ("/\\evil.example", "/records"),
        ("/a\r\nb", "/records"),
        ("/\t/evil.example", "/records"),
        ("javascript:x", "/records"),
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_host(asked: str | None, followed: str) -> None:
    assert safe_next(asked) == followed
