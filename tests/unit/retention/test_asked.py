"""What may be asked of a policy; what a year's certificate says; what goes in words."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from sertantai.core.errors import InvalidInput
from sertantai.core.lasting.policies import SETTING_OF, Class, Kept, of_setting
from sertantai.process.settings import Settings
from sertantai.retention.asked import REASON_BYTES_MAX, single_policy
from sertantai.retention.plan import YEARS_AHEAD_MAX, Going, lost, parse_day
from sertantai.retention.report import ActDone, Certificate, as_html, as_text

WORKS = UUID(int=7)
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def asked(**given: Any) -> Any:
    usual: dict[str, Any] = {
        "about": "deeds",
        "organization": WORKS,
        "action": "annotate",
        "months": 24,
        "reason": "They asked for it",
    }
    return single_policy(**{**usual, **given})


def test_a_policy_of_an_action_or_of_an_organizations_origins() -> None:
    assert asked().kept == Kept(months=24)
    assert asked(months=None, for_ever=True).kept == Kept()
    assert asked(about="origins", action=None, months=1).organization == WORKS
    assert asked(organization=None, months=1).action == "annotate"
    assert asked(reason="x" * (REASON_BYTES_MAX - len('""')))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"months": 0}, "months: 0 keeps nothing. To keep it for ever, say so"),
        ({"months": 11}, "months: 12 to 1,200 whole months"),
        ({"months": 1_201}, "months: 12 to 1,200 whole months"),
        ({"organization": None, "months": -1}, "months: 1 to 1,200 whole months"),
        ({"months": None}, "months: 12 to 1,200 whole months"),
        ({"months": True}, "months: 12 to 1,200 whole months"),
        ({"months": 24, "for_ever": True}, "either so many, or for ever"),
        ({"about": "everything"}, "is none of deeds, origins, guest_deeds"),
        ({"about": "security_events"}, "is the setting security_events_retention_days"),
        ({"organization": None, "action": None}, "is the setting audit_retention_months"),
        ({"action": None}, "is a setting of that organisation"),
        ({"about": "origins"}, "from where is kept of all actions alike"),
        ({"action": "think"}, "'think' is no action of the trail"),
        ({"reason": "  "}, "reason: say why"),
        ({"reason": "x" * (REASON_BYTES_MAX - 1)}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_in_its_own_terms(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said.replace("(", r"\(")):
        asked(**given)


def test_each_class_has_a_setting_and_0_of_it_is_for_ever() -> None:
    for about in Class:
        assert isinstance(getattr(Settings(), SETTING_OF[about]), int)
    assert of_setting(Class.DEEDS, 0) == Kept()
    assert of_setting(Class.ORIGINS, 13) == Kept(months=13)
    assert str(of_setting(Class.SECURITY_EVENTS, 400)) == "400 days"
    assert [str(Kept()), str(Kept(months=1))] == ["for ever", "1 month"]


def test_a_plan_is_asked_for_a_day_to_come() -> None:
    assert parse_day("2026-11-30", NOW) == NOW
    assert parse_day("2027-03-01", NOW) == datetime(2027, 3, 1, tzinfo=UTC)
    last = NOW.year + YEARS_AHEAD_MAX
    assert parse_day(f"{last - 1}-12-31", NOW).year == last - 1
    for text in ("2026-11-29", f"{last}-01-01", "tomorrow", "2027-02-30", ""):
        with pytest.raises(InvalidInput):
            parse_day(text, NOW)


def going(about: str, month: str | None, rows: int) -> Going:
    return Going(about, "dropped", month, None, None, "installation", rows, 0, 0)


def test_what_can_no_longer_be_asked_is_said() -> None:
    said = lost([going("deeds", "2025-11", 3), going("deeds", "2025-12", 2), going("deeds", "2026-01", 0)])
    assert said[0].startswith("How lists were before 1 January 2026")
    assert len(said) == 3
    assert lost([going("origins", "2025-10", 3)]) == [
        "From which address, browser and session things were done before 1 November 2025."
    ]
    assert lost([going("security_events", None, 3)])
    assert lost([]) == []


def test_a_certificate_says_what_went_by_what_and_markup_stays_text() -> None:
    policies = [{"class": "deeds", "keep_months": 84}, {"class": "deeds", "action": "<b>", "keep_days": 1}]
    act = ActDone(
        WORKS,
        NOW,
        "deeds",
        "dropped",
        "2019-11",
        1_234,
        0,
        {"select": 1_000, "clear_all": 234},
        9,
        2,
        policies,
        None,
    )
    certificate = Certificate(2026, NOW, [act], 1_234, 0, 2, 1, 3, "0" * 64)
    text, html = as_text(certificate), as_html(certificate)
    for part in (
        "2019-11",
        "1,234 rows gone",
        "84 months",
        "2 placed and 1 released",
        "0" * 64,
        "select 1,000",
    ):
        assert part in text
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "<script" not in html
    assert "Nothing was removed" in as_text(Certificate(2026, NOW, [], 0, 0, 0, 0, 0, ""))
