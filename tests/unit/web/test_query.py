"""Addresses of the register: read, written, and the same again."""

import pytest

from sertantai.core.errors import InvalidInput
from sertantai.records.sorting import parse_sort
from sertantai.web.parts.columns import ALL, parse_columns
from sertantai.web.query import View, next_sort, parse_view


def test_an_address_comes_back_as_it_was() -> None:
    query = {
        "q": ["noise at work"],
        "type_code": ["uksi", "ssi"],
        "year_from": ["1990"],
        "selected": ["false"],
        "sort": ["family,-year"],
        "limit": ["100"],
        "page": ["3"],
    }
    view = parse_view(query)
    assert view.url() == (
        "/records?q=noise+at+work&type_code=uksi&type_code=ssi&year_from=1990&selected=false"
        "&sort=family%2C-year&limit=100&page=3"
    )
    assert view.without("type_code", "ssi").count("type_code") == 1
    assert "page" not in view.without("q")


def test_what_is_as_usual_is_left_out() -> None:
    assert View().url() == "/records"
    assert parse_view({"sort": ["title_en"], "page": ["1"], "limit": ["50"]}).url() == "/records"


@pytest.mark.parametrize(
    ("page", "expected"), [("x", 1), ("-4", 1), ("0", 1), ("7", 7), ("9" * 30, 10_000_000)]
)
def test_a_page_that_cannot_be_meant_is_still_a_page(page: str, expected: int) -> None:
    assert parse_view({"page": [page]}).page == expected


@pytest.mark.parametrize(
    "query", [{"year": ["x"]}, {"sort": ["colour"]}, {"selected": ["maybe"]}, {"famly": ["a"]}]
)
def test_a_filter_that_cannot_be_meant_is_refused(query: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_view(query)
    assert refused.value.field == next(iter(query))


def test_headings_sort_up_then_down() -> None:
    assert next_sort(parse_sort(None), "year") == "year"
    assert next_sort(parse_sort("year"), "year") == "-year"
    assert next_sort(parse_sort("-year"), "year") == "year"
    assert next_sort(parse_sort("family,-year"), "year") == "year"


def test_the_filter_of_a_bulk_operation_is_what_the_view_shows() -> None:
    view = parse_view({"family": ["💚 WASTE"], "q": ["landfill"], "selected": ["false"], "page": ["2"]})
    assert view.body() == {"family": ["💚 WASTE"], "q": "landfill", "selected": False}


def test_columns_of_an_older_or_broken_cookie_never_break_a_page() -> None:
    assert parse_columns(None) == list(ALL)
    chosen = parse_columns("year:9999,-title,nonsense,-family:80,year")
    assert [column.key for column in chosen[:3]] == ["year", "title", "family"]
    assert [column.shown for column in chosen[:3]] == [True, True, False]
    assert chosen[0].width_px == 640
    assert {column.key for column in chosen} == {column.key for column in ALL}


def test_a_filter_that_a_saved_view_may_have_is_no_longer_than_an_address() -> None:
    years = [str(year) for year in range(1267, 2025)]
    view = parse_view({"year": years})
    assert view.url(page=2) == "/records?" + "&".join(f"year={year}" for year in years) + "&page=2"
    with pytest.raises(InvalidInput, match="20,000"):
        parse_view({"family": [f"{at:0>500}" for at in range(40)]})
