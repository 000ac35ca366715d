"""Every format, read back by a program that is not ours."""

import csv
import io
import json
import re
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import openpyxl
import pyarrow.parquet  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import NotFound
from sertantai.core.sealing.notes import HEAD_SAID
from sertantai.core.text_cells import plain
from sertantai.files.formats import ExportFormat, content_disposition, file_name, parse_format
from sertantai.files.rows import ExportMeta, ExportRow
from sertantai.files.streaming import export_rows
from sertantai.files.workbook_process import ExportFailed, file_process
from sertantai.lists.importing.table_rows import TableRow, item_of

META = ExportMeta("Fire & safety", datetime(2026, 1, 31, 12, tzinfo=UTC))
ACT = ExportRow(
    id=UUID(int=1),
    name="UK_ukpga_1974_37",
    title_en='Health and Safety at Work etc. Act 1974, "as amended" 💙',
    year=1974,
    number="37",
    type_code="ukpga",
    family="💙 OH&S",
    live="✔ In force",
    md_date=date(1974, 7, 31),
    leg_gov_uk_url="https://www.legislation.gov.uk/id/ukpga/1974/37",
    note='=HYPERLINK("http://evil.example","x")',
    tags=("site", "q3_2026"),
    order=1,
    selected_at=datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
    source="hand",
)
BARE = ExportRow(id=UUID(int=2), name="UK_uksi_1850_1", md_date=date(1850, 5, 1))


async def rows(*given_rows: ExportRow) -> AsyncIterator[ExportRow]:
    for row in given_rows:
        yield row


async def exported(format_: ExportFormat, *given_rows: ExportRow) -> bytes:
    return b"".join([piece async for piece in export_rows(rows(*given_rows), format_, META)])


async def read_csv(*given_rows: ExportRow) -> list[dict[str, str]]:
    text = (await exported(ExportFormat.CSV, *given_rows)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_csv_is_read_back_and_holds_no_formula() -> None:
    act, bare = await read_csv(ACT, BARE)

    assert act["title_en"] == ACT.title_en
    assert act["note"] == "'" + str(ACT.note)
    assert plain(act["note"]) == ACT.note
    assert (act["md_date"], act["tags"], act["order"]) == ("1974-07-31", "site;q3_2026", "1")
    assert act["selected_at"] == "2026-01-02T03:04:05.678000+00:00"
    assert (bare["title_en"], bare["year"]) == ("", "")


async def test_csv_begins_with_a_byte_order_mark_for_excel() -> None:
    assert (await exported(ExportFormat.CSV)).startswith(b"\xef\xbb\xbfid,name,title_en")


async def test_xlsx_has_types_a_frozen_header_links_and_no_formulas() -> None:
    book = openpyxl.load_workbook(io.BytesIO(await exported(ExportFormat.XLSX, ACT, BARE)))
    sheet: Any = book.active
    header = {cell.value: cell.column - 1 for cell in sheet[1]}
    act, bare = sheet[2], sheet[3]

    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert act[header["year"]].value == 1974
    assert act[header["md_date"]].value == datetime(1974, 7, 31)  # noqa: DTZ001  # a cell has no zone
    assert act[header["selected_at"]].value == datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001  # the same
    assert act[header["number"]].value == "37"
    assert act[header["title_en"]].value == ACT.title_en
    assert act[header["leg_gov_uk_url"]].hyperlink.target == ACT.leg_gov_uk_url
    assert (act[header["note"]].value, act[header["note"]].data_type) == (ACT.note, "s")
    assert bare[header["md_date"]].value == "1850-05-01"
    assert all(cell.data_type != "f" for line in sheet for cell in line)


async def test_the_last_line_of_a_workbook_says_the_newest_head_below_the_table(tmp_path: Path) -> None:
    path, head = tmp_path / "book.xlsx", "example.org/trail/1 20852163 AAECAwQ="
    meta = msgspec.structs.replace(META, head=head)
    async with file_process(path, ExportFormat.XLSX, meta) as book:
        await book.add([ACT, BARE])
        await book.finish()
    sheet: Any = openpyxl.load_workbook(path).active
    assert sheet.auto_filter.ref.endswith("3"), "it is no law"
    assert [cell.value for cell in sheet[4]] == [None] * len(sheet[4])
    assert [cell.value for cell in sheet[sheet.max_row] if cell.value] == [f"{HEAD_SAID}{head}"]
    made = item_of(TableRow(5, law=[sheet[sheet.max_row][0].value]))
    assert made is None, "and is read back as none"


async def test_a_workbook_that_cannot_be_made_is_an_error_not_a_cut_off_file(tmp_path: Path) -> None:
    async with file_process(tmp_path / "missing" / "book.xlsx", ExportFormat.XLSX, META) as book:
        await book.add([ACT])
        with pytest.raises(ExportFailed):
            await book.finish()


async def test_json_is_one_object_with_all_records() -> None:
    empty = json.loads(await exported(ExportFormat.JSON))
    found = json.loads(await exported(ExportFormat.JSON, ACT, BARE))

    assert (empty["title"], empty["records"]) == ("Fire & safety", [])
    assert [record["name"] for record in found["records"]] == [ACT.name, BARE.name]
    assert found["records"][0]["tags"] == ["site", "q3_2026"]


async def test_json_keeps_its_commas_between_chunks() -> None:
    many = [ACT] * 1_201
    assert len(json.loads(await exported(ExportFormat.JSON, *many))["records"]) == 1_201


async def test_ndjson_is_one_record_a_line() -> None:
    lines = (await exported(ExportFormat.NDJSON, ACT, BARE)).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(ACT.id), str(BARE.id)]


async def test_bibtex_escapes_what_tex_would_act_upon() -> None:
    text = (await exported(ExportFormat.BIBTEX, ACT, BARE)).decode()

    assert "@legislation{UK_ukpga_1974_37,\n" in text
    assert r"keywords = {site, q3\_2026}" in text
    assert '"as amended"' in text
    assert text.count("{") == text.count("}")
    assert "url = {https://www.legislation.gov.uk/id/ukpga/1974/37}" in text


async def test_a_note_cannot_break_out_of_its_line_in_ris() -> None:
    evil = ExportRow(id=UUID(int=3), name="UK_x", note="first\r\nER  - \r\nTY  - BOOK")
    text = (await exported(ExportFormat.RIS, ACT, evil)).decode()

    assert len(re.findall(r"^TY  - STAT\r$", text, re.MULTILINE)) == 2
    assert len(re.findall(r"^ER  - \r$", text, re.MULTILINE)) == 2
    assert "PY  - 1974\r\n" in text


async def test_parquet_is_read_by_arrow() -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(await exported(ExportFormat.PARQUET, ACT, BARE)))

    act, bare = table.to_pylist()
    assert (act["year"], act["title_en"], act["tags"]) == (1974, ACT.title_en, "site;q3_2026")
    assert (act["md_date"], act["selected_at"]) == (ACT.md_date, ACT.selected_at)
    assert (bare["md_date"], bare["year"], bare["tags"]) == (date(1850, 5, 1), None, None)
    assert str(table.schema.field("selected_at").type) == "timestamp[us, tz=UTC]"


@pytest.mark.parametrize("count", [0, 1, 8, 9, 20_000, 20_001, 45_000])
async def test_parquet_of_any_length_is_whole(count: int) -> None:
    given_rows = [ExportRow(id=UUID(int=n), name=f"n{n}", year=n if n % 3 else None) for n in range(count)]
    table = pyarrow.parquet.read_table(io.BytesIO(await exported(ExportFormat.PARQUET, *given_rows)))

    assert table.column("name").to_pylist() == [row.name for row in given_rows]
    assert table.column("year").to_pylist() == [row.year for row in given_rows]


@pytest.mark.parametrize("format_", [ExportFormat.CSV, ExportFormat.XLSX])
async def test_memory_does_not_grow_with_the_rows(format_: ExportFormat) -> None:
    async def many() -> AsyncIterator[ExportRow]:
        for number in range(12_000):
            yield ExportRow(
                id=UUID(int=number), name=f"UK_uksi_2000_{number}", title_en=f"Title {number} " * 40
            )

    tracemalloc.start()
    try:
        size = 0
        async for piece in export_rows(many(), format_, META):
            size += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size > 100_000
    # All 12,000 rows together take over 9 MB.
    assert peak < 4_000_000


@pytest.mark.parametrize(
    ("title", "header"),
    [
        ("Fire safety", 'attachment; filename="Fire safety.csv"'),
        ("Été 💙", "attachment; filename=\"_t_ _.csv\"; filename*=UTF-8''%C3%89t%C3%A9%20%F0%9F%92%99.csv"),
        ('a/b\\c"d\r\nX: y', 'attachment; filename="a b c d X y.csv"'),
        ("..", 'attachment; filename="export.csv"'),
    ],
)
def test_a_file_is_named_after_the_list_and_cannot_break_the_header(title: str, header: str) -> None:
    assert content_disposition(title, ExportFormat.CSV) == header


def test_an_unknown_format_is_not_found() -> None:
    assert parse_format("xlsx") is ExportFormat.XLSX
    with pytest.raises(NotFound):
        parse_format("exe")


@given(st.text(max_size=200))
def test_any_title_makes_one_safe_header_and_a_name_for_every_file_system(title: str) -> None:
    header = content_disposition(title, ExportFormat.CSV)
    assert header.isascii()
    assert header.isprintable(), "no line of its own"
    assert re.fullmatch(r'attachment; filename="[\w ._()-]+\.csv"(; filename\*=UTF-8\'\'[\w.~%-]+)?', header)
    name = file_name(title, ExportFormat.CSV)
    assert not {"/", "\\", "\0", ":"} & set(name)
    assert not name.startswith(".")
