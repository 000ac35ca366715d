"""Whatever comes as a filter, a cursor or a register file is read or refused; nothing else happens."""

import base64
import gzip
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.files.csv_rows import CsvRows
from sertantai.files.json_rows import json_header, json_rows
from sertantai.files.sources import Format, SourceRow, open_source
from sertantai.records.columns import REQUIRED, SORTABLE, RowRejected
from sertantai.records.cursors import Cursor, decode_cursor
from sertantai.records.filters import FILTER_FIELDS, RecordFilter, parse_filter
from sertantai.records.importing.staging import COLUMNS_MAX, Staging
from sertantai.records.sorting import parse_sort
from tests.unit.records.small_register import Law, catalogue_of

CATALOGUE = catalogue_of(
    [
        Law(1, "UK_ukpga_1974_37", "Health and Safety at Work etc. Act", "ukpga", 1974, "37"),
        Law(2, "UK_uksi_2002_2677", "The Control of Substances Regulations", "uksi", 2002, "2677"),
        Law(3, "UK_nisr_2002_2677", "The Control of Substances Regulations", None, None, None),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
FIELDS = st.sampled_from(sorted(FILTER_FIELDS)) | st.text(max_size=10)


@given(st.dictionaries(FIELDS, VALUES, max_size=4))
def test_any_filter_is_read_and_answered_or_refused_with_its_field(given_filter: dict[str, Any]) -> None:
    try:
        wanted = parse_filter(given_filter)
    except InvalidInput as refused:
        assert refused.field == "" or refused.field in {str(field)[:60] for field in given_filter}  # noqa: PT017  # it may be either
        return
    matching = CATALOGUE.matching(wanted)
    assert matching <= BitMap([1, 2, 3])
    CATALOGUE.facets(wanted, BitMap([1]))


@given(st.text(max_size=1_000))
@example("legislation.gov.uk/aaa/" + "and" * 300)
@example("\0")
def test_any_words_are_looked_for(q: str) -> None:
    assert CATALOGUE.matching(RecordFilter(q=q)) <= BitMap([1, 2, 3])


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(value)).rstrip(b"=").decode()


FORGED = st.tuples(
    st.just("") | st.sampled_from(SORTABLE),
    st.lists(st.none() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=2_100), max_size=3),
    st.integers(-(2**63), 2**64 - 1),
)


@given(FORGED, st.sampled_from(SORTABLE), st.booleans())
def test_a_cursor_that_somebody_made_up_goes_on_somewhere_or_is_refused(
    forged: tuple[str, list[Any], int], column: str, descending: bool
) -> None:
    """Cursors are not signed: its values may be of any kind and any size."""
    sort = parse_sort(f"-{column}" if descending else column)
    named, values, number = forged
    text = packed((named or str(sort), values, number))
    try:
        cursor = decode_cursor(text, sort)
        assert isinstance(cursor, Cursor)
        shown, _ = CATALOGUE.page(BitMap([1, 2, 3]), sort, cursor, 2)
    except InvalidInput as refused:
        assert refused.field == "cursor"  # noqa: PT017  # it may be either
        return
    assert set(shown) <= {1, 2, 3}


@given(VALUES | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3))
def test_any_packed_value_is_a_cursor_or_refused(value: Any) -> None:
    with suppress(InvalidInput, UnicodeEncodeError, OverflowError):
        decode_cursor(packed(value), parse_sort("title_en"))


# ---------------------------------------------------------------------------------------- register files

CSV_TEXT = st.text(st.sampled_from('name,title_en"\r\n;\t\0aé💚\udcff'), max_size=200)
JSON_RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from(["name", "title_en", "year", "number", "md_date", "tags", "role", "x"]), VALUES
    )
    | VALUES,
    max_size=5,
)


def assert_read_or_refused(path: Path, content: bytes) -> None:
    """As `import_file` reads it: each row is staged or rejected, or the whole file is refused."""
    path.write_bytes(content)
    with suppress(InvalidInput), open_source(path) as source:
        if source.format is Format.CSV:
            rows = CsvRows(source, REQUIRED)
            stage(Staging(rows.header), rows)
            return
        header = json_header(source, COLUMNS_MAX)
        with open_source(path) as again:
            stage(Staging(header), json_rows(again, header))


def stage(staging: Staging, rows: Iterable[SourceRow]) -> None:
    for row in rows:
        if row.problem is None:
            with suppress(RowRejected):
                staging.row(row.line, row.values)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "register"


@given(body=st.binary(max_size=300), zipped=st.booleans())
def test_any_bytes_are_a_register_file_or_refused(path: Path, body: bytes, zipped: bool) -> None:
    assert_read_or_refused(path, gzip.compress(body) if zipped else body)


@given(body=CSV_TEXT, separator=st.sampled_from(",;\t"))
def test_any_rows_below_a_header_are_staged_or_rejected(path: Path, body: str, separator: str) -> None:
    header = separator.join(("name", "title_en", "year"))
    assert_read_or_refused(path, f"{header}\n{body}".encode("utf-8", "surrogateescape"))


@given(records=JSON_RECORDS, lines=st.booleans(), cut=st.integers(0, 40))
def test_any_json_is_staged_rejected_or_refused(
    path: Path, records: list[Any], lines: bool, cut: int
) -> None:
    first = {"name": "UK_uksi_1_1", "title_en": "First"}
    text = (
        "\n".join(json.dumps(record) for record in [first, *records])
        if lines
        else json.dumps([first, *records])
    )
    assert_read_or_refused(path, text[: len(text) - cut].encode())


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"name": "a", "title_en": "b", "tags": ' + b"[" * 100_000 + b"\n",
        b'[{"name": "a", "title_en": "b", "year": ' + b"9" * 10_000 + b"}]",
        gzip.compress(b"0" * 50_000_000),
    ],
)
def test_what_would_break_the_stack_a_number_or_the_memory_is_refused(path: Path, content: bytes) -> None:
    assert_read_or_refused(path, content)
