"""What is pasted or uploaded is told apart, and what was added to each record comes along."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.spelling import lines
from sertantai.files.lines import CsvWriter, NdjsonWriter
from sertantai.files.rows import ExportMeta, ExportRow
from sertantai.lists.annotations import spelled
from sertantai.lists.importing.annotations import PERSON_CHARACTERS_MAX
from sertantai.lists.importing.lines import ITEMS_MAX, KEYS, read_items
from sertantai.lists.importing.live_lists import not_taken

NOTES = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("\n\t"), max_size=40)
    .map(lambda text: lines(text, "note"))
    .filter(bool)
)
"""As every way in keeps them."""
TAGS = st.lists(st.sampled_from(["a", "b c", "ü"]), unique=True, max_size=3)


def test_lines_lose_bullets_and_blanks_and_keep_their_numbers() -> None:
    kind, items = read_items("\ufeff1974 c. 37\n\n • SI 2023/1164 \n- UK_uksi_2023_1164\n")
    assert kind == "lines"
    assert [(item.line, item.texts) for item in items] == [
        (1, ("1974 c. 37",)),
        (3, ("SI 2023/1164",)),
        (4, ("UK_uksi_2023_1164",)),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("id,note\n1,2\n", "csv"),
        ("Health, safety and welfare\n", "lines"),
        ('["UK_uksi_2023_1164"]', "json"),
        ('{"title": "x", "records": [{"name": "y"}]}', "json"),
        ('{"name": "a"}\n{"name": "b"}\n', "ndjson"),
        ("", "lines"),
        ("[1] Clean Air Act 1993\n[2] Environmental Protection Act 1990", "lines"),
        ("[Clean Air Act 1993](https://www.legislation.gov.uk/ukpga/1993/11)", "lines"),
        ("{COSHH}\nSI 2002/2677", "lines"),
        ("[1]", "json"),
    ],
)
def test_kinds_are_told_by_how_they_begin(text: str, kind: str) -> None:
    assert read_items(text)[0] == kind


@given(NOTES, TAGS)
def test_a_csv_row_comes_back_with_its_note_and_tags(note: str, tags: list[str]) -> None:
    row = ExportRow(id=UUID(int=7), name="UK_uksi_2023_1164", note=note, tags=tuple(tags), order=3)
    writer = CsvWriter()
    text = writer.start(ExportMeta("x", datetime(2026, 1, 1, tzinfo=UTC))) + writer.rows([row]) + writer.end()
    kind, [item] = read_items(text)
    assert kind == "csv"
    assert item.texts == (str(UUID(int=7)), "UK_uksi_2023_1164")
    assert item.annotation.get("note") == note
    assert item.annotation.get("tags", []) == tags
    assert item.annotation.get("rank") == 3


@given(NOTES)
def test_an_ndjson_line_comes_back_whatever_its_note_holds(note: str) -> None:
    row = ExportRow(id=UUID(int=7), name="UK_uksi_2023_1164", note=note)
    _, items = read_items(NdjsonWriter().rows([row, row]))
    assert [item.annotation for item in items] == [{"note": note}] * 2


def test_records_of_a_json_file_come_with_notes() -> None:
    file = {"title": "L", "records": [{"name": "a", "note": "n", "tags": ["t"], "order": 2}, {"year": 1}, 3]}
    _, items = read_items(msgspec.json.encode(file).decode())
    assert [(item.texts, item.annotation) for item in items] == [
        (("a",), {"note": "n", "tags": ["t"], "rank": 2})
    ]


@pytest.mark.parametrize("text", ['["a"', '{"name": "a"}\n{broken\n', 'id,note\n1,"open\n', '[{"name": 1}'])
def test_a_broken_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_items(text)
    assert refusal.value.field == "text"


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("PK\x03\x04\x14\x00\x06", "Excel"),
        ("PAR1\x15\x04", "Parquet"),
        ("%PDF-1.7\n", "PDF"),
        ("\x1f\ufffd\x08\x00", "compressed"),
        ("% Mine, 2026-01-01\n\n@legislation{UK_ukpga_1974_37,\n  type = {ukpga}\n}", "BibTeX"),
        ("@legislation{UK_ukpga_1974_37,\n", "BibTeX"),
        ("TY  - STAT\r\nID  - UK_ukpga_1974_37\r\nER  - \r\n", "RIS"),
        ("Clean\x00Air\x01Act\ufffd1993", "not a text file"),
    ],
)
def test_a_file_of_another_kind_is_never_searched(file: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_items(file)


def test_what_is_not_kept_as_it_was_given_is_told_for_its_law() -> None:
    rows = [
        {"name": "a", "note": "n" * 12_000, "tags": ["t" * 500, "kept"], "order": "first"},
        {"name": "b", "note": "nul\0", "tags": [str(number) for number in range(60)], "order": 10**40},
        {"name": "c", "note": "n" * 10_000, "tags": ["t" * 100], "order": 3},
    ]
    _, [a, b, c] = read_items(json.dumps(rows))
    assert (len(a.annotation["note"]), a.annotation["tags"]) == (10_000, ["kept"])
    assert [told.split()[1] for told in a.told] == ["note", "tag", "position"]
    assert (b.annotation["note"], len(b.annotation["tags"])) == ("nul", 50)
    assert ["control characters" in b.told[0], "60 tags" in b.told[1], "too large" in b.told[2]] == [True] * 3
    assert c.told == ()


RECORDS = st.dictionaries(st.sampled_from([*KEYS, "note", "tags", "order", "rank", "x"]), JSON_VALUES)


def assert_read_or_refused(text: str) -> None:
    """Whatever is read can be kept: an annotation that could not would be lost after it was acknowledged."""
    try:
        _, items = read_items(text)
    except (InvalidInput, TooLarge):
        return
    for item in items:
        assert all(item.texts)
        assert spelled(item.annotation) == item.annotation


@given(st.text() | st.text(alphabet='[]{}",:\n id,name0e9-\0'))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_read_or_refused(text)


@given(st.lists(RECORDS | JSON_VALUES, max_size=5), st.sampled_from(["json", "ndjson", "records"]))
def test_any_json_is_read_or_refused(records: list[Any], kind: str) -> None:
    if kind == "ndjson":
        assert_read_or_refused("\n".join(json.dumps(record) for record in records))
    else:
        assert_read_or_refused(json.dumps({"records": records} if kind == "records" else records))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"name": "x"}\n' + "[" * 200_000,
        f'[{{"name": {"9" * 10_000}}}]',
        '[{"name": "x", "order": 1e308}]',
        f"name,order\nx,{'9' * 10_000}\n",
    ],
)
def test_what_would_break_the_stack_or_a_number_is_read_or_refused(text: str) -> None:
    assert_read_or_refused(text)


def test_more_than_an_import_takes_is_refused_by_number() -> None:
    with pytest.raises(TooLarge, match="50,000"):
        read_items("x\n" * (ITEMS_MAX + 1))


def test_what_an_import_does_not_take_of_a_live_list_is_said() -> None:
    exceptions = [
        {"name": "a", "always": True},
        {"name": "b", "always": False},
        {"name": "c", "always": False},
    ]
    file = {"title": "L", "filter": {"q": "noise"}, "exceptions": exceptions, "records": [{"name": "a"}]}
    [sentence] = not_taken("json", "\ufeff" + json.dumps(file))
    assert "followed a filter, with 1 always in and 2 never in" in sentence
    [sentence] = not_taken("json", json.dumps({**file, "exceptions": []}))
    assert "followed a filter. " in sentence


@pytest.mark.parametrize(
    "text", ['{"records": []}', '["a"]', '{"filter": 3}', "{broken", '{"exceptions": [1]}', ""]
)
def test_of_other_files_nothing_is_said(text: str) -> None:
    assert not_taken("json", text) == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_a_line_ends_as_the_program_that_wrote_it_ends_lines(end: str) -> None:
    kind, items = read_items(end.join(("1974 c. 37", "", "1993 c. 11", "")))
    assert (kind, [(one.line, one.texts) for one in items]) == (
        "lines",
        [(1, ("1974 c. 37",)), (3, ("1993 c. 11",))],
    )


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2027-03-31", "2027-03-31"),
        (" 2027-03-31 ", "2027-03-31"),
        ("31/03/2027", None),
        ("2027-02-30", None),
        ("20270331", None),
        ("2027-W13-3", None),
        ("soon", None),
    ],
)
def test_who_is_responsible_is_text_and_a_review_date_a_day_or_nothing(written: str, day: str | None) -> None:
    _, [item] = read_items(f"name,responsible,review_on\nUK_ukpga_1993_11, Ann Lee ,{written}\n")
    assert item.annotation.get("responsible") == "Ann Lee"
    assert item.annotation.get("review_on") == day
    assert len(item.told) == (day is None)
    _, [bare] = read_items("name,responsible,review_on\nUK_ukpga_1993_11,,\n")
    assert (bare.annotation, bare.told) == ({}, ())


def test_of_a_name_as_much_is_looked_for_as_an_address_can_have() -> None:
    for more in (0, 1):
        _, [item] = read_items(f"name,responsible\nUK_ukpga_1993_11,{'x' * (PERSON_CHARACTERS_MAX + more)}\n")
        assert item.annotation["responsible"] == "x" * PERSON_CHARACTERS_MAX
