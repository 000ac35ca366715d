"""The chain over a journal's batches: each batch's value follows from the one before it.

A row's ``checksum`` holds both: the lower 32 bits are the CRC of its body, the upper ones the chain's value
after it. A batch that is missing, or another one in its place, breaks the chain at the next one. Zero is the
value of batches that were written before there was a chain; nothing is known about their neighbours.
"""

import struct
import zlib
from typing import NamedTuple

_CRC_BITS = 32
_CRC_MASK = 0xFFFF_FFFF
_CHAIN_MASK = 0x7FFF_FFFF
_pack = struct.Struct("<qqI").pack


class Link(NamedTuple):
    """One batch without its body. ``chain`` is 0 when it was written before there was a chain."""

    first: int
    last: int
    crc: int
    chain: int

    @property
    def checksum(self) -> int:
        """As it stands in the row."""
        return self.chain << _CRC_BITS | self.crc

    def follows(self, chain: int) -> bool:
        """Whether this batch was written directly behind the one with that value."""
        return self.chain == 0 or self.chain == chain_after(chain, self.first, self.last, self.crc)


def link_of(first: int, last: int, checksum: int) -> Link:
    return Link(first, last, checksum & _CRC_MASK, checksum >> _CRC_BITS & _CHAIN_MASK)


def chain_after(chain: int, first: int, last: int, crc: int) -> int:
    """The chain's value after a batch; never 0."""
    return zlib.crc32(_pack(first, last, crc), chain) & _CHAIN_MASK or 1


def next_link(chain: int, first: int, last: int, body: bytes) -> Link:
    """The batch that is written behind the value ``chain``."""
    crc = zlib.crc32(body)
    return Link(first, last, crc, chain_after(chain, first, last, crc))


def crc_matches(checksum: int, body: bytes) -> bool:
    return zlib.crc32(body) == checksum & _CRC_MASK
