"""That a log before this one ended because its history differed, as somebody accepted it in words."""

from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from sertantai.process.summed_files import FileDamaged, read_summed

ACCEPTED_FILE: Final = "accepted.json"
MADE_AGAIN: Final = (
    "Put it back from a copy; else the next start writes it again from the sealed log, which has a hash of "
    "the words alone."
)


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
    """Of the log in ``folder``. None: it is the first one. Raises `FileDamaged`."""
    path = folder / ACCEPTED_FILE
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(read_summed(path, MADE_AGAIN), type=Accepted)
    except msgspec.MsgspecError as error:
        raise FileDamaged(path, f"cannot be read ({error})", MADE_AGAIN) from None
