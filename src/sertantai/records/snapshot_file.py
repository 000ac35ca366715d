"""The catalogue on disk: a start without PostgreSQL has a register, and every start has one at once.

The file is a cache. One that is damaged, cut off, of another version or of other columns is as good as none.
"""

import os
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sertantai.process import logs
from sertantai.records.catalogue import Catalogue, Parts
from sertantai.records.columns import COLUMNS, SORTABLE
from sertantai.records.ranks import Ranks
from sertantai.records.rows import Rows
from sertantai.records.terms import Terms

FILE_NAME = "catalogue.bin"
MAGIC = b"SERTANTAI CATALOGUE 1\n"
LEXEME_SEPARATOR = "\n"

log = logs.logger(__name__)


class _Section(msgspec.Struct, frozen=True):
    name: str
    length: int
    checksum: int


class _ColumnHead(msgspec.Struct, frozen=True):
    stated: int
    distinct: int
    values: list[Any] | None
    dates: bool


class _Head(msgspec.Struct, frozen=True):
    revision: int
    changed_at: datetime
    size: int
    columns: dict[str, _ColumnHead]
    acronyms: list[tuple[str, str]]
    sections: list[_Section]


class Unusable(Exception):
    """The file cannot be used; the text says why."""


def save(catalogue: Catalogue, path: Path) -> None:
    """Writes beside the old file and takes its place only when all is on disk. Raises `OSError`."""
    sections = list(_sections(catalogue.parts))
    head = msgspec.msgpack.encode(_head(catalogue.parts, sections))
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(MAGIC)
        file.write(len(head).to_bytes(8, "little") + zlib.crc32(head).to_bytes(4, "little") + head)
        for _, content in sections:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load(path: Path) -> Catalogue | None:
    """The saved catalogue, or ``None`` when there is none that can be used."""
    try:
        return Catalogue(_parts(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (Unusable, OSError) as error:
        log.warning(
            "the saved register cannot be used; it will be built again", path=str(path), reason=str(error)
        )
        return None


def _sections(parts: Parts) -> Iterator[tuple[str, memoryview]]:
    rows, terms = parts.rows, parts.terms
    for name, ranks in parts.columns.items():
        yield f"rank {name}", _bytes(ranks.rank)
        yield f"order {name}", _bytes(ranks.order)
    yield "lexemes", memoryview(LEXEME_SEPARATOR.join(terms.lexemes).encode())
    yield "term offsets", _bytes(terms.offsets)
    yield "postings", _bytes(terms.postings)
    yield "texts", memoryview(rows.texts)
    yield "offsets", _bytes(rows.offsets)
    yield "lengths", _bytes(rows.lengths)
    yield "ids", memoryview(rows.ids)


def _head(parts: Parts, sections: list[tuple[str, memoryview]]) -> _Head:
    return _Head(
        revision=parts.revision,
        changed_at=parts.changed_at,
        size=parts.terms.size,
        columns={
            name: _ColumnHead(ranks.stated, ranks.distinct, ranks.values, COLUMNS[name].holds is date)
            for name, ranks in parts.columns.items()
        },
        acronyms=list(parts.acronyms),
        sections=[_Section(name, content.nbytes, zlib.crc32(content)) for name, content in sections],
    )


def _bytes(numbers: "np.ndarray[Any, np.dtype[Any]]") -> memoryview:
    return np.ascontiguousarray(numbers).data.cast("B") if numbers.size else memoryview(b"")


def _parts(content: bytes) -> Parts:
    head, at = _read_head(content)
    if set(head.columns) != set(SORTABLE):
        raise Unusable("of other columns than the register has now")
    parts: dict[str, memoryview] = {}
    for section in head.sections:
        part = memoryview(content)[at : at + section.length]
        if part.nbytes != section.length or zlib.crc32(part) != section.checksum:
            raise Unusable(f"damaged or incomplete in {section.name!r}")
        parts[section.name] = part
        at += section.length
    columns = {name: _ranks(name, column, parts) for name, column in head.columns.items()}
    lexemes = str(parts["lexemes"], "utf-8")
    terms = Terms(
        lexemes.split(LEXEME_SEPARATOR) if lexemes else [],
        np.frombuffer(parts["term offsets"], dtype=np.int64),
        np.frombuffer(parts["postings"], dtype=np.uint32),
        head.size,
    )
    rows = Rows(
        parts["texts"],
        np.frombuffer(parts["offsets"], dtype=np.int64),
        np.frombuffer(parts["lengths"], dtype=np.int32),
        parts["ids"],
    )
    return Parts(head.revision, head.changed_at, columns, terms, rows, head.acronyms)


def _read_head(content: bytes) -> tuple[_Head, int]:
    if not content.startswith(MAGIC):
        raise Unusable("of another version, or not a catalogue")
    start = len(MAGIC) + 12
    length = int.from_bytes(content[len(MAGIC) : len(MAGIC) + 8], "little")
    packed = content[start : start + length]
    if zlib.crc32(packed) != int.from_bytes(content[start - 4 : start], "little"):
        raise Unusable("its head is damaged")
    try:
        return msgspec.msgpack.decode(packed, type=_Head), start + length
    except msgspec.DecodeError as error:
        raise Unusable(str(error)) from None


def _ranks(name: str, column: _ColumnHead, parts: dict[str, memoryview]) -> Ranks:
    values = column.values
    if column.dates and values is not None:
        values = [datetime.fromisoformat(value).date() for value in values]
    return Ranks(
        np.frombuffer(parts[f"rank {name}"], dtype=np.int32),
        np.frombuffer(parts[f"order {name}"], dtype=np.uint32),
        column.stated,
        column.distinct,
        values,
    )
