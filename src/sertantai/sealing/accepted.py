"""That a log before this one ended because its history differed, as somebody accepted it in words."""

from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

ACCEPTED_FILE: Final = "accepted.json"


class Accepted(msgspec.Struct, frozen=True):
    """``said``: what differed, the first sentences of it. ``ended``: the last signed head of the log that
    ended; None: none could be read. ``origin`` and ``key``: of the log that began."""

    at: datetime
    by: UUID | None
    reason: str
    differences: int
    said: list[str]
    ended: str | None
    origin: str
    key: str


def accepted_in(folder: Path) -> Accepted | None:
    """Of the log in ``folder``. None: it is the first one."""
    path = folder / ACCEPTED_FILE
    return msgspec.json.decode(path.read_bytes(), type=Accepted) if path.exists() else None
