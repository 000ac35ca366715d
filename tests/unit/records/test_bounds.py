"""What is asked of the register, and what a file may bring into it, has a bound that is met here."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sertantai.core.citations import CITATION_CHARS_MAX, cited_name, parse_citation
from sertantai.core.cursors import CURSOR_CHARS_MAX, LIMIT_MAX
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordNo
from sertantai.files import csv_rows, json_rows
from sertantai.files.csv_rows import CsvRows
from sertantai.files.json_rows import json_objects
from sertantai.files.sources import RAW_TEXT_CHARS_MAX, Format
from sertantai.records import search
from sertantai.records.columns import (
    COLUMNS,
    LABEL_CHARS_MAX,
    LIST_VALUES_MAX,
    NAME_CHARS_MAX,
    NUMBER_DIGITS_MAX,
    REQUIRED,
    SORTABLE,
    TEXT_CHARS_MAX,
    TITLE_CHARS_MAX,
    RowRejected,
    number_int,
)
from sertantai.records.cursors import VALUE_CHARS_MAX as CURSOR_VALUE_CHARS_MAX
from sertantai.records.cursors import cursor_after, decode_cursor
from sertantai.records.filters import Q_CHARS_MAX, VALUE_CHARS_MAX, VALUES_MAX, RecordFilter, parse_filter
from sertantai.records.importing.refused_rows import REFUSED_ROWS_KEPT_MAX, RefusedRows
from sertantai.records.importing.staging import COLUMN_NAME_CHARS_MAX, COLUMNS_MAX, _checked
from sertantai.records.sorting import BY_TITLE, SORT_TERMS_MAX, parse_sort
from tests.unit.records.small_register import Law, catalogue_of


def header(count: int, name: str = "") -> list[str]:
    return ["name", "title_en", *(name or f"column {at}" for at in range(count - 2))]


ASKED: list[tuple[int, Callable[[int], Any]]] = [
    (Q_CHARS_MAX, lambda n: parse_filter({"q": "x" * n})),
    (VALUES_MAX, lambda n: parse_filter({"family": [f"family {at}" for at in range(n)]})),
    (VALUE_CHARS_MAX, lambda n: parse_filter({"family": "x" * n})),
    (SORT_TERMS_MAX, lambda n: parse_sort(",".join(SORTABLE[:n]))),
    (COLUMNS_MAX, lambda n: _checked(header(n))),
    (COLUMN_NAME_CHARS_MAX, lambda n: _checked(header(3, "x" * n))),
]
KEPT: list[tuple[int, Callable[[int], Any]]] = [
    (NAME_CHARS_MAX, lambda n: COLUMNS["name"].parse("x" * n)),
    (TITLE_CHARS_MAX, lambda n: COLUMNS["title_en"].parse("x" * n)),
    (LABEL_CHARS_MAX, lambda n: COLUMNS["family"].parse("x" * n)),
    (TEXT_CHARS_MAX, lambda n: COLUMNS["md_description"].parse("x" * n)),
    (TEXT_CHARS_MAX, lambda n: COLUMNS["purpose"].parse("x" * n)),
    (LIST_VALUES_MAX, lambda n: COLUMNS["tags"].parse(["x"] * n)),
]


@pytest.mark.parametrize(("most", "ask"), ASKED)
def test_so_much_is_taken_and_no_more(most: int, ask: Callable[[int], Any]) -> None:
    ask(most)
    with pytest.raises(InvalidInput):
        ask(most + 1)


@pytest.mark.parametrize(("most", "keep"), KEPT)
def test_a_cell_that_is_too_long_costs_its_row_and_no_other(most: int, keep: Callable[[int], Any]) -> None:
    keep(most)
    with pytest.raises(RowRejected, match="at most"):
        keep(most + 1)


def test_a_number_of_so_many_digits_is_a_number() -> None:
    assert number_int("9" * NUMBER_DIGITS_MAX) == int("9" * NUMBER_DIGITS_MAX)
    assert number_int("9" * (NUMBER_DIGITS_MAX + 1)) is None


def test_longer_texts_are_no_citations() -> None:
    link = "https://www.legislation.gov.uk/id/ukpga/1974/37/"
    assert cited_name(link.ljust(CITATION_CHARS_MAX, "x")) == "UK_ukpga_1974_37"
    assert cited_name(link.ljust(CITATION_CHARS_MAX + 1, "x")) is None
    path = "ukpga/1974/37/"
    assert parse_citation(path.ljust(CITATION_CHARS_MAX, "x")) is not None
    assert parse_citation(path.ljust(CITATION_CHARS_MAX + 1, "x")) is None


def test_a_cursor_stays_short_whatever_the_values_are_and_a_longer_one_is_not_read() -> None:
    cursor = cursor_after(BY_TITLE, ("x" * 100_000,), RecordNo(1))
    assert cursor.values == ("x" * CURSOR_VALUE_CHARS_MAX,)
    text = cursor.encode()
    assert len(text) < CURSOR_CHARS_MAX
    assert decode_cursor(text, BY_TITLE) == cursor
    with pytest.raises(InvalidInput):
        decode_cursor(text.ljust(CURSOR_CHARS_MAX + 1, "A"), BY_TITLE)


class InMemory:
    """A source; only its text and its format are read."""

    def __init__(self, text: str, format_: Format = Format.CSV) -> None:
        self.text = io.StringIO(text, newline="")
        self.format = format_


def csv(text: str) -> CsvRows:
    return CsvRows(InMemory(text), REQUIRED)  # type: ignore[arg-type]  # see above


def test_a_field_of_a_file_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "FIELD_CHARS_MAX", 10)
    rows = list(csv(f"name,title_en\na,{'x' * 10}\nb,{'x' * 11}\nc,d\n"))
    assert [row.problem is None for row in rows] == [True, False, True]


def test_a_line_of_a_file_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "LINE_CHARS_MAX", 20)
    assert len(list(csv(f"name,title_en\na,{'x' * 17}\n"))) == 1
    with pytest.raises(InvalidInput, match="20"):
        list(csv(f"name,title_en\na,{'x' * 18}\n"))


def test_a_row_that_goes_on_over_many_lines_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "ROW_CHARS_MAX", 1_000)
    monkeypatch.setattr(csv_rows, "BLOCK_LINES", 1)
    long = 'name,title_en\na,"' + "x\n" * 1_000
    with pytest.raises(InvalidInput, match="1,000"):
        list(csv(long + '"\n'))


def test_a_header_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "HEADER_CHARS_MAX", 20)
    assert csv("name,title_en,abcdefghijklmnop\n").header == ["name", "title_en", "abcdef"]


def objects(text: str, format_: Format) -> list[Any]:
    return list(json_objects(InMemory(text, format_)))  # type: ignore[arg-type]  # see above


def test_a_line_of_json_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "LINE_CHARS_MAX", 20)
    assert len(objects('{"name": "0123456"}\n' * 2, Format.NDJSON)) == 2
    with pytest.raises(InvalidInput, match="Line 1"):
        objects('{"name": "01234567"}\n', Format.NDJSON)


def test_an_object_of_json_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "READ_CHARS", 10)
    whole = '[{"name": "' + "x" * 200 + '"}]'
    monkeypatch.setattr(json_rows, "OBJECT_CHARS_MAX", 300)
    assert len(objects(whole, Format.JSON_ARRAY)) == 1
    monkeypatch.setattr(json_rows, "OBJECT_CHARS_MAX", 100)
    with pytest.raises(InvalidInput, match="broken or incomplete"):
        objects(whole, Format.JSON_ARRAY)


def test_what_is_shown_of_a_broken_row_is_its_beginning() -> None:
    (row,) = csv(f"name,title_en\na,b,{'x' * 2 * RAW_TEXT_CHARS_MAX}\n")
    assert row.problem is not None
    assert len(row.raw) == RAW_TEXT_CHARS_MAX


def test_a_report_carries_so_many_refused_rows_and_counts_all(tmp_path: Path) -> None:
    refused = RefusedRows(tmp_path / "laws.csv")
    for line in range(REFUSED_ROWS_KEPT_MAX + 5):
        refused.add(line, "no year", "a row")
    assert len(refused.kept) == REFUSED_ROWS_KEPT_MAX
    assert refused.count == REFUSED_ROWS_KEPT_MAX + 5
    path = refused.publish()
    assert path is not None
    assert len(path.read_text().splitlines()) == 1 + REFUSED_ROWS_KEPT_MAX + 5


def test_a_page_of_the_catalogue_holds_so_many_and_no_more() -> None:
    catalogue = catalogue_of([Law(number, f"law {number}", "A law") for number in range(3)])
    for limit, expected in ((1, 1), (LIMIT_MAX, 3)):
        found, _ = catalogue.page(catalogue.everything, BY_TITLE, None, limit)
        assert len(found) == expected
    for limit in (0, LIMIT_MAX + 1):
        with pytest.raises(InvalidInput) as refused:
            catalogue.page(catalogue.everything, BY_TITLE, None, limit)
        assert refused.value.field == "limit"


@pytest.mark.parametrize("most", [0, 2, 100])
def test_a_citation_that_many_laws_may_mean_is_still_found(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound by its name alone, so that the title of another does not count."""
    monkeypatch.setattr(search, "LOOKED_AT_MAX", most)
    laws = [
        Law(number, f"UK_uksi_2015_{number}", f"Regulations {number} of 2015", "uksi", 2015, str(number))
        for number in range(2013, 2018)
    ]
    catalogue = catalogue_of(laws)
    assert list(catalogue.matching(RecordFilter(q="SI 2015/2015"))) == [2015]
