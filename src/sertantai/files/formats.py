"""The formats, their media types, and how a file of theirs may be called."""

import re
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from sertantai.core.errors import NotFound

FILE_NAME_CHARS_MAX: Final = 120


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    NDJSON = "ndjson"
    BIBTEX = "bib"
    RIS = "ris"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]


MEDIA_TYPES: Final[dict[ExportFormat, str]] = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
    ExportFormat.NDJSON: "application/x-ndjson",
    ExportFormat.BIBTEX: "application/x-bibtex; charset=utf-8",
    ExportFormat.RIS: "application/x-research-info-systems; charset=utf-8",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


def parse_format(text: str) -> ExportFormat:
    """The format that a file name's ending asks for; `NotFound` for any other: it is a part of the path."""
    try:
        return ExportFormat(text)
    except ValueError:
        known = ", ".join(ExportFormat)
        raise NotFound(f"{text[:20]!r} is not an export format; there are {known}.", field="format") from None


def content_disposition(title: str, format_: str) -> str:
    """The header that makes a browser save the file (RFC 6266): an ASCII name, and the real one beside it."""
    name = file_name(title, format_)
    ascii_name = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name)
    header = f'attachment; filename="{ascii_name}"'
    return header if ascii_name == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def file_name(title: str, format_: str) -> str:
    """A name that every file system takes: no separator, control character or leading dot, not too long."""
    kept = "".join(c if c.isprintable() and c not in '/\\:*?"<>|%' else " " for c in title)
    kept = " ".join(kept.split()).strip(". ")[:FILE_NAME_CHARS_MAX].strip(". ")
    return f"{kept or 'export'}.{format_}"
