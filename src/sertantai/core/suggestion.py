"""What somebody who may not tick would tick or untick, until somebody who may decides."""

from datetime import datetime
from hashlib import blake2b

import msgspec

from sertantai.core.bitmaps import told, unpack
from sertantai.core.ids import Position, UserId

SUGGESTION_BYTES = 500
"""What one takes of memory beside its laws and its reason, about."""


class Suggestion(msgspec.Struct, frozen=True, array_like=True):
    """``add`` and ``remove`` are packed bitmaps of what is not decided yet."""

    by: UserId
    at: datetime
    position: Position
    add: bytes
    remove: bytes
    reason: str = ""


def digest_of(add: bytes, remove: bytes) -> str:
    """Of the laws of two packed bitmaps, however each is packed."""
    ticks, unticks = told(unpack(add)), told(unpack(remove))
    return blake2b(b"%d " % len(ticks) + ticks + unticks, digest_size=16).hexdigest()
