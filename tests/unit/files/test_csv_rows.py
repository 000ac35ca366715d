"""CSV as people have it: broken rows cost themselves and nothing else."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput
from sertantai.files import csv_rows
from sertantai.files.csv_rows import CsvRows
from sertantai.files.sources import SourceRow, open_source
from sertantai.records.columns import COLUMNS, REQUIRED, RowRejected

CELLS = st.text(alphabet=st.sampled_from('ab é💚,;"\n\r\t'), max_size=6)


def read(path: Path, text: str) -> list[SourceRow]:
    path.write_bytes(text.encode())
    with open_source(path) as source:
        return list(CsvRows(source, REQUIRED))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "laws.csv"


def good(rows: list[SourceRow]) -> list[tuple[int, str]]:
    return [(row.line, row.values[0]) for row in rows if row.problem is None]


def bad(rows: list[SourceRow]) -> list[int]:
    return [row.line for row in rows if row.problem is not None]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_any_line_end_separator_and_byte_order_mark(path: Path, end: str, delimiter: str, bom: str) -> None:
    lines = [("name", "title_en"), ("a", '"x\ny"'), ("b", "z")]
    rows = read(path, bom + "".join(delimiter.join(line) + end for line in lines))
    assert [row.values for row in rows] == [["a", "x\ny"], ["b", "z"]]
    assert [row.line for row in rows] == [2, 4]


def test_an_unclosed_quote_loses_one_line(path: Path) -> None:
    text = 'name,title_en\na,1\nb,"2\nc,3\nd,"4"\ne,5\n'
    rows = read(path, text)
    assert good(rows) == [(2, "a"), (4, "c"), (5, "d"), (6, "e")]
    assert bad(rows) == [3]


def test_an_unclosed_quote_at_the_end_loses_one_line(path: Path) -> None:
    many = "".join(f"n{n},{n}\n" for n in range(3 * csv_rows.BLOCK_LINES))
    rows = read(path, f'name,title_en\nb,"2\n{many}')
    assert bad(rows) == [2]
    assert good(rows)[0] == (3, "n0")
    assert len(good(rows)) == 3 * csv_rows.BLOCK_LINES
    assert good(rows)[-1] == (3 * csv_rows.BLOCK_LINES + 2, "n2999")


def test_lines_are_read_again_only_so_often(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "REREAD_LINES_MAX", 10)
    rows = read(path, "name,title_en\n" + 'a,"b\n' * 40)
    # Each takes the next line with it; nine of those are read again, then both are lost.
    assert bad(rows) == [*range(2, 11), *range(11, 42, 2)]
    assert good(rows) == []


def test_a_field_without_end_is_rejected(path: Path) -> None:
    rows = read(path, f"name,title_en\na,{'x' * 200_000}\nb,2\n")
    assert (bad(rows), good(rows)) == ([2], [(3, "b")])


def test_blank_lines_are_no_rows(path: Path) -> None:
    assert good(read(path, "name,title_en\n\na,1\n\n\nb,2\n\n")) == [(3, "a"), (6, "b")]


@pytest.mark.parametrize("text", ["title,year\na,1\n", "a\n", "%PDF-1.7\n\x00\x01\n", '"name,title_en\n'])
def test_a_wrong_header_is_shown(path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="not a header") as refused:
        read(path, text)
    assert refused.value.field == "file"


@given(st.lists(st.tuples(CELLS, CELLS).filter(any), max_size=40), st.integers(1, 4))
def test_what_a_writer_wrote_is_read(cells: list[tuple[str, str]], block_lines: int) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([("name", "title_en"), *cells])
    rows = list(_rows_of(written.getvalue(), block_lines))
    assert [tuple(row.values) for row in rows] == cells


@given(st.lists(st.sampled_from(["a,1\n", 'b,"2\n3"\n', 'c,"4\n', "d\n", 'e,"5" 6\n', "\n"]), max_size=30))
def test_good_rows_between_broken_ones_survive(lines: list[str]) -> None:
    rows = list(_rows_of("name,title_en\n" + "".join(lines), 2))
    kept = [row.values[0] for row in rows if row.problem is None]
    assert kept.count("a") == lines.count("a,1\n")
    assert [row.line for row in rows] == sorted({row.line for row in rows})


def _rows_of(text: str, block_lines: int) -> list[SourceRow]:
    class InMemory:
        def __init__(self) -> None:
            self.text = io.StringIO(text, newline="")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(csv_rows, "BLOCK_LINES", block_lines)
        return list(CsvRows(InMemory(), REQUIRED))  # type: ignore[arg-type]  # of a source, only its text is read


ENDLESS_CHARS = 24 * 1024 * 1024


@pytest.mark.parametrize(
    ("start", "more"),
    [
        ("name,title_en\nUK_a,", "a" * 65_536),
        ("name,title_en\nUK_a,", "a," * 32_768),
        ("name,title_en\nUK_a,", '"a\n",' * 13_107),
    ],
    ids=["one cell", "many cells", "a row of many lines"],
)
def test_a_row_without_end_is_refused_and_never_held(path: Path, start: str, more: str) -> None:
    """Packed, it is a small file."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(start.encode())
        for _ in range(ENDLESS_CHARS // len(more)):
            file.write(more.encode())
    with open_source(path) as source, pytest.raises(InvalidInput, match="is longer than"):
        for _ in CsvRows(source, REQUIRED):
            pass


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://example.org/", "//example.org", "data:text/html,x"]
)
def test_only_addresses_of_the_web_are_links(link: str) -> None:
    parse = COLUMNS["leg_gov_uk_url"].parse
    with pytest.raises(RowRejected):
        parse(link)
    assert parse("HTTPS://www.legislation.gov.uk/x") == "HTTPS://www.legislation.gov.uk/x"
    assert parse("") is None
