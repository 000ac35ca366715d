"""When reports are sent, and what the mail says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import UserId
from sertantai.process.new_ids import new_id
from sertantai.reporting import saved
from sertantai.reporting.report import Shown
from sertantai.reporting.report_mail import NOTHING, report_mail, sparks
from sertantai.reporting.rows import Ending
from sertantai.reporting.saved import SavedReport, check_recipients, report_name
from sertantai.reporting.schedules import SCHEDULES, next_after

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("daily", datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        ("weekly", datetime(2026, 3, 30, 5, 0, tzinfo=UTC)),
        ("monthly", datetime(2026, 4, 1, 5, 0, tzinfo=UTC)),
        ("quarterly", datetime(2026, 4, 1, 5, 0, tzinfo=UTC)),
    ],
)
def test_it_is_sent_in_the_morning_of_its_zone(schedule: str, due: datetime) -> None:
    found = next_after(schedule, NOW, LONDON)
    assert found is not None
    # On the day on which the clocks go forward six hours after midnight are seven o'clock.
    assert found in (due, due + timedelta(hours=1))


def test_each_schedule_but_none_goes_on_for_ever() -> None:
    for schedule in SCHEDULES:
        moment: datetime | None = NOW
        for _ in range(6):
            later = None if moment is None else next_after(schedule, moment, LONDON)
            assert (later is None) == (schedule == "")
            assert moment is None or later is None or later > moment
            moment = later


def shown(total: int, counts: tuple[int, ...] = (), about: str = "Acme") -> Shown:
    ending = Ending("removals", "Which laws?", about, NOW, NOW, NOW, total, "ab" * 32)
    return Shown((), [], total, True, "", ending, counts)


def test_the_mail_is_of_a_few_lines_with_the_picture_in_characters_and_a_link() -> None:
    text = report_mail("Removals", shown(3, (0, 1, 2)), "https://example.org/audit/reports/removals?zone=UTC")
    lines = [line for line in text.body.splitlines() if line]
    assert text.subject == "Removals: 3 rows"
    assert len(lines) == 5
    assert lines[2].startswith("·▄█") or lines[2].startswith("·" + sparks([1, 2]))
    assert lines[-1].endswith("https://example.org/audit/reports/removals?zone=UTC")


def test_nothing_to_report_is_said() -> None:
    assert report_mail("Removals", shown(0), "https://example.org").subject == f"Removals: {NOTHING}"


def test_no_name_in_it_becomes_a_link() -> None:
    text = report_mail("see evil.example", shown(1, about="evil.example/now"), "https://example.org")
    assert "evil.example" not in text.subject + text.body.replace("https://example.org", "")


def report(**fields: object) -> SavedReport:
    stated: dict[str, object] = {
        "owner": UserId(new_id()),
        "id": new_id(),
        "name": "x",
        "question": "removals",
        "query": "organization=acme&period=last-month&law=UK_x",
        "schedule": "",
        "zone": "UTC",
        "recipients": (),
    }
    return SavedReport(**{**stated, **fields})  # type: ignore[arg-type]  # each as it is declared


def test_a_saved_report_says_whose_trail_and_which_parameters() -> None:
    assert report().given == ("acme", {"law": "UK_x", "period": "last-month"})


def test_bounds() -> None:
    assert report_name("x" * saved.NAME_CHARACTERS_MAX)
    people = [UserId(new_id()) for _ in range(saved.RECIPIENTS_MAX + 1)]
    check_recipients(people[1:])
    saved._check(report(query="q" * saved.QUERY_CHARACTERS_MAX))
    for refused in (
        lambda: report_name("x" * (saved.NAME_CHARACTERS_MAX + 1)),
        lambda: check_recipients(people),
        lambda: saved._check(report(query="q" * (saved.QUERY_CHARACTERS_MAX + 1))),
        lambda: saved._check(report(schedule="hourly")),
        lambda: saved._check(report(schedule="daily")),
        lambda: report_name(" "),
    ):
        with pytest.raises(InvalidInput):
            refused()
    fields = "&".join(f"x{number}=1" for number in range(saved.QUERY_FIELDS_MAX))
    assert report(query=fields).given == ("", {})
    with pytest.raises(ValueError, match="fields"):
        _ = report(query=f"{fields}&y=1").given
