"""Ways into an organization that stand in its settings, and so have their place in its log: the tokens of its
directory. Their secrets are nowhere here.

A token is worth something only while it stands here; the table of tokens merely leads to it.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.ids import UserId

TOKEN_PREFIX: Final = "directory_token:"  # noqa: S105  # what the name of a setting begins with


class TokenSetting(msgspec.Struct, frozen=True, array_like=True):
    """``role``: of whom the directory says none."""

    by: UserId
    at: datetime
    role: str


def token_value(token: TokenSetting) -> list[Any]:
    """As settings have it."""
    value: list[Any] = msgspec.to_builtins(token)
    return value


def token_key(id: UUID | str) -> str:
    return f"{TOKEN_PREFIX}{id}"


def has_token(access: AccessState, id: UUID) -> bool:
    return token_key(id) in access.settings


def is_way_in(name: str) -> bool:
    return name.startswith(TOKEN_PREFIX)
