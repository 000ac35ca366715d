"""What changed since somebody selected a law, or last looked at it."""

from datetime import UTC, datetime, timedelta

from sertantai.core.ids import RecordNo
from sertantai.core.operations import Annotation
from sertantai.lists.changed_records import unseen
from sertantai.lists.listing import Detail
from sertantai.records.store import FieldChange, RecordChange

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAW = RecordNo(5)


def change(hours: float, **fields: tuple[str, str]) -> RecordChange:
    changed = {name: FieldChange(old, new) for name, (old, new) in fields.items()}
    return RecordChange(LAW, int(hours * 10), NOON + timedelta(hours=hours), changed)


def test_a_change_after_the_selection_is_told() -> None:
    found = unseen([change(1, live=("", "revoked"))], {LAW: Detail(NOON)}, {})
    assert found[LAW].fields == {"live": FieldChange("", "revoked")}


def test_a_change_before_the_selection_is_not() -> None:
    assert unseen([change(-1, live=("", "revoked"))], {LAW: Detail(NOON)}, {}) == {}


def test_two_changes_are_told_as_one_from_the_first_to_the_last() -> None:
    changes = [change(1, title_en=("a", "b"), live=("x", "y")), change(2, title_en=("b", "c"))]
    found = unseen(changes, {LAW: Detail(NOON)}, {})
    assert found[LAW].fields == {"title_en": FieldChange("a", "c"), "live": FieldChange("x", "y")}
    assert found[LAW].changed_at == NOON + timedelta(hours=2)


def test_what_went_back_to_what_it_was_is_no_change() -> None:
    changes = [change(1, title_en=("a", "b")), change(2, title_en=("b", "a"))]
    assert unseen(changes, {LAW: Detail(NOON)}, {}) == {}


def test_a_review_silences_what_came_before_it_only() -> None:
    reviewed: dict[int, Annotation] = {
        LAW: {"reviewed_at": (NOON + timedelta(hours=1, minutes=30)).isoformat()}
    }
    changes = [change(1, title_en=("a", "b")), change(2, title_en=("b", "c"))]
    found = unseen(changes, {LAW: Detail(NOON)}, reviewed)
    assert found[LAW].fields == {"title_en": FieldChange("b", "c")}


def test_a_review_that_is_no_time_counts_for_nothing() -> None:
    reviewed: dict[int, Annotation] = {LAW: {"reviewed_at": "soon"}}
    assert LAW in unseen([change(1, live=("", "x"))], {LAW: Detail(NOON)}, reviewed)
