"""Users and their sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from sertantai.core.ids import SessionId, UserId

USER_ROLE: Final = "user"
ADMIN_ROLE: Final = "admin"
GUEST_ROLE: Final = "guest"
SIGN_IN_ROLES: Final = (USER_ROLE, ADMIN_ROLE)
"""The roles that somebody with an e-mail address may have."""


class SessionKind(StrEnum):
    COOKIE = "cookie"
    BEARER = "bearer"


class User(Struct, frozen=True):
    """A person who may sign in. The password's hash stays in the store's rows and never gets here."""

    user_id: UserId
    email: str | None
    role: str
    created_at: datetime
    confirmed_at: datetime | None = None
    disabled_at: datetime | None = None

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None


class Session(Struct, frozen=True):
    session_id: SessionId
    user_id: UserId
    kind: SessionKind
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime | None = None
    ip: str | None = None
    user_agent: str | None = None


class SignedIn(Struct, frozen=True):
    """A session just opened; ``token`` is its only copy."""

    token: str
    expires_at: datetime
    session: Session
