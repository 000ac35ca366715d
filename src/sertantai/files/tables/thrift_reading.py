"""Thrift's compact protocol, the reading half of it that our own Parquet files need; see `files.thrift`."""

from typing import Any, Final

from sertantai.core.errors import InvalidInput
from sertantai.files.tables.archive import DAMAGED
from sertantai.files.thrift import BINARY, FALSE, I32, I64, LIST, STRUCT, TRUE

DEPTH_MAX: Final = 12
VARINT_BYTES_MAX: Final = 10
_INTEGERS: Final = (4, I32, I64)

Struct = dict[int, Any]
"""By the ids of its fields: integers, truths, bytes, lists, structs."""


class ThriftReader:
    """Reads from ``at`` on. Raises `InvalidInput` where the bytes make no sense or end too early."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self.at = at

    def struct(self, depth: int = 0) -> Struct:
        found: Struct = {}
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else _signed(self.varint())
            found[field] = self._value(head & 0xF, depth + 1)
        return found

    def varint(self) -> int:
        value = 0
        for shift in range(0, 7 * VARINT_BYTES_MAX, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise InvalidInput(DAMAGED, field="file")

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind in _INTEGERS:
            return _signed(self.varint())
        if kind == BINARY:
            return self._bytes(self.varint())
        if depth <= DEPTH_MAX and kind == LIST:
            return self._list(depth)
        if depth <= DEPTH_MAX and kind == STRUCT:
            return self.struct(depth)
        raise InvalidInput(DAMAGED, field="file")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 0xF else self.varint()
        if size > len(self._data):  # each has a byte at least
            raise InvalidInput(DAMAGED, field="file")
        return [self._value(head & 0xF, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        (byte,) = self._bytes(1)
        return byte

    def _bytes(self, size: int) -> bytes:
        found = self._data[self.at : self.at + size]
        if len(found) < size or self.at < 0:
            raise InvalidInput(DAMAGED, field="file")
        self.at += size
        return found


def _signed(value: int) -> int:
    return value >> 1 ^ -(value & 1)
