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
UPTO: Final = "upto"
"""Which comparison the marks of a notice are of, and of all before it; without it, of the first."""
FIRST, SECOND, THIRD = 1, 2, 3
"""What is compared has grown: of what is new, a log that has marks already is told first how it is found."""
NEWEST: Final = THIRD


class Differing(msgspec.Struct, frozen=True):
    """``said``: a sentence, which names list, law and day where there are any. ``found``: what it is
    known by, with what differs; None: the sentence. ``of_trail``: whether it follows from the trail.
    ``compared``: since which comparison it is looked at."""

    said: str
    owner: UUID | None = None
    group: UUID | None = None
    at: datetime | None = None
    found: Any = None
    of_trail: bool = True
    compared: int = FIRST

    @property
    def mark(self) -> str:
        """By which it is known again, as long as it differs in that and in no other way."""
        text = free_text(self.said if self.found is None else self.found)
        return sha256(text.encode()).hexdigest()[:MARK_LETTERS]
