"""What a request may ask for, and what a page shows or remembers, ends at a bound."""

from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import GroupId
from sertantai.core.state import GroupState
from sertantai.files.rows import ExportRow
from sertantai.http.forms import Form
from sertantai.lists.actions import BULK_IDS_MAX
from sertantai.lists.placing import PLACES_MAX
from sertantai.lists.saved_views import QUERY_CHARACTERS_MAX
from sertantai.records.filters import RecordFilter
from sertantai.web import query
from sertantai.web.api import lists, places, ticks, views
from sertantai.web.api.lists import GROUPS_MAX, NewOrder, TransferRequest
from sertantai.web.api.places import Placing
from sertantai.web.api.views import QUERY_FIELDS_MAX
from sertantai.web.pages.history.history import HISTORY, LAW_CHARACTERS_MAX
from sertantai.web.pages.register import printing, tick_form
from sertantai.web.pages.register.tick_form import RECORDS_MAX
from sertantai.web.parts import counted, forms
from sertantai.web.parts.chips import CHIPS_OF_A_FIELD_MAX, chips_of
from sertantai.web.parts.columns import COOKIE_CHARS_MAX, parse_columns
from sertantai.web.parts.counted import Counted
from sertantai.web.parts.forms import FIELD_CHARACTERS_MAX
from sertantai.web.parts.list_rows import TAGS_SHOWN_MAX, _tags_of
from sertantai.web.parts.list_view import LIST
from sertantai.web.parts.register_view import REGISTER, RegisterView
from sertantai.web.parts.shown_rows import PATTERN_TERMS_MAX, _found
from sertantai.web.query import FILTER_CHARACTERS_MAX, PAGE_MAX, linkable
from tests.unit.core.strategies import AT

NOBODY = cast("Any", None)
"""Whoever asks for too much is refused before anything is looked up."""


def some(count: int) -> list[str]:
    return ["no id"] * count


async def by_id(count: int) -> None:
    await lists._wanted(NOBODY, TransferRequest(to="another", record_ids=some(count)), NOBODY)


async def in_order(count: int) -> None:
    await lists.order.fn(NOBODY, NewOrder(some(count)))


async def in_places(count: int) -> None:
    await places.places.fn(NOBODY, "default", Placing(some(count)))


@pytest.mark.parametrize(
    ("most", "ask"), [(BULK_IDS_MAX, by_id), (GROUPS_MAX, in_order), (PLACES_MAX, in_places)]
)
async def test_one_request_names_so_many_and_no_more(
    most: int, ask: Callable[[int], Awaitable[None]]
) -> None:
    with pytest.raises(Exception) as taken:  # noqa: PT011  # that there is nobody, or that it is no id
        await ask(most)
    assert "at most" not in str(taken.value)
    assert f"{most:,}" not in str(taken.value)
    with pytest.raises((TooLarge, InvalidInput), match=f"{most:,}"):
        await ask(most + 1)


def test_a_bulk_operation_names_so_many_and_no_more() -> None:
    ticks._check_shape(ticks.BulkRequest(action="bulk_select", record_ids=some(BULK_IDS_MAX)))
    with pytest.raises(TooLarge) as refused:
        ticks._check_shape(ticks.BulkRequest(action="bulk_select", record_ids=some(BULK_IDS_MAX + 1)))
    assert refused.value.field == "record_ids"


def test_a_saved_view_is_an_address_of_so_many_characters_and_fields() -> None:
    fits = "q=x".rjust(QUERY_CHARACTERS_MAX, "?")
    assert views._query(fits) == "q=x"
    with pytest.raises(InvalidInput, match=f"{QUERY_CHARACTERS_MAX:,} characters"):
        views._query(f"?{fits}")
    assert views._query("&".join(["q=x"] * QUERY_FIELDS_MAX)) == "q=x"
    with pytest.raises(InvalidInput, match=f"{QUERY_FIELDS_MAX:,} fields"):
        views._query("&".join(["q=x"] * (QUERY_FIELDS_MAX + 1)))


def test_a_filter_must_fit_into_every_link_of_a_page() -> None:
    around = len("q=")
    linkable(RecordFilter(q="x" * (FILTER_CHARACTERS_MAX - around)))
    with pytest.raises(InvalidInput, match="Choose fewer"):
        linkable(RecordFilter(q="x" * (FILTER_CHARACTERS_MAX - around + 1)))


@pytest.mark.parametrize("text", [str(PAGE_MAX), str(PAGE_MAX + 1), "9" * 5_000])
def test_there_is_a_last_page_whatever_is_asked_for(text: str) -> None:
    assert REGISTER.parse({"page": [text]}).page == PAGE_MAX
    assert LIST.parse({"page": [text]}, path="/groups/default").page == PAGE_MAX


def test_many_values_of_a_filter_are_one_chip() -> None:
    families = tuple(f"family {number}" for number in range(CHIPS_OF_A_FIELD_MAX + 1))
    assert len(chips_of(RegisterView(filter=RecordFilter(family=families[1:])))) == CHIPS_OF_A_FIELD_MAX
    assert len(chips_of(RegisterView(filter=RecordFilter(family=families)))) == 1


def test_of_a_cookie_so_much_is_read() -> None:
    assert parse_columns("year".rjust(COOKIE_CHARS_MAX, ","))[0].key == "year"
    assert parse_columns("year".rjust(COOKIE_CHARS_MAX + 1, ","))[0].key != "year"


def test_what_is_counted_of_so_many_lists_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "LISTS_KEPT_MAX", 3)
    known = Counted[int]()
    groups = [GroupState(GroupId(UUID(int=number)), "a list", AT, AT) for number in range(5)]
    for number, group in enumerate(groups):
        known.keep(group, number)
    assert [known.of(group) for group in groups] == [None, None, 2, 3, 4]


def test_of_many_tags_those_that_are_used_most_are_shown() -> None:
    notes = {number: {"tags": [f"tag {number}", "common"]} for number in range(TAGS_SHOWN_MAX + 10)}
    shown = _tags_of(GroupState(GroupId(UUID(int=1)), "a list", AT, AT, annotations=notes))
    assert len(shown) == TAGS_SHOWN_MAX
    assert shown[0] == ("common", TAGS_SHOWN_MAX + 10)


def test_words_are_marked_alike_however_many_there_are() -> None:
    words = [f"w{number:02}" for number in range(PATTERN_TERMS_MAX + 1)]
    text = " ".join(words)
    few, many = _found(text, words[:-1]), _found(text, words)
    assert len(many) == PATTERN_TERMS_MAX + 1
    assert list(many[: len(few)]) == few


def test_what_is_asked_of_the_history_is_cut() -> None:
    assert HISTORY.parse({"law": ["x" * (LAW_CHARACTERS_MAX + 1)]}).law == "x" * LAW_CHARACTERS_MAX


async def test_so_many_rows_are_printed_and_it_is_said_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printing, "PRINTED_MAX", 3)

    async def rows() -> AsyncIterator[ExportRow]:
        for number in range(5):
            yield ExportRow(id=UUID(int=number), name=f"law {number}")

    said = await printing._printed(rows(), 5, notes=False)
    assert (len(said["rows"]), said["printed"], said["total"]) == (3, 3, 5)


def test_so_many_encoded_filters_are_remembered() -> None:
    for number in range(query.ENCODED_KEPT_MAX + 10):
        query.filter_query(RecordFilter(family=(f"family {number}",)))
    assert query._encoded.cache_info().currsize == query.ENCODED_KEPT_MAX


async def test_a_field_of_a_form_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async def form(_request: Any) -> Form:
        return Form([("name", "x" * (FIELD_CHARACTERS_MAX + 1)), ("other", "y")])

    monkeypatch.setattr(forms, "form_of", form)
    fields = await forms.form_fields(NOBODY, "name", "missing")
    assert fields == {"name": "x" * FIELD_CHARACTERS_MAX, "missing": ""}


async def test_a_form_ticks_no_more_than_a_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def numbers_of(ids: list[Any]) -> tuple[None, None]:
        asked.append(len(ids))
        return None, None

    service = SimpleNamespace(register=SimpleNamespace(numbers_of=numbers_of))
    monkeypatch.setattr(tick_form, "services", lambda _request: service)
    await tick_form._records(NOBODY, [str(UUID(int=number)) for number in range(RECORDS_MAX + 1)])
    assert asked == [RECORDS_MAX]
