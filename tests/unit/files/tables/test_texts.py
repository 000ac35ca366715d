"""CSV and its relatives, plain lines, Markdown, JSON, in whatever encoding."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.files.tables import gathering
from sertantai.files.tables.gathering import (
    CELL_CHARS_MAX,
    COLUMNS_MAX,
    FILE_CHARS_MAX,
    ROWS_MAX,
    TABLES_MAX,
    TOLD_NAMES_MAX,
    Gathering,
    Room,
    Span,
)
from sertantai.files.tables.markdown import RULE_CHARS_MAX
from sertantai.files.tables.model import Tables
from sertantai.files.tables.recognising import read_file, read_text
from sertantai.files.tables.separated import QUOTED_CHARS_MAX


def cells(found: Tables, at: int = 0) -> list[list[str]]:
    return [row.cells for row in found.tables[at].rows]


def of_file(tmp_path: Path, data: bytes, name: str = "register.csv") -> Tables:
    path = tmp_path / "file"
    path.write_bytes(data)
    return read_file(path, name)


# --------------------------------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", None),
        ("cp1252", "Windows-1252"),
    ],
)
def test_every_encoding_that_is_in_use(tmp_path: Path, encoding: str, told: str | None) -> None:
    text = "Law;Owner\r\nEmployers’ Liability Act;Café – north\r\n"
    found = of_file(tmp_path, text.encode(encoding))
    assert cells(found) == [["Law", "Owner"], ["Employers’ Liability Act", "Café – north"]]
    assert [told in one for one in found.told[:1]] == [True] if told else len(found.told) == 1
    assert "semicolons" in found.told[-1]


def test_bytes_that_no_encoding_has_are_marked(tmp_path: Path) -> None:
    found = of_file(tmp_path, b"Law,Owner\nNoise\x81 Act \xe9,EHS\n")
    assert cells(found)[1] == ["Noise\N{REPLACEMENT CHARACTER} Act é", "EHS"]


# --------------------------------------------------------------------------------------------- separators


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Law,Owner\nNoise Act,EHS\n", "csv"),
        ("Law;Owner\nOffices, Shops and Railway Premises Act;EHS, north\n", "csv"),
        ("Law|Owner\nNoise Act|EHS\n", "csv"),
        ("Law\tOwner\nNoise Act\t\n", "tsv"),
        ("sep=;\r\nLaw;Owner\r\n", "csv"),
        ("sep=\t\nLaw\tOwner\n", "tsv"),
        ("Noise Act 1996\tEHS", "tsv"),
        ("Noise Act 1996\nOffices, Shops and Railway Premises Act 1963\nClean Air Act 1993\n", "lines"),
        ("Environmental Protection Act 1990, s.34; s.35\n", "lines"),
        ("Noise Act 1996\n", "lines"),
        ("[1] Noise Act 1996\n{2} Clean Air Act\n", "lines"),
    ],
)
def test_what_a_text_is(text: str, kind: str) -> None:
    found = read_text(text)
    assert found.kind == kind
    assert all(len(row) == (1 if kind == "lines" else 2) for row in cells(found))


def test_a_title_above_and_rows_of_other_widths_do_not_keep_a_csv_from_being_one(tmp_path: Path) -> None:
    text = (
        "Register of legislation\r\n\r\nLaw,Owner,Note\r\nNoise Act,EHS\r\nClean Air Act,EHS,x\r\nX,Y,Z\r\n"
    )
    found = of_file(tmp_path, text.encode())
    assert [(row.line, row.cells) for row in found.tables[0].rows] == [
        (1, ["Register of legislation", "", ""]),
        (3, ["Law", "Owner", "Note"]),
        (4, ["Noise Act", "EHS", ""]),
        (5, ["Clean Air Act", "EHS", "x"]),
        (6, ["X", "Y", "Z"]),
    ]


def test_a_row_has_the_line_on_which_it_begins() -> None:
    found = read_text('sep=,\nLaw,Note\nNoise Act,"one\ntwo"\n\nClean Air Act,x\n')
    assert [row.line for row in found.tables[0].rows] == [2, 3, 6]
    assert cells(found)[1] == ["Noise Act", "one\ntwo"]


def test_a_quotation_mark_that_nobody_closes_takes_nothing_with_it() -> None:
    rows = "".join(f"Act {at},x\n" for at in range(QUOTED_CHARS_MAX // 6))
    found = read_text(f'Law,Note\nNoise Act,"open\n{rows}')
    assert cells(found)[1:3] == [["Noise Act", '"open'], ["Act 0", "x"]]
    assert any("never closed" in told for told in found.told)


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")), min_size=2, max_size=4)
    )
)
def test_what_is_written_as_csv_is_read_again(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["Law", "Note", "Owner", "Date"], *rows])
    found = read_text("sep=,\n" + text.getvalue())
    wanted = [[cell.strip() for cell in row] + [""] * (4 - len(row)) for row in rows]
    assert cells(found)[1:] == [row for row in wanted if any(row)]


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    try:
        found = read_text(text)
    except SertantaiError:
        return
    assert all(len(row.cells) == len(table.rows[0].cells) for table in found.tables for row in table.rows)


# ------------------------------------------------------------------------------------- Markdown, JSON


def test_tables_in_markdown() -> None:
    text = (
        "# Register\n\n| Law | Note |\n|:---|---|\n"
        "| [Noise Act](https://www.legislation.gov.uk/x) | **a** \\| `b` |\n"
        "| Clean Air Act | one<br>two |\n\ntext\n\nLaw | Owner\n--- | ---\nNoise Act | EHS\n"
    )
    found = read_text(text)
    assert (found.kind, [table.name for table in found.tables]) == ("markdown", ["Table 1", "Table 2"])
    assert cells(found) == [["Law", "Note"], ["Noise Act", "a | b"], ["Clean Air Act", "one\ntwo"]]
    assert [row.line for row in found.tables[0].rows] == [3, 5, 6]
    assert found.tables[0].rows[1].links == {"0": "https://www.legislation.gov.uk/x"}
    assert cells(found, 1) == [["Law", "Owner"], ["Noise Act", "EHS"]]


def test_the_rule_below_headings_is_bound() -> None:
    at_most = "|" + "-" * (RULE_CHARS_MAX - 2) + "|"
    assert read_text(f"| Law |\n{at_most}\n| x |\n").kind == "markdown"
    assert read_text(f"| Law |\n-{at_most}\n| x |\n").kind != "markdown"


def test_more_tables_in_markdown_than_the_bound() -> None:
    found = read_text("Law | x\n--- | ---\na | b\n\n" * (TABLES_MAX + 1))
    assert (len(found.tables), len(found.told)) == (TABLES_MAX, 1)


def test_json_is_a_table_of_its_keys() -> None:
    found = read_text(
        json.dumps([{"title": "Noise Act", "year": 1996}, {"title": "X", "tags": ["a", "b"], "in": True}])
    )
    assert found.kind == "json"
    assert [(row.line, row.cells) for row in found.tables[0].rows] == [
        (0, ["title", "year", "tags", "in"]),
        (1, ["Noise Act", "1996", "", ""]),
        (2, ["X", "", "a; b", "TRUE"]),
    ]


def test_json_may_have_its_rows_in_an_object_or_one_a_line() -> None:
    rows = [{"title": "Noise Act", "more": {"a": 1}}, {"title": "X"}]
    wanted = [["title", "more"], ["Noise Act", '{"a":1}'], ["X", ""]]
    whole = read_text(json.dumps({"title": "A list", "records": rows}))
    by_line = read_text("\n\n".join(map(json.dumps, rows)))
    assert cells(whole) == cells(by_line) == wanted
    assert (by_line.kind, [row.line for row in by_line.tables[0].rows]) == ("ndjson", [0, 1, 3])
    assert any("shown as JSON" in told for told in whole.tables[0].told)
    assert cells(read_text('["Noise Act", "X"]')) == [["Noise Act"], ["X"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{}, 1]", "no table"),
        ('[{"a": 1}', "not valid JSON"),
        ('{"a": 1}\n{"b": ', "Line 2 is not valid JSON"),
        ('{"a":' * 100_000, "not valid JSON"),
        ("", "nothing in it"),
        ("  \n", "nothing in it"),
    ],
)
def test_json_and_texts_that_are_none(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_text(text)


def test_json_with_more_keys_than_columns_is_cut() -> None:
    whole = read_text(json.dumps([{f"k{at}": "v" for at in range(COLUMNS_MAX)}]))
    assert whole.tables[0].told == []
    found = read_text(json.dumps([{f"k{at}": "v"} for at in range(COLUMNS_MAX + 1)]))
    assert len(cells(found)[0]) == COLUMNS_MAX
    assert any(f"of {COLUMNS_MAX + 1} columns" in told for told in found.tables[0].told)


# ------------------------------------------------------------------------------------------------- bounds


def test_a_long_cell_is_cut_and_told() -> None:
    whole = read_text("Law\tNote\nx\t" + "a" * CELL_CHARS_MAX)
    assert (len(cells(whole)[1][1]), whole.tables[0].told) == (CELL_CHARS_MAX, [])
    cut = read_text("Law\tNote\nx\t" + "a" * 1_000_000)
    assert len(cells(cut)[1][1]) == CELL_CHARS_MAX
    assert any("1 cell has more than" in told for told in cut.tables[0].told)


def test_rows_beyond_the_bound_are_cut_and_told() -> None:
    whole = read_text("x\n" * ROWS_MAX)
    assert (len(whole.tables[0].rows), whole.tables[0].told) == (ROWS_MAX, [])
    cut = read_text("x\n" * (ROWS_MAX + 1))
    assert len(cut.tables[0].rows) == ROWS_MAX
    assert any(f"after line {ROWS_MAX:,}" in told for told in cut.tables[0].told)


def test_text_beyond_the_bound_of_a_file_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FILE_CHARS_MAX > 20_000 * 400
    monkeypatch.setattr(gathering, "FILE_CHARS_MAX", 100)
    assert len(read_text("x" * 50 + "\n" + "y" * 50).tables[0].rows) == 2
    cut = read_text("x" * 50 + "\n" + "y" * 51)
    assert len(cut.tables[0].rows) == 1
    assert len(cut.tables[0].told) == 1


def test_what_merged_cells_repeat_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "FILE_CHARS_MAX", 100)
    one = Gathering(Room())
    one.add(1, ["x" * 30, "a"])
    one.add(2, ["", "b"])
    one.merge([Span(1, 2, 0, 0), Span(1, 2, 2, 90)])
    assert [len(row.cells[0]) for row in one.table("").rows] == [30, 30]
    other = Gathering(Room())
    other.add(1, ["x" * 60, "a"])
    other.add(2, ["", "b"])
    other.merge([Span(1, 2, 0, 0)])
    table = other.table("")
    assert [len(row.cells[0]) for row in table.rows] == [60, 0]
    assert any("left out" in told for told in table.told)


def test_of_many_hidden_rows_a_few_are_named() -> None:
    found = Gathering(Room())
    for line in range(1, TOLD_NAMES_MAX + 3):
        found.add(line, ["x"], hidden=True)
    (told,) = found.table("").told
    assert told.startswith(f"{TOLD_NAMES_MAX + 2} rows are hidden (1, 2, ")
    assert f"{TOLD_NAMES_MAX} and 2 more" in told
