"""Sets of records: Roaring bitmaps of record numbers.

A set that has been published in a state is never changed in place; operators make new ones.
"""

import sys
from array import array
from collections.abc import Iterable

from pyroaring import BitMap

EMPTY = BitMap()


def bitmap(numbers: Iterable[int]) -> BitMap:
    """A set of record numbers (0 to 2**32 - 1)."""
    return BitMap(array("I", numbers))


def pack(records: BitMap) -> bytes:
    """The portable Roaring serialisation (the format that every Roaring library reads)."""
    return records.serialize()


def unpack(packed: bytes) -> BitMap:
    """The set that `pack` wrote. Raises `ValueError` when the bytes are not one."""
    if not packed:
        raise ValueError("An empty string is no packed bitmap.")  # pyroaring would look beyond its end
    return BitMap.deserialize(packed)


def sent(packed: bytes) -> BitMap:
    """The set whose numbers a database sent one after another, four bytes each: far faster than as rows."""
    found = array("I", packed)
    if sys.byteorder == "little":
        found.byteswap()
    return BitMap(found)


def told(records: BitMap) -> bytes:
    """Its numbers in ascending order, four bytes each, as `sent` reads them: one for a set, however it is
    packed."""
    found = records.to_array()
    if sys.byteorder == "little":
        found.byteswap()
    return found.tobytes()


def numbers(records: BitMap) -> list[int]:
    """The record numbers in ascending order."""
    return records.to_array().tolist()
