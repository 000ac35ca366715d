"""Recovery codes: for the day the authenticator is lost. 80 random bits each, kept as hashes, good once."""

import base64
import hashlib
import re
import secrets
from typing import Final

from sertantai.core.ids import UserId

CODES: Final = 10
CODE_BYTES: Final = 10
_SHAPE: Final = re.compile(r"[a-z2-7]{16}")


def new_codes() -> list[str]:
    """Codes as they are shown: ``abcd-efgh-ijkl-mnop``."""
    return [
        _grouped(base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()) for _ in range(CODES)
    ]


def hash_code(user_id: UserId, code: str) -> bytes | None:
    """What is kept of a code; None for what cannot be one."""
    letters = re.sub(r"[\s-]", "", code).lower()
    if not _SHAPE.fullmatch(letters):
        return None
    return hashlib.sha256(user_id.bytes + letters.encode("ascii")).digest()


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
