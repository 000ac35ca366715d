"""The catalogue against the same questions answered by looking at every row."""

from contextlib import suppress
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import RecordId, RecordNo
from sertantai.core.search_terms import search_terms
from sertantai.records.catalogue import Catalogue
from sertantai.records.columns import SORTABLE
from sertantai.records.cursors import Cursor, decode_cursor
from sertantai.records.filters import FACETS, NOT_STATED, RecordFilter
from sertantai.records.sorting import Sort, SortTerm
from tests.unit.records.laws import CODES, LABELS, registers
from tests.unit.records.small_register import Law, catalogue_of, key_of

TERMS = st.builds(SortTerm, st.sampled_from(SORTABLE), st.booleans())
SORTS = st.lists(TERMS, min_size=1, max_size=2, unique_by=lambda term: term.column).map(
    lambda terms: Sort(tuple(terms))
)
CHOSEN = st.lists(st.one_of(LABELS, CODES).map(lambda v: v or NOT_STATED), max_size=2).map(tuple)
FILTERS = st.builds(
    RecordFilter,
    q=st.none() | st.sampled_from(["wat", "the act", "1974", "1974 w", "37", "c", "waun", "zzz", "!"]),
    family=CHOSEN,
    type_code=CHOSEN,
    live=st.just(()) | st.just((NOT_STATED,)),
    year=st.just(()) | st.just((1267, 1974)),
    year_from=st.none() | st.integers(1267, 1272),
    year_to=st.none() | st.integers(1267, 1272),
)


@given(registers(), FILTERS)
def test_a_filter_finds_what_every_row_says(laws: list[Law], wanted: RecordFilter) -> None:
    catalogue = catalogue_of(laws)
    fitting = {law.record_no for law in laws if _fits(law, wanted, _meant(catalogue, wanted))}
    assert set(catalogue.matching(wanted)) == fitting


@given(registers(), FILTERS, st.data())
def test_a_facet_counts_what_another_choice_would_give(
    laws: list[Law], wanted: RecordFilter, data: st.DataObject
) -> None:
    ticked = BitMap(law.record_no for law in laws if data.draw(st.booleans()))
    catalogue = catalogue_of(laws)
    facets = catalogue.facets(wanted, ticked)
    for name in FACETS:
        others = _without(wanted, name)
        fitting = [law for law in laws if _fits(law, others, _meant(catalogue, others))]
        chosen = getattr(wanted, name)
        for value in facets[name]:
            having = [law for law in fitting if _value(law, name) == value.value]
            assert value.count == len(having)
            assert value.selected == sum(law.record_no in ticked for law in having)
            assert value.count or value.value in chosen
        stated = [law for law in fitting if name != "year" or law.year is not None]
        assert sum(value.count for value in facets[name]) == len(stated)


@given(registers(), SORTS, st.integers(1, 7))
def test_pages_are_the_sorted_register_cut_in_pieces(laws: list[Law], sort: Sort, limit: int) -> None:
    catalogue = catalogue_of(laws)
    matching = BitMap(law.record_no for law in laws if law.record_no % 3)
    expected = [law.record_no for law in _in_order(laws, sort) if law.record_no in matching]
    assert _all_pages(catalogue, matching, sort, limit) == expected


@given(registers(), SORTS, st.data())
def test_a_cursor_goes_on_in_the_same_place_after_the_register_changed(
    laws: list[Law], sort: Sort, data: st.DataObject
) -> None:
    before = catalogue_of(laws)
    found, cursor = before.page(before.everything, sort, None, 5)
    if cursor is None:
        return
    seen = set(found)
    change = st.sampled_from(laws)
    moved = data.draw(change)
    changed = [
        msgspec.structs.replace(
            law, **{c: getattr(data.draw(change), c) for c in ("title_en", "year", "family")}
        )
        if law == moved
        else law
        for law in laws
    ] + [msgspec.structs.replace(data.draw(change), record_no=999, name="UK_x_999")]
    after = catalogue_of(changed)
    rest = _all_pages(after, after.everything, sort, 3, cursor)
    last = next(law for law in laws if law.record_no == found[-1])
    # Exactly those that now stand behind what the last row was then.
    behind = _in_order([*[law for law in changed if law.record_no != last.record_no], last], sort)
    expected = [law.record_no for law in behind[behind.index(last) + 1 :]]
    assert [number for number in rest if number != last.record_no] == expected
    if moved.record_no not in (*seen, last.record_no):
        assert not seen & (set(rest) - {moved.record_no, 999})


def test_a_cursor_of_a_title_that_is_gone_and_was_the_last_of_all_stands_before_the_others() -> None:
    """Titles count down, and with laws without a date: such a title was taken for none at all."""
    sort = Sort((SortTerm("md_date", descending=False), SortTerm("title_en", descending=True)))
    laws = [Law(record_no=number, name=f"UK_x_{number}", title_en="Water") for number in (1, 2)]
    last = Law(record_no=3, name="UK_x_3", title_en="Water Water")
    before = catalogue_of([*laws, last])
    found, cursor = before.page(before.everything, sort, None, 1)
    assert found == [3]
    assert cursor is not None
    after = catalogue_of(laws)
    assert _all_pages(after, after.everything, sort, 3, cursor) == [2, 1]


@given(registers(), SORTS, st.data())
def test_a_range_is_what_lies_between_two_rows(laws: list[Law], sort: Sort, data: st.DataObject) -> None:
    if not laws:
        return
    order = [law.record_no for law in _in_order(laws, sort)]
    one, other = data.draw(st.sampled_from(order)), data.draw(st.sampled_from(order))
    low, high = sorted((order.index(one), order.index(other)))
    catalogue = catalogue_of(laws)
    between = catalogue.between(catalogue.everything, sort, RecordNo(one), RecordNo(other))
    assert set(between) == set(order[low : high + 1])


@given(registers())
def test_records_are_found_by_id_number_and_name(laws: list[Law]) -> None:
    catalogue = catalogue_of(laws)
    for law in laws:
        assert catalogue.record_no(law.id) == law.record_no
        assert catalogue.record_id(law.record_no) == law.id
        assert catalogue.number_named(law.name) == law.record_no
    stranger = RecordId(uuid4())
    known = [RecordId(law.id) for law in laws]
    assert catalogue.record_nos([*known, stranger]) == (catalogue.everything, [stranger])
    with pytest.raises(NotFound):
        catalogue.record_no(stranger)
    with pytest.raises(NotFound):
        catalogue.record_id(1_000)


def test_ids_with_an_equal_first_half_are_told_apart() -> None:
    class Twin(Law, frozen=True):
        @property
        def id(self) -> UUID:
            return UUID(int=5 << 64 | self.record_no)

    laws = [Twin(record_no=n, name=f"UK_x_{n}", title_en="Twin") for n in (3, 1, 2)]
    catalogue = catalogue_of(laws)
    ids = [RecordId(UUID(int=5 << 64 | n)) for n in (1, 2, 3, 4)]
    assert [catalogue.record_no(i) for i in ids[:3]] == [1, 2, 3]
    assert catalogue.record_nos(ids) == (BitMap([1, 2, 3]), ids[3:])


def test_a_row_shows_all_its_columns() -> None:
    law = Law(7, "UK_uksi_2023_1164", "Water", "uksi", 2023, "1164", "💚 WASTE")
    (row,) = catalogue_of([law]).rows([7])
    assert (row.id, row.name, row.year, row.number, row.family) == (
        law.id,
        law.name,
        2023,
        "1164",
        "💚 WASTE",
    )
    assert row.leg_gov_uk_url == "https://www.legislation.gov.uk/id/uksi/2023/1164"
    assert row.live is None
    assert row.md_date is None


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("1974 c. 37", {1}),
        ("ukpga 1974/37", {1}),
        ("SI 1974/37", {2}),
        ("1974/37", {1, 2}),
        ("https://www.legislation.gov.uk/ukpga/1974/37/section/2", {1}),
        ("UK_uksi_1974_37", {2}),
        ("heal saf", {1}),
        ("SAFETY health", {1}),
        ("1974", {1, 2, 3}),
        ("37 noise", set()),
        ("370", {3}),
        ("2001 c. 1", set()),
        ("...", set()),
    ],
)
def test_what_people_type_finds_what_they_mean(q: str, found: set[int]) -> None:
    laws = [
        Law(1, "UK_ukpga_1974_37", "Health and Safety at Work etc. Act 1974", "ukpga", 1974, "c. 37"),
        Law(2, "UK_uksi_1974_37", "The Water Order 1974", "uksi", 1974, "37"),
        Law(3, "UK_uksi_1974_370", "The Noise Order 1974", "uksi", 1974, "370"),
    ]
    assert set(catalogue_of(laws).matching(RecordFilter(q=q))) == found


def test_numbers_sort_as_numbers_and_texts_after_them() -> None:
    laws = [Law(n, f"n{n}", "x", number=v) for n, v in enumerate(["10", None, "c. 4", "9", "2"])]
    catalogue = catalogue_of(laws)
    up, _ = catalogue.page(catalogue.everything, Sort((SortTerm("number"),)), None, 10)
    down, _ = catalogue.page(catalogue.everything, Sort((SortTerm("number", True),)), None, 10)
    assert [laws[n].number for n in up] == ["2", "9", "10", "c. 4", None]
    assert [laws[n].number for n in down] == ["c. 4", "10", "9", "2", None]


def test_an_empty_register_answers_everything() -> None:
    catalogue = catalogue_of([])
    assert catalogue.page(BitMap(), Sort((SortTerm("year"),)), None, 50) == ([], None)
    assert catalogue.facets(RecordFilter(q="x"), BitMap([1])) == {name: [] for name in FACETS}
    assert catalogue.record_nos([RecordId(uuid4())])[0] == BitMap()


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_limit_out_of_range_is_named(limit: int) -> None:
    catalogue = catalogue_of([])
    with pytest.raises(InvalidInput) as refused:
        catalogue.page(BitMap(), Sort((SortTerm("year"),)), None, limit)
    assert refused.value.field == "limit"


@pytest.mark.parametrize("column", SORTABLE)
def test_a_forged_cursor_is_refused_or_harmless(column: str) -> None:
    catalogue = catalogue_of([Law(1, "a", "b", "uksi", 1974, "3", "x", "y", "z"), Law(2, "b", "c")])
    sort = Sort((SortTerm(column),))
    for value in (None, 5, -1, "", "zzz", "\ud800"):
        forged = Cursor(str(sort), (value,), 4_000_000_000)
        with suppress(InvalidInput):
            catalogue.page(catalogue.everything, sort, forged, 50)


# ------------------------------------------------------------------------------------------------- model


def _all_pages(
    catalogue: Catalogue, matching: BitMap, sort: Sort, limit: int, cursor: Cursor | None = None
) -> list[int]:
    numbers: list[int] = []
    while True:
        found, cursor = catalogue.page(matching, sort, cursor, limit)
        numbers.extend(found)
        if cursor is None:
            return numbers
        assert len(found) == limit
        cursor = decode_cursor(cursor.encode(), sort)


def _in_order(laws: list[Law], sort: Sort) -> list[Law]:
    ordered = sorted(laws, key=lambda law: law.record_no, reverse=sort.terms[-1].descending)
    for term in reversed(sort.terms):
        key = key_of(term.column)
        stated = [law for law in ordered if key(law) is not None]
        missing = [law for law in ordered if key(law) is None]
        stated = sorted(stated, key=key, reverse=term.descending)  # equal rows keep their order
        ordered = stated + missing
    return ordered


def _meant(catalogue: Catalogue, wanted: RecordFilter) -> BitMap:
    """What a search means beside the words that it holds is for the tests of finding."""
    meant = () if wanted.q is None else catalogue.finder.meant(wanted.q)
    return BitMap(one.number for one in meant)


def _fits(law: Law, wanted: RecordFilter, meant: BitMap) -> bool:
    year = law.year
    return (
        all(not getattr(wanted, name) or _value(law, name) in getattr(wanted, name) for name in FACETS)
        and (wanted.year_from is None or (year is not None and year >= wanted.year_from))
        and (wanted.year_to is None or (year is not None and year <= wanted.year_to))
        and (wanted.q is None or law.record_no in meant or _has_words(law, search_terms(wanted.q)))
    )


def _has_words(law: Law, words: list[str]) -> bool:
    if not words:
        return False
    finished = [word for word in words[:-1] if word.isdigit()]
    begun = [word for word in words[:-1] if not word.isdigit()] + words[-1:]
    return all(w in law.words for w in finished) and all(
        any(word.startswith(w) for word in law.words) for w in begun
    )


def _value(law: Law, name: str) -> str | int:
    value: str | int | None = getattr(law, name, None)
    return NOT_STATED if value is None else value


def _without(wanted: RecordFilter, name: str) -> RecordFilter:
    if name == "year":
        return msgspec.structs.replace(wanted, year=(), year_from=None, year_to=None)
    return msgspec.structs.replace(wanted, **{name: ()})
