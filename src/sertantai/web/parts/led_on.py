"""What an address says of where to go afterwards, and of what a mail brought."""

from typing import Final

import msgspec

from sertantai.web.query import Shape


class LedOn(msgspec.Struct, frozen=True):
    """``next``: the address to go to afterwards; ``notice``: what has just been done, by its name."""

    next: str = ""
    notice: str = ""


class FromMail(msgspec.Struct, frozen=True):
    token: str = ""


LED_ON: Final = Shape(LedOn)
FROM_MAIL: Final = Shape(FromMail)
