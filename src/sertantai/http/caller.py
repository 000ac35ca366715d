"""Any request, and who is calling, as the web toolkit sees it; the rooms above provide the object."""

from typing import Any, Protocol, cast
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection

from sertantai.http.asgi import Scope

AnyRequest = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]

ADMIN_ROLE = "admin"
GUEST_ROLE = "guest"


class AnyCaller(Protocol):
    """What an authenticated connection carries as its ``user``."""

    @property
    def user_id(self) -> UUID: ...

    @property
    def email(self) -> str | None: ...

    @property
    def role(self) -> str: ...


def caller_in(scope: Scope) -> AnyCaller | None:
    """The caller that authentication put into ``scope``, or None for somebody unknown."""
    caller: AnyCaller | None = scope.get("user")
    return caller


def caller_or_none(connection: AnyConnection) -> AnyCaller | None:
    return caller_in(cast(Scope, connection.scope))


def member_of(connection: AnyConnection) -> AnyCaller | None:
    """The caller, if it is somebody with an account; None for strangers and guests."""
    caller = caller_or_none(connection)
    return None if caller is None or caller.role == GUEST_ROLE else caller


def guest_of(connection: AnyConnection) -> AnyCaller | None:
    """The caller, if it is a guest: somebody without an account who has ticked something."""
    caller = caller_or_none(connection)
    return caller if caller is not None and caller.role == GUEST_ROLE else None
