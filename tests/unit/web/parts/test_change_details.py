"""What changed in a list itself, in words."""

from datetime import UTC, datetime

from sertantai.web.parts.change_details import VALUES_SHOWN_MAX, filter_words, list_changes


def test_a_filter_is_told_as_people_chose_it() -> None:
    body = {
        "q": "landfill",
        "family": ["💚 WASTE", "💚 WATER"],
        "type_code": ["uksi"],
        "live": ["✔ In force"],
    }
    assert filter_words(body) == "“landfill”; WASTE or WATER; UK Statutory Instrument; In force"
    assert filter_words({"year_from": 1990, "year_to": 2010}) == "1990 to 2010"
    assert filter_words({"year_to": 2010}) == "up to 2010"
    assert filter_words({"nonsense": 1}) == filter_words(None) == filter_words([]) == ""


def test_of_many_values_it_says_how_many_more_there_are() -> None:
    years = list(range(1990, 1990 + VALUES_SHOWN_MAX + 1))
    assert filter_words({"year": years[:-1]}) == " or ".join(map(str, years[:-1]))
    assert filter_words({"year": years}).endswith(" or 1 more")


def test_each_field_is_told_with_both_values() -> None:
    said = {
        "changes": {
            "filter": {"family": ["WATER"]},
            "frozen": True,
            "archived_at": "2026-01-01T00:00:00+00:00",
        },
        "before": {"filter": {"family": ["WASTE"]}, "frozen": None, "archived_at": None},
    }
    assert list_changes(said) == [
        ("Filter", "WASTE", "WATER"),
        ("When its matches change", "", "asks first"),
        ("Archived", "", datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    assert list_changes({"changes": {"description": None}, "before": {"description": "Old"}}) == [
        ("Description", "Old", "")
    ]
    assert list_changes({"name": "Before this was told"}) == []
