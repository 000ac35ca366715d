"""A cursor belongs to what was asked for, and to nothing else."""

import msgspec
import pytest

from sertantai.core.errors import InvalidInput
from sertantai.lists.listing import ListQuery, Query, found_page, question_of
from sertantai.records.filters import RecordFilter
from sertantai.records.sorting import parse_sort
from tests.unit.records.small_register import Law, catalogue_of

LIST = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
WATER = Query(RecordFilter(q="water", family=("B", "A")), limit=1)


@pytest.mark.parametrize(
    "other",
    [
        Query(RecordFilter(q="waste", family=("B", "A"))),
        Query(RecordFilter(q="water")),
        Query(RecordFilter(q="water", family=("B", "A"), year_from=1990)),
        Query(RecordFilter(q="water", family=("B", "A")), selected=True),
        Query(RecordFilter(q="water", family=("B", "A")), selected=True, group=LIST),
        Query(RecordFilter(q="water", family=("B", "A")), selected=True, notes=True),
        ListQuery(RecordFilter(q="water", family=("B", "A")), responsible="me"),
        ListQuery(RecordFilter(q="water", family=("B", "A")), review="due"),
    ],
)
def test_another_question_is_another(other: Query) -> None:
    assert question_of(other) != question_of(WATER)


@pytest.mark.parametrize(
    "same",
    [
        Query(RecordFilter(q="water", family=("A", "B")), limit=7, cursor="x"),
        Query(RecordFilter(q="water", family=("B", "A")), group=LIST),
        ListQuery(RecordFilter(q="water", family=("B", "A"))),
        Query(RecordFilter(q="water", family=("B", "A"), own=("UK_ukpga_1990_43",))),
    ],
)
def test_the_same_laws_are_the_same_question(same: Query) -> None:
    assert question_of(same) == question_of(WATER)


def test_it_is_the_same_after_a_restart() -> None:
    assert question_of(WATER) == "([('family', ['A', 'B']), ('q', 'water')], None)"


async def test_a_cursor_is_refused_where_something_else_is_asked() -> None:
    titles = ("Water Act 1990", "Water Act 1991", "Waste Act 1992")
    catalogue = catalogue_of([Law(at, f"UK_x_{at}", title) for at, title in enumerate(titles, 1)])
    water = Query(RecordFilter(q="water"), limit=1)
    page = await found_page(catalogue, water, catalogue.everything)
    assert page.next_cursor
    behind = msgspec.structs.replace(water, cursor=page.next_cursor)
    assert len((await found_page(catalogue, behind, catalogue.everything)).rows) == 1
    for wanted in (RecordFilter(q="waste"), RecordFilter()):
        asked = msgspec.structs.replace(behind, filter=wanted)
        with pytest.raises(InvalidInput, match="another filter or order") as refused:
            await found_page(catalogue, asked, catalogue.everything)
        assert refused.value.field == "cursor"
    sorted_else = msgspec.structs.replace(behind, sort=parse_sort("year"))
    with pytest.raises(InvalidInput):
        await found_page(catalogue, sorted_else, catalogue.everything)
