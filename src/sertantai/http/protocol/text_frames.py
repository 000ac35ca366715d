"""WebSocket frames of ours (RFC 6455, 5.2): text, whole and unmasked, so the same bytes for many."""

from typing import Final

_TEXT_WHOLE: Final = 0x81
_SHORT_MAX: Final = 125
_MEDIUM_MAX: Final = 0xFFFF


def text_frame(payload: bytes) -> bytes:
    size = len(payload)
    if size <= _SHORT_MAX:
        return bytes((_TEXT_WHOLE, size)) + payload
    if size <= _MEDIUM_MAX:
        return b"\x81\x7e" + size.to_bytes(2) + payload
    return b"\x81\x7f" + size.to_bytes(8) + payload
