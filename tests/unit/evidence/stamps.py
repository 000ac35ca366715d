"""Time stamps in DER as authorities make them, without a signature, which no pack's verifier looks at."""

from datetime import UTC, datetime
from hashlib import sha256

from sertantai.core.sealing.notes import parse_note, signed
from sertantai.evidence.packing import head_of
from tests.unit.evidence.small_log import SmallLog

SHA256 = bytes.fromhex("0609608648016503040201")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
STAMP_INFO = bytes.fromhex("060b2a864886f70d0109100104")
POLICY = bytes.fromhex("06032a0304")


def der(tag: int, *content: bytes) -> bytes:
    inside = b"".join(content)
    length = len(inside)
    if length < 128:
        return bytes([tag, length]) + inside
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 128 + len(size)]) + size + inside


def stamp(digest: bytes, at: datetime, status: int = 0, algorithm: bytes = SHA256) -> bytes:
    number, time = der(2, b"\1"), der(0x18, f"{at.astimezone(UTC):%Y%m%d%H%M%SZ}".encode())
    imprint = der(0x30, der(0x30, algorithm, der(5)), der(4, digest))
    told = der(0x30, number, POLICY, imprint, number, time)
    content = der(0x30, STAMP_INFO, der(0xA0, der(4, told)))
    token = der(0x30, SIGNED_DATA, der(0xA0, der(0x30, number, der(0x31), content)))
    return der(0x30, der(0x30, der(2, bytes([status]))), token)


def stamps_of(log: SmallLog, sizes: list[int], at: datetime) -> dict[str, bytes]:
    """The files of a pack, of heads as the log alone signed them."""
    made = {}
    for size in sizes:
        note = parse_note(log.heads[size - 1])
        own = [one for one in note.signatures if one.name == log.origin]
        text = signed(note.text, own)
        assert head_of(text).size == size
        made[f"heads/{size}.tsr"] = stamp(sha256(text.encode()).digest(), at)
    return made
