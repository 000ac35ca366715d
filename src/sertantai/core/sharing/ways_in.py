"""Ways into an organization that stand in its settings, and so have their place in its log: the tokens of its
directory, with what its people sign in, and its domains. Their secrets are nowhere here.

A token is worth something only while it stands here; the table of tokens merely leads to it. Of the provider
and the domains the tables count, and here stands what was done to them, and by whom.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.ids import UserId
from sertantai.core.rights import Right

TOKEN_PREFIX: Final = "directory_token:"  # noqa: S105  # what the name of a setting begins with
PROVIDER: Final = "sign_in_provider"
DOMAIN_PREFIX: Final = "domain:"
ABBREVIATION_PREFIX: Final = "abbreviation:"
"""No way in: what is told of an organization's abbreviations."""
INVITATION_PREFIX: Final = "invitation:"
"""Each is told of as it is made, sent again, changed and revoked; whether it is good stands in its table."""


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


def domain_key(domain: str) -> str:
    return f"{DOMAIN_PREFIX}{domain}"


def is_way_in(name: str) -> bool:
    return needed_for(name) is not None


def needed_for(name: str) -> Right | None:
    """Whoever sets it needs this right; None: it is no way in."""
    if name.startswith(DOMAIN_PREFIX):
        return Right.DOMAINS
    return Right.SSO if name == PROVIDER or name.startswith(TOKEN_PREFIX) else None


def needed_to_tell(name: str) -> Right:
    """Whoever tells of what stands elsewhere needs this right."""
    return Right.INVITE if name.startswith(INVITATION_PREFIX) else Right.SETTINGS


def without_addresses(said: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the trail for who may not see personal fields: not to which address an invitation goes."""
    return {**said, **{part: _unaddressed(said[part]) for part in ("told", "before") if said.get(part)}}


def _unaddressed(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {key: value for key, value in one.items() if key != "email"}
        if name.startswith(INVITATION_PREFIX) and one is not None
        else one
        for name, one in told.items()
    }


def is_said_by(actor: UserId, settings: Mapping[str, Any]) -> bool:
    """Whether nothing of it is said in another's name."""
    return all(value is None or said_by(value) == str(actor) for value in settings.values())


def said_by(value: Any) -> str:
    """In whose name such a setting is made."""
    return str(value["by"] if isinstance(value, dict) else value[0])
