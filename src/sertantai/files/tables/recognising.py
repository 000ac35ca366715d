"""What a file is, by what is in it and not by how it is called; what is refused is told a way on."""

import re
from pathlib import Path
from typing import Final

from sertantai.core.errors import InvalidInput
from sertantai.files.parquet import MAGIC
from sertantai.files.tables.archive import DAMAGED, PROTECTED, open_archive
from sertantai.files.tables.docx import read_docx
from sertantai.files.tables.encodings import decoded
from sertantai.files.tables.html_tables import read_html
from sertantai.files.tables.json_tables import read_json
from sertantai.files.tables.markdown import read_markdown
from sertantai.files.tables.model import Tables
from sertantai.files.tables.ods import read_ods
from sertantai.files.tables.parquet_tables import read_parquet
from sertantai.files.tables.separated import read_separated
from sertantai.files.tables.xlsx import read_xlsx

SNIFF_CHARS: Final = 2_000
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_IMAGE: Final = "This is a picture: no text can be read from it. Copy the table itself, or type the laws in."
_PDF: Final = (
    "A PDF holds pages, not rows. Bring in the workbook or document that it was made from (.xlsx, .docx), or "
    "copy the table out of it and paste it."
)
_PACKED: Final = "This is a packed file. Unpack it, and bring in the workbook or text inside."
_REFUSED: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", _PDF),
    (b"{\\rtf", "Rich text (.rtf) is not read. Open it in Word and save it as .docx."),
    (b"\x89PNG", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF8", _IMAGE),
    (b"BM", _IMAGE),
    (b"II*\x00", _IMAGE),
    (b"MM\x00*", _IMAGE),
    (b"RIFF", _IMAGE),
    (b"\x1f\x8b", _PACKED),
    (b"7z\xbc\xaf", _PACKED),
    (b"Rar!", _PACKED),
)
_OLD: Final = (
    "This is an old file (.xls or .doc), which is not read. Open it in Excel or Word, and save it as "
    ".xlsx or .docx."
)
_MARKUP: Final = re.compile(
    r"<(?:!doctype\s+html|html|head|body|table|meta|div|p|ul|ol|!--|style|span)\b|<!--", re.I
)
_TABLE: Final = re.compile(r"<(?:table|li|p|div|tr)\b", re.I)
_JSON: Final = re.compile(r'\{\s*["}]|\[\s*[{"\]]')
_NAMED: Final = (".csv", ".tsv", ".tab")


def read_file(path: Path, name: str) -> Tables:
    """``name`` is how whoever brings it calls it. Raises `InvalidInput`, `TooLarge`."""
    with path.open("rb") as file:
        head = file.read(SNIFF_CHARS)
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return _read_zipped(path)
    if head.startswith(_OLD_OFFICE):
        raise InvalidInput(PROTECTED if _PACKAGE in path.read_bytes() else _OLD, field="file")
    if head.startswith(MAGIC):
        return read_parquet(path.read_bytes())
    for magic, sentence in _REFUSED:
        if head.startswith(magic) and (magic != b"BM" or b"\x00" in head):
            raise InvalidInput(sentence, field="file")
    text, told = decoded(path.read_bytes())
    found = read_text(text, named=name.lower().endswith(_NAMED))
    return Tables(found.kind, found.tables, [*told, *found.told])


def read_clipboard(text: str, html: str | None) -> Tables:
    """What was pasted: the markup where it has rows, as it knows cells and addresses; else the text.

    Raises `InvalidInput` for neither.
    """
    if html and _TABLE.search(html):
        found = read_html(html)
        if any(table.rows for table in found.tables):
            return found
    return read_text(text)


def read_text(text: str, *, named: bool = False) -> Tables:
    """Raises `InvalidInput` for a text that is empty, or is broken JSON."""
    start = text[:SNIFF_CHARS].lstrip("\ufeff \t\r\n")
    if not start:
        raise InvalidInput("There is nothing in it.", field="file")
    if _MARKUP.match(start) or (start.startswith("<?xml") and "<html" in start.lower()):
        return read_html(text)
    if start.startswith("<?xml"):
        raise InvalidInput(
            "XML is not read. Open it in a spreadsheet program and save it as .xlsx.", field="file"
        )
    if _JSON.match(start):
        return read_json(text)
    return read_markdown(text) or read_separated(text, named=named)


def _read_zipped(path: Path) -> Tables:
    with open_archive(path) as archive:
        names = archive.names
        if "mimetype" in names:
            with archive.open("mimetype") as part:
                kind = part.read(100).decode("ascii", "replace")
            if "opendocument.spreadsheet" in kind:
                return read_ods(archive)
            raise InvalidInput("This document is not read. Save it as .ods, .xlsx or .docx.", field="file")
        if any(name.startswith("word/") for name in names):
            return read_docx(archive)
        if "xl/workbook.bin" in names:
            raise InvalidInput("A binary workbook (.xlsb) is not read. Save it as .xlsx.", field="file")
        if any(name.startswith("xl/") for name in names):
            return read_xlsx(archive)
        if not names:
            raise InvalidInput(DAMAGED, field="file")
        raise InvalidInput(_PACKED, field="file")
