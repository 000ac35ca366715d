"""A secret of this installation: made at first start, readable by its owner only, the same ever after."""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from sertantai.process.logs import logger
from sertantai.process.private_files import make_private_folder
from sertantai.process.summed_files import MARK, SUM_BYTES, FileDamaged, read_summed, write_summed

SECRET_BYTES: Final = 32
LOST: Final = "Put it back from a copy; else the next start creates another one."
ANOTHER: Final = "Put it back from a copy; or move it elsewhere, and the next start creates another one."

log = logger(__name__)


def secret_in(path: Path) -> bytes:
    """The secret in ``path``; makes it, mode 0600, where there is none yet. Raises `FileDamaged`."""
    if not path.exists():
        log.info("secret_made", path=str(path))
        _make(path)
    secret = read_secret(path)
    if len(secret) == SECRET_BYTES == path.stat().st_size:  # of before there were hashes beside them
        with suppress(OSError):
            write_summed(path, secret)
    return secret


def read_secret(path: Path) -> bytes:
    """The same where it is there; changes nothing. Raises `FileDamaged`, `OSError`."""
    secret = read_summed(path, ANOTHER)
    is_cut = SECRET_BYTES < len(secret) < SECRET_BYTES + SUM_BYTES and MARK.startswith(
        secret[SECRET_BYTES : SECRET_BYTES + len(MARK)]
    )
    is_typed = len(secret) == SECRET_BYTES + 1 and secret.isascii()  # with the end of its line
    if len(secret) < SECRET_BYTES or (is_cut and not is_typed) or len(secret) == SECRET_BYTES + SUM_BYTES:
        raise FileDamaged(path, "does not hold a secret", ANOTHER)
    return secret


def _make(path: Path) -> None:
    """Written whole under another name first: a crash leaves no half a secret."""
    make_private_folder(path.parent)
    write_summed(path, secrets.token_bytes(SECRET_BYTES))
