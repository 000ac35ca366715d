"""Parameters of questions: what is refused names its parameter, and periods are those of a zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sertantai.core.errors import InvalidInput, NotFound
from sertantai.reporting import asked
from sertantai.reporting.asked import LABELLED, asked_of, missing, require_all
from sertantai.reporting.periods import LABELS, days_of, span_of
from sertantai.reporting.questions import ALL, question_named

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def test_each_question_has_its_number_and_takes_what_it_needs() -> None:
    assert len({one.key for one in ALL}) == len({one.number for one in ALL}) == len(ALL)
    for one in ALL:
        assert set(one.needs) <= set(one.takes) <= LABELLED.keys()
        assert one.answers.endswith(".")
        assert one.leaves_out.endswith(".")
        assert len({column.name for column in one.columns}) == len(one.columns)


def test_a_question_is_named_by_key_or_number() -> None:
    assert question_named("removals") is question_named("2")
    with pytest.raises(NotFound):
        question_named("99")


@pytest.mark.parametrize(
    ("name", "first", "after"),
    [
        ("today", date(2026, 11, 30), date(2026, 12, 1)),
        ("yesterday", date(2026, 11, 29), date(2026, 11, 30)),
        ("7-days", date(2026, 11, 24), date(2026, 12, 1)),
        ("this-month", date(2026, 11, 1), date(2026, 12, 1)),
        ("last-month", date(2026, 10, 1), date(2026, 11, 1)),
        ("this-quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("last-quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("this-year", date(2026, 1, 1), date(2027, 1, 1)),
        ("last-year", date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_named_periods(name: str, first: date, after: date) -> None:
    assert days_of(name, NOW.date()) == (first, after)


def test_every_period_has_an_end_behind_its_beginning_also_in_january() -> None:
    for name in LABELS:
        for today in (date(2026, 1, 1), date(2026, 3, 31), date(2028, 2, 29), date(2026, 12, 31)):
            first, after = days_of(name, today)
            assert first < after, (name, today)


def test_days_begin_in_the_zone() -> None:
    since, until = span_of("today", datetime(2026, 6, 30, 23, 30, tzinfo=UTC), ZoneInfo("Europe/London"))
    assert (since, until - since) == (datetime(2026, 6, 30, 23, tzinfo=UTC), timedelta(days=1))


@pytest.mark.parametrize(
    ("key", "given", "field"),
    [
        ("removals", {"hours": "08:00-18:00"}, "hours"),
        ("removals", {"since": "2001-02-30"}, "since"),
        ("removals", {"since": "2026-02-01", "until": "2026-01-01"}, "since"),
        ("removals", {"list": "no uuid"}, "list"),
        ("removals", {"person": "ann"}, "person"),
        ("removals", {"source": "magic"}, "source"),
        ("removals", {"reason": "perhaps"}, "reason"),
        ("removals", {"period": "last-decade"}, "period"),
        ("applicable", {"list": "default", "at": "2030-01-01"}, "at"),
        ("differences", {"list": "default", "at": "2026-02-01", "then": "2026-01-01"}, "then"),
        ("outside-hours", {"hours": "18:00-08:00"}, "hours"),
        ("outside-hours", {"hours": "8-25"}, "hours"),
        ("outside-hours", {"hours": "08:60-18:00"}, "hours"),
        ("mass-changes", {"least": "0"}, "least"),
        ("mass-changes", {"least": "many"}, "least"),
        ("sign-ins", {"kind": "signed_off"}, "kind"),
    ],
)
def test_what_is_refused_names_its_parameter(key: str, given: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked_of(question_named(key), given, NOW, UTC)
    assert refused.value.field == field


def test_bounds() -> None:
    law, hours = question_named("law"), question_named("outside-hours")
    least = question_named("mass-changes")
    assert asked_of(law, {"law": "x" * asked.TEXT_CHARACTERS_MAX}, NOW, UTC).law
    with pytest.raises(InvalidInput):
        asked_of(law, {"law": "x" * (asked.TEXT_CHARACTERS_MAX + 1)}, NOW, UTC)
    assert asked_of(least, {"least": str(asked.LEAST_MAX)}, NOW, UTC).least == asked.LEAST_MAX
    with pytest.raises(InvalidInput):
        asked_of(least, {"least": str(asked.LEAST_MAX + 1)}, NOW, UTC)
    until = datetime(2026, 11, 30, tzinfo=UTC)
    since = until - timedelta(days=asked.PERIOD_DAYS_MAX - 1)
    given = {"since": since.date().isoformat(), "until": "2026-11-29"}
    assert asked_of(hours, given, NOW, UTC).since == since
    given["since"] = (since - timedelta(days=2)).date().isoformat()
    with pytest.raises(InvalidInput):
        asked_of(hours, given, NOW, UTC)


def test_a_day_is_meant_at_its_end_and_today_is_now() -> None:
    question = question_named("applicable")
    past = asked_of(question, {"list": "default", "at": "2026-03-01"}, NOW, UTC)
    assert past.at == datetime(2026, 3, 2, tzinfo=UTC)
    assert asked_of(question, {"list": "default", "at": "2026-11-30"}, NOW, UTC).at == NOW


def test_what_is_missing_is_named() -> None:
    question = question_named("applicable")
    assert missing(question, {"list": "default", "at": " "}) == ["at"]
    with pytest.raises(InvalidInput) as refused:
        require_all(question, {"at": "2026-01-01"})
    assert refused.value.field == "list"
