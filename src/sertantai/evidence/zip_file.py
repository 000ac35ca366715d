"""ZIP files of one form to the last byte, so that nothing can hide in one: as `verify.py` asks for it."""

import struct
import zlib
from collections.abc import Mapping
from typing import Final

STORED: Final = 0
DEFLATED: Final = 8
_FIRST_DAY: Final = 0x21
"""1 January 1980: packs made of the same are the same."""
_PLAIN_FILE: Final = 0o100644 << 16


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """``files``: by ASCII names; they stand in the order of these."""
    body, directory = bytearray(), bytearray()
    for name in sorted(files):
        content, encoded = files[name], name.encode("ascii")
        method, packed = _packed(content)
        shared = struct.pack(
            "<HHHHHIIIHH",
            *(20, 0, method, 0, _FIRST_DAY, zlib.crc32(content), len(packed), len(content), len(encoded), 0),
        )
        directory += b"PK\x01\x02\x14\x03" + shared
        directory += struct.pack("<HHHII", 0, 0, 0, _PLAIN_FILE, len(body)) + encoded
        body += b"PK\x03\x04" + shared + encoded + packed
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + end)


def _packed(content: bytes) -> tuple[int, bytes]:
    engine = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = engine.compress(content) + engine.flush()
    return (DEFLATED, packed) if len(packed) < len(content) else (STORED, content)
