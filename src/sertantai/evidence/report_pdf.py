"""The same for a file of its own: `report.pdf`, with the entries inside."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sertantai.core.sealing.entries import time_of
from sertantai.evidence.packing import Line
from sertantai.evidence.report import QUOTED, Part, told_of
from sertantai.files.pdf import (
    ROWS_MAX,
    PdfAttachment,
    PdfDocument,
    PdfFailed,
    can_make_pdf,
    pdf_of,
)

CELL_CHARACTERS_MAX: Final = 1_000
ATTACHED_BYTES_MAX: Final = 32 << 20
COLUMNS: Final = ("When (UTC)", "Who", "What", "Entry")
WIDTHS: Final = (15, 20, 58, 7)
ENTRIES: Final = PdfAttachment("entries.ndjson", "application/x-ndjson", "The entries as they were sealed")
NOT_INSTALLED: Final = "There is no report.pdf: the server that made this pack has no program for it."
TOO_LARGE: Final = "There is no report.pdf: there are too many entries for one."
FAILED: Final = "There is no report.pdf: it could not be made in time."
SOME: Final = "The table has the first {shown:,} entries of {all:,}; the attachment has all of them."
LEAD: Final = (
    "This report is part of an evidence pack. Whether it is true, verify.py and verify.html in the pack say; "
    "README.txt says how."
)


async def report_pdf(
    title: str,
    facts: Sequence[tuple[str, str]],
    lines: Sequence[Line],
    names: Mapping[UUID, str],
    since: datetime | None,
    until: datetime | None,
    entries: bytes,
    head: str = "",
) -> tuple[bytes | None, str]:
    """The PDF, or None and why there is none, for README.txt. The same pack has the same PDF. ``head``: the
    newest when it was made, in words."""
    if not can_make_pdf():
        return None, NOT_INSTALLED
    if len(entries) > ATTACHED_BYTES_MAX:
        return None, TOO_LARGE
    document = await asyncio.to_thread(_document, title, facts, lines, names, since, until, head)
    with tempfile.TemporaryDirectory(prefix="sertantai-pack-") as folder:
        attached, made = Path(folder) / ENTRIES.name, Path(folder) / "made.pdf"
        await asyncio.to_thread(attached.write_bytes, entries)
        try:
            await pdf_of(document, {ENTRIES: attached}, made)
        except PdfFailed:
            return None, FAILED
        return await asyncio.to_thread(made.read_bytes), ""


def _document(
    title: str,
    facts: Sequence[tuple[str, str]],
    lines: Sequence[Line],
    names: Mapping[UUID, str],
    since: datetime | None,
    until: datetime | None,
    head: str,
) -> PdfDocument:
    shown = lines[:ROWS_MAX]
    some = () if len(shown) == len(lines) else (SOME.format(shown=len(shown), all=len(lines)),)
    return PdfDocument(
        title=title,
        about="Evidence pack",
        made_at=time_of(lines[-1].entry.at).astimezone(UTC) if lines else datetime(1970, 1, 1, tzinfo=UTC),
        footer=title,
        lead=(LEAD, *some),
        columns=COLUMNS,
        widths=WIDTHS,
        rows=tuple(
            (
                f"{told.at:%Y-%m-%d %H:%M:%S}",
                told.who,
                _cell(told.what, inside=told.inside),
                f"{told.place:,}",
            )
            for told in told_of(shown, names, since, until)
        ),
        facts_title="About this pack",
        facts=tuple(facts),
        head=head,
    )


def _cell(parts: Sequence[Part], *, inside: bool) -> str:
    text = ". ".join(f"“{part.text}”" if part.how == QUOTED else part.text.rstrip(".") for part in parts)
    if not inside:
        text = f"(outside the period) {text}"
    return text if len(text) <= CELL_CHARACTERS_MAX else f"{text[: CELL_CHARACTERS_MAX - 1]}…"
