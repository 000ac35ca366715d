"""Looks into an organization that are open: they stand in its settings, and so in its log.

So whoever starts a server after one that was killed finds those of which nobody has said that they ended.
They give nobody a right: who looks is asked for in the memory of the process that let them in.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.ids import OperationId, UserId
from sertantai.core.operations import LookIn

LOOK_PREFIX: Final = "look:"
"""What the names of such settings begin with."""


class OpenLook(msgspec.Struct, frozen=True, array_like=True):
    """``until``: it ends then at the latest."""

    looker: UserId
    name: str
    session: str
    at: datetime
    until: datetime | None


def is_look(name: str) -> bool:
    return name.startswith(LOOK_PREFIX)


def settings_after(settings: dict[str, Any], operation: LookIn) -> dict[str, Any]:
    """With a look that was opened, without one that has ended."""
    session = operation.origin.session
    if operation.look is None or operation.step == "list" or session is None:
        return settings
    key = f"{LOOK_PREFIX}{operation.look}"
    if operation.step == "ended":
        return {name: value for name, value in settings.items() if name != key}
    look = OpenLook(operation.looker, operation.name, session, operation.at, operation.until)
    return {**settings, key: msgspec.to_builtins(look)}


def open_looks(access: AccessState) -> dict[OperationId, OpenLook]:
    """By the operation that opened each."""
    return {
        OperationId(UUID(name[len(LOOK_PREFIX) :])): msgspec.convert(value, OpenLook)
        for name, value in access.settings.items()
        if is_look(name)
    }
