"""What a search names comes first, then what stands before others; pages, ranges and places agree on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordNo
from sertantai.records.catalogue import Catalogue
from sertantai.records.cursors import decode_cursor
from sertantai.records.filters import RecordFilter
from sertantai.records.finding.text import SMALL_WORDS
from sertantai.records.relevance import WORDS_COUNTED_MAX
from sertantai.records.sorting import BY_RELEVANCE, BY_TITLE, RELEVANCE, Sort, parse_sort, title_key
from sertantai.records.windows import window
from tests.unit.records.laws import registers
from tests.unit.records.small_register import Law, catalogue_of

REVOKED = "❌ Revoked / Repealed / Abolished"


def named(catalogue: Catalogue, q: str, limit: int = 50) -> list[str]:
    """The titles that a search finds, in its order."""
    numbers, _ = catalogue.page(
        catalogue.matching(RecordFilter(q=q)), catalogue.ordered(None, q), None, limit
    )
    return [catalogue.title(number) or "" for number in numbers]


def law(number: int, title: str, year: int, live: str | None = None) -> Law:
    return Law(number, f"UK_uksi_{year}_{number}", title, "uksi", year, str(number), live=live)


WILDLIFE = catalogue_of(
    [
        law(1, "Abolished Wildlife and Countryside Order", 2024, REVOKED),
        law(2, "Wildlife and Countryside Act", 1981),
        law(3, "Countryside and Wildlife (Amendment) Order", 2023),
        law(4, "Wildlife and Countryside Act (Commencement) Order", 1982),
        law(5, "Wildlife and Countryside (Fees) Order", 1990),
        law(6, "Wildlife and Countryside (Fees) Order", 2004),
        law(7, "Wildlife and Countryside (Registration and Ringing of Certain Captive Birds) Order", 2020),
    ]
)


def test_the_law_itself_is_first_and_what_only_changes_others_last() -> None:
    assert named(WILDLIFE, "wildlife countryside") == [
        "Wildlife and Countryside Act",
        "Wildlife and Countryside (Fees) Order",
        "Wildlife and Countryside (Fees) Order",
        "Wildlife and Countryside (Registration and Ringing of Certain Captive Birds) Order",
        "Abolished Wildlife and Countryside Order",
        "Countryside and Wildlife (Amendment) Order",
        "Wildlife and Countryside Act (Commencement) Order",
    ]


def test_of_the_same_title_the_newest_is_first() -> None:
    numbers, _ = WILDLIFE.page(WILDLIFE.everything, BY_RELEVANCE, None, 50)
    assert numbers.index(RecordNo(6)) < numbers.index(RecordNo(5))


def test_what_is_named_comes_before_what_stands_before_it() -> None:
    asked = "Countryside and Wildlife (Amendment) Order 2023"
    assert WILDLIFE.ordered(None, asked).lead == (RecordNo(3),)
    assert WILDLIFE.ordered(None, asked).terms == BY_RELEVANCE.terms


@pytest.mark.parametrize(
    ("stated", "q", "terms"),
    [
        (None, None, BY_TITLE.terms),
        (None, "wildlife", BY_RELEVANCE.terms),
        ("title_en", "wildlife", BY_TITLE.terms),
        ("-year", "wildlife", parse_sort("-year").terms),
        ("relevance", None, BY_RELEVANCE.terms),
    ],
)
def test_a_search_is_by_relevance_unless_it_says_how(
    stated: str | None, q: str | None, terms: tuple[object, ...]
) -> None:
    sort = None if stated is None else parse_sort(stated)
    assert WILDLIFE.ordered(sort, q).terms == terms


def model(laws: list[Law], lead: tuple[RecordNo, ...]) -> list[int]:
    """Written anew: the lead, then by what the law does, its state, its length, its year and its title."""

    def standing(one: Law) -> tuple[object, ...]:
        words = {word for word in one.words if word.isalpha()}
        codes = {law.type_code for law in laws}
        length = len(words - SMALL_WORDS - {"uk"} - codes)
        title = title_key(one.title_en)
        return one.live == REVOKED, length, -(one.year or 0), title, one.record_no

    rest = sorted((one for one in laws if one.record_no not in lead), key=standing)
    known = {one.record_no for one in laws}
    return [number for number in lead if number in known] + [one.record_no for one in rest]


@given(registers(), st.data())
def test_pages_places_and_ranges_agree(laws: list[Law], data: st.DataObject) -> None:
    catalogue = catalogue_of(laws)
    numbers = [one.record_no for one in laws]
    drawn = st.sets(st.sampled_from(numbers)) if numbers else st.just(set())
    matching = BitMap(data.draw(drawn))
    lead = tuple(map(RecordNo, data.draw(st.permutations(sorted(data.draw(drawn))))))[:5]
    sort = Sort(BY_RELEVANCE.terms, lead)
    expected = [number for number in model(laws, lead) if number in matching]

    limit = data.draw(st.integers(1, 4))
    paged: list[int] = []
    cursor = None
    while True:
        page, cursor = catalogue.page(matching, sort, cursor, limit)
        paged += page
        if cursor is None:
            break
        cursor = decode_cursor(cursor.encode(), sort)
    assert paged == expected

    offset = data.draw(st.integers(0, len(expected) + 1))
    assert window(catalogue.columns, matching, sort, offset, limit) == expected[offset : offset + limit]

    if expected:
        ends = sorted(data.draw(st.tuples(*[st.integers(0, len(expected) - 1)] * 2)))
        one, other = (RecordNo(expected[at]) for at in ends)
        wanted = BitMap(expected[ends[0] : ends[1] + 1])
        assert catalogue.between(matching, sort, one, other) == wanted
        assert catalogue.between(matching, sort, other, one) == wanted


@pytest.mark.parametrize("place", [-5, 0, 1, 10**9])
def test_a_cursor_of_a_lead_that_is_another_by_now_goes_on_behind_it(place: int) -> None:
    """Whoever makes cursors up gets a page, and nothing worse."""
    laws = [law(at, f"The Order {at}", 2000) for at in range(1, 9)]
    catalogue = catalogue_of(laws)
    sort = Sort(BY_RELEVANCE.terms, (RecordNo(3), RecordNo(2)))
    cursor = catalogue.cursor_at(sort, RecordNo(3))
    changed = type(cursor)(cursor.sort, (place,), cursor.record_no)
    numbers, _ = catalogue.page(catalogue.everything, sort, changed, 50)
    assert set(range(1, 9)) - set(numbers) <= {2, 3}


def test_relevance_stands_alone() -> None:
    assert str(parse_sort(RELEVANCE)) == RELEVANCE
    for text in ("-relevance", "relevance,year"):
        with pytest.raises(InvalidInput, match="stands alone"):
            parse_sort(text)


def test_whole_sentences_are_of_one_length() -> None:
    """They stand by their years then."""
    words = [f"x{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(WORDS_COUNTED_MAX + 9)]
    laws = [
        law(1, " ".join(["Act", *words[: WORDS_COUNTED_MAX - 1]]), 1800),
        law(2, " ".join(["Act", *words[: WORDS_COUNTED_MAX + 8]]), 1900),
        law(3, " ".join(["Act", *words[: WORDS_COUNTED_MAX - 2]]), 1700),
    ]
    catalogue = catalogue_of(laws)
    assert catalogue.page(catalogue.everything, BY_RELEVANCE, None, 5)[0] == [3, 2, 1]
