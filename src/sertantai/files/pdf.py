"""PDF/A by Typst, an extra: made by a process of its own with a limit of time and memory.

What goes in is data, never markup. Without the extra `pdf` everything else works; who asks for a PDF is told
what to install.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.errors import SertantaiError, TooLarge, Unavailable
from sertantai.process.logs import logger

ROWS_MAX: Final = 5_000
"""In the table of one; of more the PDF holds the summary, and the attachment the rows."""
WITHIN_S_MAX: Final = 60.0
"""By the clock on the wall: of a busy machine it gets little, as it is nicer than others."""
SAID_CHARS_MAX: Final = 500
DOCUMENT: Final = "document.json"
RESULT: Final = "report.pdf"
_KEPT: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL")
"""Of the environment: what else is there, passwords of the database among it, is nothing to this process."""

log = logger(__name__)


class PdfMissing(SertantaiError):
    """Typst is not installed here."""

    code = "pdf_not_installed"

    def __init__(self) -> None:
        super().__init__(
            "PDF needs a package that is not installed on this server: pip install 'sertantai[pdf]'. "
            "The same report is there as a page to print, and in every other format.",
            field="format",
        )


class PdfFailed(Unavailable):
    code = "pdf_failed"


class PdfAttachment(msgspec.Struct, frozen=True):
    """A file that goes inside the PDF, under ``name``."""

    name: str
    media_type: str
    description: str


class PdfChart(msgspec.Struct, frozen=True):
    """``alt`` says in words what the picture shows."""

    svg: str
    alt: str


class PdfDocument(msgspec.Struct, frozen=True, kw_only=True):
    """``lead``: paragraphs below the title; ``facts``: label and text of what it ends with. ``widths`` of the
    columns are relative. Rows are texts, `ROWS_MAX` at most. ``head``: the newest of the sealed log, in
    words, the last line of each page. The same document gives the same bytes."""

    title: str
    about: str
    made_at: datetime
    footer: str
    lead: tuple[str, ...] = ()
    charts: tuple[PdfChart, ...] = ()
    columns: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    facts_title: str = "How to check this report"
    facts: tuple[tuple[str, str], ...] = ()
    head: str = ""


def can_make_pdf() -> bool:
    return find_spec("typst") is not None


def require_pdf() -> None:
    """Raises `PdfMissing`."""
    if not can_make_pdf():
        raise PdfMissing


async def pdf_of(document: PdfDocument, attachments: Mapping[PdfAttachment, Path], into: Path) -> None:
    """Make the PDF as the file ``into``. Raises `PdfMissing`, `PdfFailed`; `TooLarge` for too many rows."""
    require_pdf()
    if len(document.rows) > ROWS_MAX:
        raise TooLarge(f"A PDF holds {ROWS_MAX:,} rows at most.")
    with tempfile.TemporaryDirectory(prefix="sertantai-pdf-") as name:
        folder = Path(name)
        await asyncio.to_thread(_lay_out, folder, document, attachments)
        await _made(folder)
        await asyncio.to_thread((folder / RESULT).replace, into)


def _lay_out(folder: Path, document: PdfDocument, attachments: Mapping[PdfAttachment, Path]) -> None:
    for attachment, path in attachments.items():
        (folder / attachment.name).symlink_to(path.resolve())
    made = list(document.made_at.timetuple()[:6])
    said = {**msgspec.to_builtins(document), "made": made, "attached": msgspec.to_builtins(list(attachments))}
    (folder / DOCUMENT).write_bytes(msgspec.json.encode(said))


async def _made(folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sertantai.files.pdf_process", str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(WITHIN_S_MAX):
            _, said = await process.communicate()
    except TimeoutError:
        raise PdfFailed("The PDF took too long. Ask for less of it, or for another format.") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode != 0:
        reason = said.decode(errors="replace").strip()[-SAID_CHARS_MAX:]
        log.warning("pdf_failed", reason=reason, status=process.returncode)
        raise PdfFailed("The PDF could not be made. Ask for less of it, or for another format.")
