"""The report of an import: what is taken of it, how it is packed, and the file that it becomes."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import RecordId
from sertantai.lists.importing import report_file
from sertantai.lists.importing.report_file import NamedLaw
from sertantai.lists.importing.reports import (
    LINE_NUMBER_MAX,
    LINES_MAX,
    NOT_BROUGHT,
    OUTCOME_WORDS,
    OUTCOMES,
    REASON_CHARACTERS_MAX,
    TEXT_BYTES_MAX,
    TEXT_CHARACTERS_MAX,
    UNKNOWN_LAW,
    GivenLine,
    Outcome,
    ReportLine,
    packed,
    read_report,
    refuse_unreported,
    settled,
    unpacked,
)

LAW, OTHER, NOBODYS = (RecordId(UUID(int=number)) for number in (1, 2, 3))


def given(line: int = 1, text: str = "COSHH", outcome: Any = "missing", **fields: Any) -> GivenLine:
    return GivenLine(line, text, outcome, **fields)


def test_what_was_packed_comes_out_again_and_is_counted() -> None:
    lines = [
        ReportLine(4, "Noise Act 1996", "imported", LAW, "by title"),
        ReportLine(5, "größer\n“quoted” \\ 法", "missing"),
        ReportLine(5, "the second of two", "missing", None, "no such number"),
    ]
    kept = packed(lines)
    assert unpacked(kept.report) == lines
    assert kept.outcomes == {**dict.fromkeys(OUTCOMES, 0), "imported": 1, "missing": 2}
    assert kept.plain_bytes > len("Noise Act 1996")
    assert unpacked(packed([]).report) == []


def test_an_imported_line_names_its_law() -> None:
    read = read_report([given(outcome="imported", record_id=str(LAW)), given(outcome="left_out")])
    assert [one.record_id for one in read] == [LAW, None]
    for outcome in ("imported", "already", "repeated"):
        with pytest.raises(InvalidInput, match=r"report\[1\]\.record_id") as refused:
            read_report([given(), given(outcome=outcome)])
        assert refused.value.field == "report"
    for wrong in (given(record_id="no uuid"), given(outcome="missing", record_id=str(LAW))):
        with pytest.raises(InvalidInput, match=r"report\[0\]\.record_id"):
            read_report([wrong])


def test_control_characters_refuse_no_import() -> None:
    (read,) = read_report([given(text="a\x00b\r\nc", reason="\x07bell")])
    assert (read.text, read.reason) == ("ab\nc", "bell")


def test_what_is_longer_than_its_bound_is_cut_and_shows_it() -> None:
    (whole, cut) = read_report(
        [
            given(text="x" * TEXT_CHARACTERS_MAX, reason="r" * REASON_CHARACTERS_MAX),
            given(text="x" * (TEXT_CHARACTERS_MAX + 1), reason="r" * (REASON_CHARACTERS_MAX + 1)),
        ]
    )
    assert (len(whole.text), whole.text[-1], len(whole.reason or "")) == (
        TEXT_CHARACTERS_MAX,
        "x",
        REASON_CHARACTERS_MAX,
    )
    assert (len(cut.text), cut.text[-2:]) == (TEXT_CHARACTERS_MAX, "x…")
    assert len(cut.reason or "") == REASON_CHARACTERS_MAX


def test_so_many_lines_are_taken_and_no_more() -> None:
    assert len(read_report([given()] * LINES_MAX)) == LINES_MAX
    with pytest.raises(TooLarge, match="25,000 lines in one request") as refused:
        read_report([given()] * (LINES_MAX + 1))
    assert refused.value.field == "report"


def test_so_many_bytes_are_taken_and_no_more() -> None:
    two_bytes = given(text="é" * 1_000)
    assert len(read_report([two_bytes] * (TEXT_BYTES_MAX // 2_000))) == 750
    with pytest.raises(TooLarge, match="1,500,000 bytes") as refused:
        read_report([*[two_bytes] * (TEXT_BYTES_MAX // 2_000), given(text="", reason="x")])
    assert refused.value.field == "report"


@pytest.mark.parametrize("line", [0, -1, LINE_NUMBER_MAX + 1])
def test_lines_are_counted_from_one(line: int) -> None:
    read_report([given(1), given(LINE_NUMBER_MAX)])
    with pytest.raises(InvalidInput, match="whole number from 1"):
        read_report([given(line)])


def test_what_the_list_held_was_not_brought_in_and_what_nobody_knows_was_not_found() -> None:
    lines = [
        ReportLine(1, "a", "imported", LAW),
        ReportLine(2, "b", "imported", OTHER),
        ReportLine(3, "c", "imported", NOBODYS),
        ReportLine(4, "d", "ambiguous", LAW),
        ReportLine(5, "e", "missing"),
    ]
    found = [*settled(lines, {LAW: 7, OTHER: 8, NOBODYS: -1}, BitMap([7, 8]), BitMap([7]), BitMap([7]))]
    assert [one.outcome for one in found] == ["already", "imported", "missing", "ambiguous", "missing"]
    assert (found[2].reason, found[4].reason) == (UNKNOWN_LAW, None)
    assert found[2].record_id is None


@pytest.mark.parametrize("says", ["imported", "already"])
@pytest.mark.parametrize(
    ("brought", "held", "there", "is_so"),
    [
        ([7], [], [], "imported"),
        ([7], [7], [7], "already"),
        ([7], [], [7], "imported"),  # sent again: it was this import that brought it
        ([], [], [7], "already"),  # another request of the import may have
        ([], [], [], "left_out"),
    ],
)
def test_whether_a_law_came_or_was_there_says_the_list_and_no_client(
    says: Outcome, brought: list[int], held: list[int], there: list[int], is_so: str
) -> None:
    line = ReportLine(1, "a", says, LAW)
    (found,) = settled([line], {LAW: 7}, BitMap(brought), BitMap(held), BitMap(there))
    assert found.outcome == is_so
    assert (found.reason == NOT_BROUGHT) is (is_so == "left_out")


@pytest.mark.parametrize(
    ("says", "is_so"),
    [("imported", "missing"), ("already", "missing"), ("repeated", "missing"), ("left_out", "left_out")],
)
def test_a_line_names_no_law_that_is_none(says: Outcome, is_so: str) -> None:
    (found,) = settled([ReportLine(1, "a", says, LAW)], {}, BitMap(), BitMap(), BitMap())
    assert (found.outcome, found.record_id, found.reason) == (is_so, None, UNKNOWN_LAW)


def test_every_law_that_is_brought_stands_in_a_line() -> None:
    lines = [ReportLine(1, "a", "imported", LAW), ReportLine(2, "b", "repeated", OTHER)]
    refuse_unreported(lines, [LAW, LAW])
    with pytest.raises(InvalidInput, match=r"no line of it brings items\[1\]") as refused:
        refuse_unreported(lines, [LAW, OTHER])
    assert refused.value.field == "report"


def test_each_outcome_has_its_words() -> None:
    assert OUTCOME_WORDS.keys() == set(OUTCOMES)


def test_the_file_has_every_line_and_no_formula() -> None:
    stranger = RecordId(uuid4())
    lines = [
        ReportLine(1, "=HYPERLINK(0)", "imported", LAW, "+by title"),
        ReportLine(2, 'a "b",\nc;=d', "missing"),
        ReportLine(3, "gone", "already", stranger),
    ]
    text = report_file.HEAD + report_file.rows(lines, {LAW: NamedLaw("UK_ukpga_1996_37", "-Noise Act")})
    assert text.startswith("\ufeffline,")
    rows = [*csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))]
    assert rows[0] == {
        "line": "1",
        "text": "'=HYPERLINK(0)",
        "outcome": "Imported",
        "reason": "'+by title",
        "id": str(LAW),
        "name": "UK_ukpga_1996_37",
        "title_en": "'-Noise Act",
    }
    assert rows[1]["text"] == 'a "b",\nc;\'=d'
    assert (rows[1]["outcome"], rows[1]["id"]) == ("Not found", "")
    assert (rows[2]["outcome"], rows[2]["id"], rows[2]["name"]) == (
        "Already in the list",
        str(stranger),
        "",
    )
