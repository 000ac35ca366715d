"""One thing that is not what was told of it."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.sealing.canonical import free_text

SAID_MAX: Final = 200
"""Of each kind."""
MARK_LETTERS: Final = 32
STANDING: Final = "standing"
"""Under what marks stand in a notice, of what was found, or accepted."""


class Differing(msgspec.Struct, frozen=True):
    """``said``: a sentence, which names list, law and day where there are any. ``found``: what it is
    known by, with what differs; None: the sentence. ``of_trail``: whether it follows from the trail."""

    said: str
    owner: UUID | None = None
    group: UUID | None = None
    at: datetime | None = None
    found: Any = None
    of_trail: bool = True

    @property
    def mark(self) -> str:
        """By which it is known again, as long as it differs in that and in no other way."""
        text = free_text(self.said if self.found is None else self.found)
        return sha256(text.encode()).hexdigest()[:MARK_LETTERS]
