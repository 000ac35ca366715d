"""The query of the audit trail: what it means, and what is refused with its field."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from sertantai.audit.queries import parse_moment
from sertantai.audit.trail import TrailFilter
from sertantai.core.audit_words import OF_RECORDS
from sertantai.core.errors import InvalidInput
from sertantai.web.api.audit import TRAIL, keyset_of, position_of


def test_nothing_asked_is_every_change_of_a_record() -> None:
    assert TRAIL.parse({}).wanted == TrailFilter()
    assert TRAIL.parse({}).wanted_actions == OF_RECORDS


def test_lists_are_added_when_asked_for() -> None:
    assert "create_group" in TRAIL.parse({"include": "lists"}).wanted_actions


@pytest.mark.parametrize(
    ("text", "end", "moment"),
    [
        ("2026-01-31", False, datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31", True, datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", True, datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", False, datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00 02:00", False, datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_time_is_in_utc_and_a_whole_day_is_taken_in(text: str, end: bool, moment: datetime) -> None:
    assert parse_moment(text, "since", end=end) == moment


@pytest.mark.parametrize(
    ("field", "query"),
    [
        ("group", {"group": "nine"}),
        ("record", {"record": "nine"}),
        ("action", {"action": ["select", "explode"]}),
        ("since", {"since": "yesterday"}),
        ("since", {"since": "2026-13-01"}),
        ("until", {"until": "9999-12-31"}),
        ("include", {"include": "everything"}),
    ],
)
def test_a_wrong_query_names_its_field(field: str, query: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        TRAIL.parse(query)
    assert refused.value.field == field


def test_a_cursor_comes_back_as_it_was() -> None:
    keyset = (datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC), UUID(int=7))
    assert keyset_of(position_of(keyset)) == keyset
    with pytest.raises(InvalidInput):
        keyset_of(("now", "that"))
    with pytest.raises(InvalidInput):
        keyset_of(("2026-01-31",))
