"""What colleagues are shown of somebody, until they say what they are called."""

import re
from typing import Final

DISPLAY_NAME_CHARACTERS_MAX: Final = 80
"""Of a name that is read from an address; what people write themselves may be longer."""
_BETWEEN: Final = re.compile(r"[._+\-\d]+")


def name_of_address(email: str) -> str:
    """``Ann Lee`` for ``ann.lee@example.org``; what stands before the @ where no words can be seen in it."""
    local = email.partition("@")[0].strip()
    words = [word for word in _BETWEEN.split(local.partition("+")[0]) if word]
    named = " ".join(word[:1].upper() + word[1:] for word in words) or local or "Member"
    return named[:DISPLAY_NAME_CHARACTERS_MAX]
