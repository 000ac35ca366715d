"""One thing that is not what was told of it."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

SAID_MAX: Final = 200
"""Of each kind."""


class Differing(msgspec.Struct, frozen=True):
    """``said``: a sentence, which names list, law and day where there are any."""

    said: str
    owner: UUID | None = None
    group: UUID | None = None
    at: datetime | None = None
