"""Our own Parquet comes back as it was exported; that of others, and what is broken, is refused."""

from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pyarrow  # type: ignore[import-untyped]  # it has no types
import pyarrow.parquet  # type: ignore[import-untyped]  # nor has this
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput, SertantaiError, TooLarge
from sertantai.files import rows
from sertantai.files.parquet import ParquetWriter
from sertantai.files.rows import ExportRow
from sertantai.files.tables import parquet_tables, thrift_reading
from sertantai.files.tables.parquet_tables import read_parquet
from sertantai.files.tables.recognising import read_file
from sertantai.files.tables.thrift_reading import DEPTH_MAX, VARINT_BYTES_MAX, ThriftReader

ACT = ExportRow(
    id=UUID(int=1),
    name="UK_ukpga_1996_37",
    title_en="Noise Act 1996 – “as amended”",
    year=1996,
    number="37",
    type_code="ukpga",
    family=None,
    live=None,
    md_date=date(1996, 7, 18),
    leg_gov_uk_url=None,
    note="one\ntwo",
    tags=("site", "q3"),
    selected_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
)
BARE = ExportRow(
    id=UUID(int=2),
    name="x",
    title_en=None,
    year=None,
    number=None,
    type_code=None,
    family=None,
    live=None,
    md_date=None,
    leg_gov_uk_url=None,
)


def exported(*groups: list[ExportRow]) -> bytes:
    writer = ParquetWriter()
    return writer.start() + b"".join(writer.rows(group) for group in groups) + writer.end()


def test_an_export_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(exported([ACT, BARE, ACT], [BARE]))
    found = read_file(path, "list.parquet")
    assert found.kind == "parquet"
    heading, first, second, *rest = found.tables[0].rows
    assert tuple(heading.cells) == rows.COLUMNS
    assert [row.line for row in (heading, first, second, *rest)] == [0, 1, 2, 3, 4]
    named = dict(zip(heading.cells, first.cells, strict=True))
    assert named["title_en"] == ACT.title_en
    assert (named["year"], named["md_date"], named["note"]) == ("1996", "1996-07-18", "one\ntwo")
    assert named["selected_at"] == "2026-01-31T12:00:00+00:00"
    assert "site" in named["tags"]
    assert [cell for cell in second.cells if cell] == [str(BARE.id), "x"]
    assert [row.cells for row in rest] == [first.cells, second.cells]


def test_an_export_of_nothing_has_its_headings() -> None:
    assert len(read_parquet(exported()).tables[0].rows) == 1


def test_that_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"law": ["Noise Act"]}), path)
    with pytest.raises(InvalidInput, match="other programs"):
        read_parquet(path.read_bytes())


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
@example(422, b"\x08\x08\x08\x08\n\x98")  # more values are said to be there than there are
def test_whatever_is_broken_in_it_is_a_refusal(at: int, changed: bytes) -> None:
    data = bytearray(exported([ACT, BARE]))
    at %= len(data)
    data[at : at + len(changed)] = changed
    with suppress(SertantaiError):  # no other
        read_parquet(bytes(data))


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_tables, "UNPACKED_BYTES_MAX", 100)
    with pytest.raises(TooLarge):
        read_parquet(exported([ACT] * 100))


def test_numbers_and_structs_without_end_are_refused() -> None:
    assert ThriftReader(b"\xff" * (VARINT_BYTES_MAX - 1) + b"\x01").varint() > 0
    for data in (b"\xff" * 100, b"\x1c" * 10_000, b"\x19\xfc\xff\xff\xff\xff\x0f", b""):
        with pytest.raises(InvalidInput):
            ThriftReader(data).struct()
    with pytest.raises(InvalidInput):
        ThriftReader(b"\xff" * VARINT_BYTES_MAX + b"\x01").varint()
    nested = b"\x1c" * (DEPTH_MAX + 1) + bytes(DEPTH_MAX + 2)
    assert thrift_reading.DEPTH_MAX > 3
    with pytest.raises(InvalidInput):
        ThriftReader(nested).struct()
    assert ThriftReader(nested[1:]).struct()
