"""Small files that end with a hash of what is before it: damage in them is told, and never taken for what
somebody wrote."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from sertantai.core.errors import Unavailable
from sertantai.process.private_files import write_whole

MARK: Final = b"\n# sha256 "
SUM_BYTES: Final = len(MARK) + 2 * sha256().digest_size + 1


class FileDamaged(Unavailable):
    """``path``: which file; ``what`` is wrong with it, after its name; ``mending``: what to do, in a
    sentence."""

    code = "file_damaged"

    def __init__(self, path: Path, what: str, mending: str) -> None:
        super().__init__(f"{path} {what}. {mending}")
        self.path = path


def summed(data: bytes) -> bytes:
    """As it is written."""
    return data + MARK + sha256(data).hexdigest().encode() + b"\n"


def write_summed(path: Path, data: bytes) -> None:
    """Whole or not at all. Raises `OSError`."""
    write_whole(path, summed(data))


def read_summed(path: Path, mending: str) -> bytes:
    """What was written, without its hash; also of a file from before there was one. Raises `FileDamaged`,
    which says ``mending``, and `OSError`."""
    content = path.read_bytes()
    at = content.rfind(MARK)
    if at < 0:
        return content
    data = content[:at]
    if content != summed(data):
        raise FileDamaged(path, "is damaged: it is not what was written", mending)
    return data
