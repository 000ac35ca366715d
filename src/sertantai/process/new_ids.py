"""New identifiers. One also orders what it is for in time (UUID version 7, RFC 9562)."""

import os
import time
from uuid import UUID, SafeUUID

RANDOM_BITS = 0x0FFF_3FFF_FFFF_FFFF_FFFF
VERSION_AND_VARIANT = 0x7000_8000_0000_0000_0000
RANDOM_IDS = 256
"""Ids for which randomness is fetched at once: each call of the system lets go of Python's lock, and a busy
thread then waits milliseconds to get it back."""

_lower_halves: list[int] = []
_NOT_STATED = SafeUUID.unknown
_set_number, _set_safety = (vars(UUID)[slot].__set__ for slot in ("int", "is_safe"))
os.register_at_fork(after_in_child=_lower_halves.clear)


def new_id() -> UUID:
    """A UUID version 7: 48 bits of Unix milliseconds, then 74 random bits."""
    # Past UUID's own initialiser, which looks at six ways to state one: each tick makes an id.
    made = UUID.__new__(UUID)
    _set_number(made, time.time_ns() // 1_000_000 << 80 | _lower_half())
    _set_safety(made, _NOT_STATED)
    return made


def _lower_half() -> int:
    while True:
        try:
            return _lower_halves.pop()
        except IndexError:
            fresh = os.urandom(10 * RANDOM_IDS)
            _lower_halves.extend(
                int.from_bytes(fresh[start : start + 10], "big") & RANDOM_BITS | VERSION_AND_VARIANT
                for start in range(0, len(fresh), 10)
            )
