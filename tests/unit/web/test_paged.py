"""Pages of what is in memory, while it changes between one and the next."""

from uuid import UUID

import pytest

from sertantai.core.cursors import encode_cursor
from sertantai.core.errors import InvalidInput
from sertantai.web.api.paged import PagedQuery, page_of

ITEMS = [UUID(int=number) for number in range(7)]


def pages(items: list[UUID], limit: int) -> list[list[UUID]]:
    found, cursor = [], ""
    while True:
        page, following = page_of("things", items, lambda one: one, PagedQuery(cursor, limit))
        found.append(list(page))
        if following is None:
            return found
        cursor = following


@pytest.mark.parametrize("limit", [1, 2, 6, 7, 8])
def test_all_are_shown_once(limit: int) -> None:
    found = pages(ITEMS, limit)
    assert [one for page in found for one in page] == ITEMS
    assert all(page for page in found)


def test_where_the_last_one_is_gone_it_goes_on_where_that_stood() -> None:
    page, following = page_of("things", ITEMS, lambda one: one, PagedQuery("", 3))
    left = [one for one in ITEMS if one != page[-1]]
    rest, _ = page_of("things", left, lambda one: one, PagedQuery(following or "", 3))
    assert list(rest) == ITEMS[3:6]


def test_a_cursor_of_something_else_is_refused() -> None:
    with pytest.raises(InvalidInput):
        page_of("things", ITEMS, lambda one: one, PagedQuery(encode_cursor("others", ["x", 1]), 3))


@pytest.mark.parametrize("values", [[], ["x"], ["x", -5], ["x", "y"], [None, 10**9]])
def test_a_cursor_that_was_never_made_does_no_harm(values: list[str | int | None]) -> None:
    page, _ = page_of("things", ITEMS, lambda one: one, PagedQuery(encode_cursor("things", values), 3))
    assert set(page) <= set(ITEMS)
