"""Files of rows: opened, unpacked, and recognised by what is in them, not by how they are called."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from sertantai.core.errors import InvalidInput

GZIP_MAGIC = b"\x1f\x8b"
SNIFF_BYTES = 65_536
RAW_TEXT_CHARS_MAX = 10_000
"""How much of a rejected row is shown beside its reason."""


class Format(Enum):
    CSV = "csv"
    JSON_ARRAY = "json array"
    NDJSON = "ndjson"


class SourceRow(NamedTuple):
    """A row as the file has it. ``problem`` says why it could not even be read."""

    line: int
    values: list[Any]
    problem: str | None = None
    raw: str = ""


class Source:
    """An open file of rows, as text. Bytes that are not UTF-8 arrive as lone surrogates, never lost."""

    def __init__(self, path: Path, raw: IO[bytes], text: io.TextIOBase, format_: Format) -> None:
        self.path = path
        self.text = text
        self.format = format_
        self.bytes_total = path.stat().st_size
        self._raw = raw

    @property
    def bytes_read(self) -> int:
        """How far into the (compressed) file reading has come."""
        return self._raw.tell() if not self._raw.closed else self.bytes_total


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Opens a CSV, JSON or NDJSON file, also gzipped. Raises `InvalidInput` that says what is wrong.

    A gzip that was cut off raises at the place where it ends, inside the block.
    """
    with _opened(path) as raw, _said_clearly(path):
        zipped = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if zipped else raw
        head = io.BufferedReader(cast("io.RawIOBase", unpacked), SNIFF_BYTES)
        format_ = _sniff(head.peek(SNIFF_BYTES), path)
        text = io.TextIOWrapper(head, encoding="utf-8-sig", errors="surrogateescape", newline="")
        yield Source(path, raw, text, format_)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", field="file") from None


@contextmanager
def _said_clearly(path: Path) -> Iterator[None]:
    try:
        yield
    except EOFError:
        raise InvalidInput(
            f"{path} is incomplete: the gzip data ends too early. Nothing was changed."
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InvalidInput(f"{path} is a damaged gzip ({error}). Nothing was changed.") from None


def _sniff(head: bytes, path: Path) -> Format:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput(f"{path} is UTF-16; save it as UTF-8.", field="file")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InvalidInput(f"{path} is empty.", field="file")
    if start.startswith(b"["):
        return Format.JSON_ARRAY
    return Format.NDJSON if start.startswith(b"{") else Format.CSV
