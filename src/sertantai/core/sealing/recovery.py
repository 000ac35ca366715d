"""A recovery key: what is on paper, and what it signs. Pure.

It signs one thing only, that a key is the next one of a log, so it is needed once in years, and lies where no
server can reach it until then.
"""

import base64
import binascii
import re
from hashlib import sha256
from typing import Final

SEED_BYTES: Final = 32
CHECK_BYTES: Final = 3
"""Of the seed's hash: somebody types 56 letters from paper."""
GROUP: Final = 4
PAPER_CHARACTERS_MAX: Final = 200
_FIRST_LINE: Final = "sertantai-recovery/v1"
"""No head begins with it, as that has the log's name there."""
_BETWEEN: Final = re.compile(r"[\s-]+")


class NotAPaperKey(ValueError):
    """What was typed is no recovery key; the message says why."""


def on_paper(seed: bytes) -> str:
    """In letters and figures that nobody confuses, in groups of four."""
    text = base64.b32encode(seed + sha256(seed).digest()[:CHECK_BYTES]).decode()
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def from_paper(text: str) -> bytes:
    """The seed. Raises `NotAPaperKey`."""
    if len(text) > PAPER_CHARACTERS_MAX:
        raise NotAPaperKey("it is too long")
    try:
        data = base64.b32decode(_BETWEEN.sub("", text).upper())
    except (binascii.Error, ValueError):
        raise NotAPaperKey("it has letters that a recovery key does not have, or too few") from None
    seed, check = data[:SEED_BYTES], data[SEED_BYTES:]
    if len(data) != SEED_BYTES + CHECK_BYTES or sha256(seed).digest()[:CHECK_BYTES] != check:
        raise NotAPaperKey("it is not whole, or one of its letters is another")
    return seed


def vouched_text(key: str) -> bytes:
    """What a recovery key signs. ``key``: as it is written."""
    return f"{_FIRST_LINE}\n{key}\n".encode()


def recovery_name(origin: str) -> str:
    """What the recovery key of a log is called, so that it is never taken for one that signs heads."""
    return f"{origin}/recovery"
