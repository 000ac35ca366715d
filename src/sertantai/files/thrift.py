"""Thrift's compact protocol, the writing half of it that Parquet's headers need.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from typing import Final

TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT = 1, 2, 5, 6, 8, 9, 12
SHORT_LIST_MAX: Final = 14
SHORT_DELTA_MAX: Final = 15


class ThriftList:
    """A list of one type of element."""

    def __init__(self, kind: int) -> None:
        self._kind = kind
        self._elements: list[bytes] = []

    @classmethod
    def structs(cls) -> "ThriftList":
        return cls(STRUCT)

    @classmethod
    def int32s(cls, *values: int) -> "ThriftList":
        made = cls(I32)
        made._elements = [varint(_zigzag(value)) for value in values]
        return made

    @classmethod
    def texts(cls, *values: str) -> "ThriftList":
        made = cls(BINARY)
        made._elements = [_binary(value) for value in values]
        return made

    def add(self, element: "Thrift") -> None:
        self._elements.append(element.encoded())

    def encoded(self) -> bytes:
        size = len(self._elements)
        if size <= SHORT_LIST_MAX:
            head = bytes((size << 4 | self._kind,))
        else:
            head = bytes((0xF0 | self._kind,)) + varint(size)
        return head + b"".join(self._elements)


class Thrift:
    """A struct; fields are added in ascending order of their ids."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._last = 0

    def int32(self, field: int, value: int) -> "Thrift":
        return self._field(field, I32, varint(_zigzag(value)))

    def int64(self, field: int, value: int) -> "Thrift":
        return self._field(field, I64, varint(_zigzag(value)))

    def boolean(self, field: int, value: bool) -> "Thrift":
        return self._field(field, TRUE if value else FALSE, b"")

    def text(self, field: int, value: str) -> "Thrift":
        return self._field(field, BINARY, _binary(value))

    def list(self, field: int, value: ThriftList) -> "Thrift":
        return self._field(field, LIST, value.encoded())

    def struct(self, field: int, value: "Thrift") -> "Thrift":
        return self._field(field, STRUCT, value.encoded())

    def encoded(self) -> bytes:
        return bytes(self._body) + b"\x00"

    def _field(self, field: int, kind: int, body: bytes) -> "Thrift":
        delta = field - self._last
        assert 0 < delta <= SHORT_DELTA_MAX, "fields ascend, and Parquet's are close together"
        self._body.append(delta << 4 | kind)
        self._body += body
        self._last = field
        return self


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


def varint(value: int) -> bytes:
    """An unsigned integer, seven bits a byte, the lowest first (ULEB128)."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _binary(text: str) -> bytes:
    encoded = text.encode()
    return varint(len(encoded)) + encoded
