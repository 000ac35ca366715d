"""A secret of this installation: made at first start, readable by its owner only, the same ever after."""

import secrets
from pathlib import Path
from typing import Final

from sertantai.process.private_files import make_private_folder, write_whole

SECRET_BYTES: Final = 32


def secret_in(path: Path) -> bytes:
    """The secret in ``path``; makes it, mode 0600, where there is none yet."""
    if not path.exists():
        _make(path)
    secret = path.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"{path} does not hold a secret; move it elsewhere and a new one will be created")
    return secret


def _make(path: Path) -> None:
    """Written whole under another name first: a crash leaves no half a secret."""
    make_private_folder(path.parent)
    write_whole(path, secrets.token_bytes(SECRET_BYTES))
