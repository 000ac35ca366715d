"""Whether members of an organization are told which of them are here, and what they look at."""

from typing import Final

from sertantai.core.access_state import AccessState

PRESENCE: Final = "presence"
"""The setting of an organization."""
SHOWN: Final = "shown"
HIDDEN: Final = "hidden"


def is_presence_shown(access: AccessState | None) -> bool:
    """In lists of one's own there is nobody else to be told."""
    return access is None or access.settings.get(PRESENCE) != HIDDEN
