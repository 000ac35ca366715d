"""New identifiers. One also orders what it is for in time (UUID version 7, RFC 9562)."""

import os
import time
from functools import lru_cache
from typing import Final
from uuid import UUID

import msgspec

TIME_BYTES: Final = 6
RANDOM_BYTES: Final = 10
RANDOM_IDS: Final = 256
"""Ids for which randomness is fetched at once: each call of the system lets go of Python's lock, and a busy
thread then waits milliseconds to get it back."""
_VERSION_7: Final = bytes(0x70 | byte & 0x0F for byte in range(256))
_RFC_VARIANT: Final = bytes(0x80 | byte & 0x3F for byte in range(256))
_SIXTEEN_BYTES: Final = b"\xc4\x10"
"""How MessagePack begins them. Its decoder makes a UUID without UUID's own initialiser, which looks at six
ways to state one: each tick makes an id."""

_read: Final = msgspec.msgpack.Decoder(UUID).decode
_lower_halves: list[bytes] = []
os.register_at_fork(after_in_child=_lower_halves.clear)


def new_id() -> UUID:
    """A UUID version 7: 48 bits of Unix milliseconds, then 74 random bits."""
    beginning = _beginning(time.time_ns() // 1_000_000)
    try:
        lower_half = _lower_halves.pop()
    except IndexError:
        lower_half = _refill()
    return _read(beginning + lower_half)


@lru_cache(1)
def _beginning(milliseconds: int) -> bytes:
    return _SIXTEEN_BYTES + milliseconds.to_bytes(TIME_BYTES, "big")


def _refill() -> bytes:
    fresh = bytearray(os.urandom(RANDOM_BYTES * RANDOM_IDS))
    fresh[0::RANDOM_BYTES] = fresh[0::RANDOM_BYTES].translate(_VERSION_7)
    fresh[2::RANDOM_BYTES] = fresh[2::RANDOM_BYTES].translate(_RFC_VARIANT)
    whole = bytes(fresh)
    _lower_halves.extend(
        whole[at : at + RANDOM_BYTES] for at in range(RANDOM_BYTES, len(whole), RANDOM_BYTES)
    )
    return whole[:RANDOM_BYTES]
