"""Parquet as this program writes it (`files.parquet`): flat, plain encoding, gzip, a page for each column.

Others write it in many ways more, which would need a library of a hundred megabytes.
"""

import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.files.parquet import BYTE_ARRAY, DATE, GZIP, INT32, INT64, MAGIC, PLAIN, TIMESTAMP_MICROS
from sertantai.files.tables.archive import DAMAGED, UNPACKED_BYTES_MAX
from sertantai.files.tables.gathering import Gathering, Room
from sertantai.files.tables.model import Tables
from sertantai.files.tables.thrift_reading import Struct, ThriftReader

HEADINGS_LINE: Final = 0
"""The headings stand in no row of the file."""
_FOOTER: Final = struct.Struct("<I4s")
_WRITER: Final = b"sertantai"
FOREIGN: Final = (
    "Parquet of other programs is not read. Save the table as CSV or as a workbook (.xlsx) and bring that in."
)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Column(NamedTuple):
    name: str
    physical: int
    converted: int | None


def read_parquet(data: bytes) -> Tables:
    """Raises `InvalidInput`, `TooLarge`."""
    try:
        return _read(data)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise InvalidInput(DAMAGED, field="file") from error
    except (struct.error, zlib.error) as error:
        raise InvalidInput(DAMAGED, field="file") from error


def _read(data: bytes) -> Tables:
    size, magic = _FOOTER.unpack_from(data, len(data) - _FOOTER.size)
    if magic != MAGIC:
        raise InvalidInput(DAMAGED, field="file")
    about = ThriftReader(data, len(data) - _FOOTER.size - size).struct()
    if about.get(6) != _WRITER:
        raise InvalidInput(FOREIGN, field="file")
    columns = [_Column(one[4].decode(), one[1], one.get(6)) for one in about[2][1:]]
    gathering, line, unpacked = Gathering(Room()), 1, _Unpacked()
    gathering.add(HEADINGS_LINE, [column.name for column in columns])
    for group in about[4]:
        chunks = zip(columns, group[1], strict=True)
        values = [list(_cells(data, column, chunk[3], unpacked)) for column, chunk in chunks]
        for cells in zip(*values, strict=True):
            gathering.add(line, cells)
            line += 1
        if gathering.is_full:
            break
    return Tables("parquet", [gathering.table("")])


class _Unpacked:
    def __init__(self) -> None:
        self.left = UNPACKED_BYTES_MAX

    def page(self, packed: bytes) -> bytes:
        unpacker = zlib.decompressobj(31)
        page = unpacker.decompress(packed, self.left)
        self.left -= len(page)
        if self.left <= 0:
            raise TooLarge("The file unpacks to too much. Export fewer laws.", field="file")
        return page


def _cells(data: bytes, column: _Column, chunk: Struct, unpacked: _Unpacked) -> Iterator[str]:
    reader = ThriftReader(data, chunk[9])
    header = reader.struct()
    if chunk[4] != GZIP or header[5][2] != PLAIN:
        raise InvalidInput(DAMAGED, field="file")
    page = unpacked.page(data[reader.at : reader.at + header[3]])
    (levels_size,) = struct.unpack_from("<I", page)
    levels = ThriftReader(page, 4)
    levels.varint()
    bits = int.from_bytes(page[levels.at : 4 + levels_size], "little")
    present = [bit == "1" for bit in f"{bits:b}"[::-1]]
    count = header[5][1]
    if not 0 <= count <= 8 * len(page):
        raise InvalidInput(DAMAGED, field="file")
    present.extend([False] * (count - len(present)))
    values = _values(page, 4 + levels_size, column)
    for is_there in present[:count]:
        value = next(values, None) if is_there else ""
        if value is None:
            raise InvalidInput(DAMAGED, field="file")
        yield value


def _values(page: bytes, at: int, column: _Column) -> Iterator[str]:
    while at < len(page):
        if column.physical == BYTE_ARRAY:
            (size,) = struct.unpack_from("<I", page, at)
            yield page[at + 4 : at + 4 + size].decode()
            at += 4 + size
        else:
            form, size = {INT32: ("<i", 4), INT64: ("<q", 8)}[column.physical]
            yield _shown(struct.unpack_from(form, page, at)[0], column)
            at += size


def _shown(value: int, column: _Column) -> str:
    shown: Any = value
    if column.converted == DATE:
        shown = date.fromordinal(value + _EPOCH_DAY).isoformat()
    elif column.converted == TIMESTAMP_MICROS:
        shown = (_EPOCH + timedelta(microseconds=value)).isoformat()
    return str(shown)
