"""`report.pdf` of a pack: the entries inside, the same bytes each time, and why there is none."""

import io

import msgspec
import pypdf
import pytest

from sertantai.core.sealing.notes import HEAD_SAID
from sertantai.evidence import report_pdf as making
from sertantai.evidence.readme import readme
from sertantai.evidence.report import PLAIN, QUOTED, Part
from sertantai.evidence.report_pdf import ATTACHED_BYTES_MAX, CELL_CHARACTERS_MAX, report_pdf
from sertantai.files.pdf import PdfAttachment, PdfDocument, PdfFailed
from tests.unit.evidence.small_log import ANN, BEN, small_log

HEAD = "example.org/trail/1 20852163 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
FACTS = [("Log", "example.org/trail/1")]
NAMES = {ANN: "Ann", BEN: "Ben #[1+1]"}


async def test_it_says_what_was_done_and_has_the_entries_inside() -> None:
    _, lines = small_log()
    entries = msgspec.json.encode([line.index for line in lines])
    asked = ("The history of a list", FACTS, lines, NAMES, None, None, entries, HEAD)
    made, why = await report_pdf(*asked)
    assert made is not None
    assert why == ""
    found = pypdf.PdfReader(io.BytesIO(made))
    assert found.attachments["entries.ndjson"] == [entries]
    text = " ".join(page.extract_text() for page in found.pages)
    for said in ("Ben #[1+1]", "Applies: we store solvents.", "No boiler any more.", "Made the list"):
        assert said in " ".join(text.split()), said
    for page in found.pages:
        last = page.extract_text().splitlines()[-1]
        assert "".join(last.split()) == "".join(f"{HEAD_SAID}{HEAD}".split())
    assert (await report_pdf(*asked))[0] == made


async def test_without_the_program_for_it_the_readme_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "can_make_pdf", lambda: False)
    made, why = await report_pdf("x", FACTS, [], {}, None, None, b"")
    assert (made, why) == (None, making.NOT_INSTALLED)
    said = readme("x", "example.org/trail/1", "PACK.zip", why).decode()
    assert said.endswith(f"\n{why}\n")
    assert "report.pdf   " not in said
    assert "report.pdf   " in readme("x", "example.org/trail/1", "PACK.zip").decode()


async def test_bounds_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[PdfDocument] = []

    async def failing(document: PdfDocument, attached: dict[PdfAttachment, object], into: object) -> None:
        asked.append(document)
        raise PdfFailed("x")

    monkeypatch.setattr(making, "pdf_of", failing)
    monkeypatch.setattr(making, "ROWS_MAX", 3)
    _, lines = small_log()
    fits = await report_pdf("x", FACTS, lines, NAMES, None, None, bytes(ATTACHED_BYTES_MAX))
    assert fits == (None, making.FAILED)
    assert len(asked[0].rows) == 3
    assert "the first 3 entries of 6" in asked[0].lead[1]
    beyond = await report_pdf("x", FACTS, lines, NAMES, None, None, bytes(ATTACHED_BYTES_MAX + 1))
    assert beyond == (None, making.TOO_LARGE)


def test_a_cell_ends_where_it_becomes_long() -> None:
    whole = making._cell([Part(PLAIN, "x" * CELL_CHARACTERS_MAX)], inside=True)
    assert whole == "x" * CELL_CHARACTERS_MAX
    cut = making._cell([Part(PLAIN, "x" * (CELL_CHARACTERS_MAX + 1))], inside=True)
    assert (len(cut), cut[-1]) == (CELL_CHARACTERS_MAX, "…")
    assert making._cell([Part(PLAIN, "Added A."), Part(QUOTED, "why")], inside=False) == (
        "(outside the period) Added A. “why”"
    )
