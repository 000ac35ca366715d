"""Days and points in time of fields are handed to the page as such, which writes them in the reader's way."""

from datetime import UTC, date, datetime

from sertantai.core.effects import Edit
from sertantai.core.ids import RecordNo
from sertantai.lists.changed_records import ChangedRecord
from sertantai.records.store import FieldChange
from sertantai.web.pages.lists.changed import changed_in_words
from sertantai.web.parts.history_wording import edits_in_words
from sertantai.web.parts.law_details import fields_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_when_a_law_was_reviewed_is_a_point_in_time() -> None:
    edit = Edit(before={"reviewed_at": None, "note": "2026-11-28"}, after={"reviewed_at": NOW.isoformat()})
    assert edits_in_words(edit) == [("Note", "2026-11-28", ""), ("Reviewed", "", NOW)]


def test_a_field_of_a_law_that_is_a_day_stays_one() -> None:
    fields = fields_of({"latest_amend_date": date(2024, 7, 31), "acronym": "2024-07-31"})
    assert {field.label: field.text for field in fields} == {
        "Last amended": date(2024, 7, 31),
        "Acronym": "2024-07-31",
    }


def test_a_day_that_changed_is_one_before_and_after() -> None:
    change = ChangedRecord(
        RecordNo(1),
        NOW,
        {"md_date": FieldChange("1974-07-31", None), "number": FieldChange("1974-07-31", "37")},
    )
    [day, number] = changed_in_words(change)
    assert (day.old, day.new) == (date(1974, 7, 31), "")
    assert (number.old, number.new) == ("1974-07-31", "37")
