"""Apache Parquet, written with nothing but the standard library: plain encoding, gzip, one row group a chunk.

Only what flat rows of optional texts, integers, dates and times need, as the format is laid down in
https://github.com/apache/parquet-format (README.md, Encodings.md, parquet.thrift; numbers in the code are its
field ids). pyarrow would bring 166 MB for one menu entry; the tests read these files with it.
"""

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from sertantai.files import rows
from sertantai.files.rows import TYPES, ExportRow, tags_text
from sertantai.files.thrift import Thrift, ThriftList, varint

MAGIC: Final = b"PAR1"
GZIP: Final = 2
PLAIN, RLE = 0, 3
OPTIONAL: Final = 1
INT32, INT64, BYTE_ARRAY = 1, 2, 6
# ConvertedType, and the LogicalType that says the same to newer readers.
UTF8, DATE, TIMESTAMP_MICROS = 0, 6, 10
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Column(NamedTuple):
    name: str
    physical: int
    converted: int | None
    logical: Thrift | None
    pack: Callable[[list[Any]], bytes]


def _texts(values: list[Any]) -> bytes:
    encoded = [_text(value).encode() for value in values]
    return b"".join(part for text in encoded for part in (struct.pack("<I", len(text)), text))


def _text(value: Any) -> str:
    return tags_text(value) if isinstance(value, tuple) else str(value)


def _integers(values: list[Any]) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def _days(values: list[Any]) -> bytes:
    return _integers([value.toordinal() - _EPOCH_DAY for value in values])


def _moments(values: list[Any]) -> bytes:
    return struct.pack(f"<{len(values)}q", *(_microseconds(value) for value in values))


def _microseconds(value: datetime) -> int:
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_NOTHING: Final = Thrift()
_LOGICAL_TEXT: Final = Thrift().struct(1, _NOTHING)
_LOGICAL_DATE: Final = Thrift().struct(6, _NOTHING)
_LOGICAL_TIME: Final = Thrift().struct(8, Thrift().boolean(1, True).struct(2, Thrift().struct(2, _NOTHING)))


def column_of(name: str, holds: type) -> Column:
    if holds is int:
        return Column(name, INT32, None, None, _integers)
    if holds is date:
        return Column(name, INT32, DATE, _LOGICAL_DATE, _days)
    if holds is datetime:
        return Column(name, INT64, TIMESTAMP_MICROS, _LOGICAL_TIME, _moments)
    return Column(name, BYTE_ARRAY, UTF8, _LOGICAL_TEXT, _texts)


COLUMNS: Final = tuple(column_of(name, TYPES[name]) for name in rows.COLUMNS)


class ParquetWriter:
    """Bytes for the start, for each chunk of rows, and for the end; only the chunk at hand is in memory."""

    def __init__(self, columns: Sequence[Column] = COLUMNS) -> None:
        self._columns = columns
        self._offset = 0
        self._rows = 0
        self._groups: list[Thrift] = []

    def start(self) -> bytes:
        return self._wrote(MAGIC)

    def rows(self, rows: Sequence[ExportRow]) -> bytes:
        """One row group."""
        return self.values([msgspec.structs.astuple(row) for row in rows])

    def values(self, rows: Sequence[tuple[Any, ...]]) -> bytes:
        """The same of rows that are plain values, in the order of the columns."""
        if not rows:
            return b""
        columns = list(zip(*rows, strict=True))
        written, chunks, total = [], ThriftList.structs(), 0
        for column, values in zip(self._columns, columns, strict=True):
            page, plain_bytes = _page(column, values)
            chunks.add(_chunk(column, len(values), self._offset, len(page), plain_bytes))
            total += plain_bytes
            written.append(self._wrote(page))
        self._rows += len(rows)
        self._groups.append(Thrift().list(1, chunks).int64(2, total).int64(3, len(rows)))
        return b"".join(written)

    def end(self, said: Mapping[str, str] = MappingProxyType({})) -> bytes:
        """``said``: what else the file tells of itself, by name."""
        schema = ThriftList.structs()
        schema.add(Thrift().text(4, "schema").int32(5, len(self._columns)))
        for column in self._columns:
            schema.add(_schema_element(column))
        groups = ThriftList.structs()
        for group in self._groups:
            groups.add(group)
        footer = Thrift().int32(1, 2).list(2, schema).int64(3, self._rows).list(4, groups)
        if said:
            pairs = ThriftList.structs()
            for name, text in said.items():
                pairs.add(Thrift().text(1, name).text(2, text))
            footer.list(5, pairs)
        body = footer.text(6, "sertantai").encoded()
        return body + struct.pack("<I", len(body)) + MAGIC

    def _wrote(self, data: bytes) -> bytes:
        self._offset += len(data)
        return data


def _schema_element(column: Column) -> Thrift:
    element = Thrift().int32(1, column.physical).int32(3, OPTIONAL).text(4, column.name)
    if column.converted is not None:
        element.int32(6, column.converted)
    return element.struct(10, column.logical) if column.logical is not None else element


def _page(column: Column, values: Sequence[Any]) -> tuple[bytes, int]:
    """A data page (header and body), and how long it and its header would be without compression."""
    present = [value for value in values if value is not None and value != ()]
    levels = _levels([value is not None and value != () for value in values])
    body = struct.pack("<I", len(levels)) + levels + column.pack(present)
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    packed = packer.compress(body) + packer.flush()
    data = Thrift().int32(1, len(values)).int32(2, PLAIN).int32(3, RLE).int32(4, RLE)
    header = Thrift().int32(1, 0).int32(2, len(body)).int32(3, len(packed)).struct(5, data).encoded()
    return header + packed, len(header) + len(body)


def _levels(present: list[bool]) -> bytes:
    """Which values are there: RLE/bit-packed hybrid of one bit a value, all of it one bit-packed run."""
    groups = -(-len(present) // 8)
    bits = int("".join("1" if there else "0" for there in reversed(present)), 2)
    return varint(groups << 1 | 1) + bits.to_bytes(groups, "little")


def _chunk(column: Column, values: int, offset: int, size: int, plain_bytes: int) -> Thrift:
    meta = (
        Thrift()
        .int32(1, column.physical)
        .list(2, ThriftList.int32s(PLAIN, RLE))
        .list(3, ThriftList.texts(column.name))
        .int32(4, GZIP)
        .int64(5, values)
        .int64(6, plain_bytes)
        .int64(7, size)
        .int64(9, offset)
    )
    return Thrift().int64(2, offset).struct(3, meta)
