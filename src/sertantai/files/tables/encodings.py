"""Bytes of a text file as text, and a sentence where it had to be guessed how they were written."""

import codecs
from typing import Final

from sertantai.core.errors import InvalidInput

SNIFF_BYTES: Final = 4_096
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NO_TEXT: Final = (
    "This is neither a table nor a text. Bring in a workbook (.xlsx, .ods), a document (.docx) or a .csv."
)
_C1: Final = dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}")


def decoded(data: bytes) -> tuple[str, list[str]]:
    """The text, and what was assumed. Raises `InvalidInput` for what is no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _as(data, encoding), []
    if wide := _wide(data[:SNIFF_BYTES]):
        return _as(data, wide), ["The text was read as UTF-16."]
    if b"\x00" in data:
        raise InvalidInput(NO_TEXT, field="file")
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        pass  # said below
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1").translate(_C1)
    return text, ["The text is not UTF-8; it was read as Windows-1252. Check accents and dashes."]


def _as(data: bytes, encoding: str) -> str:
    return data.decode(encoding, errors="replace")


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: of ordinary text every second byte is zero."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    low, high = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if high > 0.4 * pairs and low == 0:
        return "utf-16-le"
    return "utf-16-be" if low > 0.4 * pairs and high == 0 else None
