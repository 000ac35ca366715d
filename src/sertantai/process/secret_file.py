"""A secret of this installation: made at first start, readable by its owner only, the same ever after."""

import os
import secrets
from pathlib import Path
from typing import Final

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
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
