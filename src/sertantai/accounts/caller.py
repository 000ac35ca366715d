"""Who is calling, and what this way of calling may do."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from sertantai.accounts.model import ADMIN_ROLE, GUEST_ROLE, USER_ROLE
from sertantai.core.ids import OwnerId, SessionId, UserId


class TokenScope(StrEnum):
    """What a token may be used for."""

    READ = "read"
    SELECT = "select"
    ADMIN = "admin"


ALL_SCOPES: Final[frozenset[str]] = frozenset(TokenScope)
"""What somebody may do who has signed in by hand."""


class Caller(Struct, frozen=True):
    """The caller of one request. ``session_id`` is None for a personal API token or a sister's JWT;
    ``expires_at`` is when what the caller proved itself with ends."""

    user_id: UserId
    email: str | None
    role: str
    session_id: SessionId | None
    scopes: frozenset[str]
    ip: str | None
    user_agent: str | None
    expires_at: datetime | None = None
    viewing: tuple[OwnerId, UserId] | None = None
    """An organization, and the member as whom the caller looks at its lists: nothing else is shown."""

    @property
    def is_guest(self) -> bool:
        return self.role == GUEST_ROLE

    def may(self, scope: TokenScope) -> bool:
        return scope in self.scopes


def effective_role(role: str, scopes: frozenset[str]) -> str:
    """An administrator's token without the scope ``admin`` is a user's, wherever roles are asked for."""
    return USER_ROLE if role == ADMIN_ROLE and TokenScope.ADMIN not in scopes else role
