"""Of somebody outside who is to remember the sealed log: what they have, and since when they say nothing."""

from typing import Final

import msgspec

SILENT_S: Final = 86_400.0


class Heard(msgspec.Struct, frozen=True):
    """``size``: of the newest head that they have (0: none); when they answered last, and what is wrong
    since. ``is_silent``: for a day."""

    name: str
    size: int
    answered_at: float | None
    problem: str | None
    is_silent: bool
