"""``Idempotency-Key``: a POST that is sent again gets the first one's answer instead of a second effect.

This memory is for the common case, a client that retries within the hour; it is bounded and ends with
the process. What must hold across a restart is held by the journal and the audit: the operation's id is
made from the key (`operation_id_for`), and `engine.repeats` does each id once.
"""

import hashlib
from typing import Final
from uuid import UUID, uuid5

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId, UserId

KEY_HEADER: Final = b"idempotency-key"
KEY_FIELD: Final = "Idempotency-Key"
KEY_MAX_CHARS: Final = 255
_NAMESPACE: Final = UUID("7d6a2d3e-53f0-5d0b-9a53-6f5f0f6b7a11")


class IdempotencyKeyReused(InvalidInput):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            f"{KEY_FIELD}: this key was used for another request. Use a new key for each new request.",
            field=KEY_FIELD,
        )


def operation_id_for(caller: UserId, key: str) -> OperationId:
    """The operation's id for a caller's key: the same whenever and wherever it is asked."""
    return OperationId(uuid5(_NAMESPACE, f"{caller}\0{key}"))


def parse_key(raw: bytes) -> str:
    """The key of a header: 1 to 255 visible ASCII characters, or `InvalidInput`."""
    key = raw.decode("latin-1").strip()
    if not 1 <= len(key) <= KEY_MAX_CHARS or not all("!" <= char <= "~" for char in key):
        raise InvalidInput(
            f"{KEY_FIELD}: it must be 1 to {KEY_MAX_CHARS} visible ASCII characters.", field=KEY_FIELD
        )
    return key


def fingerprint(path: str, query: bytes, body: bytes) -> bytes:
    """What makes two requests the same request."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (path.encode(), query, body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
