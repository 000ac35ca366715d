"""Who may call a route. Every route handler carries exactly one of `public`, `visitor`, `signed_in`, `admin`.

A guest is let in by `visitor` only, so that a new route is closed to guests until somebody opens it.
`assert_every_route_guarded` refuses to start an application in which one carries none or two, so a
forgotten guard is found before the first request.

They are coroutines although they await nothing: Litestar would run plain functions in a thread.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from sertantai.core.errors import Forbidden, NotSignedIn
from sertantai.http.caller import ADMIN_ROLE, AnyConnection, caller_or_none, guest_of

PURPOSE: Final = "sign_in_to"
"""A handler with ``opt={"sign_in_to": "export laws"}`` says what for; it ends the sentence "Sign in to"."""

TOKENS: Final = "tokens"
"""A handler with ``opt={"tokens": scopes}`` says which scopes a personal token must have, all of them;
without it no token is let in."""
ANY_TOKEN: Final[Mapping[str, Any]] = {TOKENS: ()}
"""Any token that is good: nothing of anybody's is shown or changed."""


class SessionNeeded(Forbidden):
    """Whoever holds a token for scripts must not be able to turn it into the whole account."""

    code = "session_needed"

    def __init__(self) -> None:
        super().__init__("You need to sign in for this; a token cannot be used here.")


class AccountNeeded(NotSignedIn):
    """A guest asks for what only somebody with an account may do."""

    code = "account_needed"


async def public(_connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Anybody may call it."""


async def visitor(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Somebody with ticks of their own: signed in, or a guest; raises `NotSignedIn`."""
    if caller_or_none(connection) is None:
        raise NotSignedIn("Sign in first.")


async def signed_in(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Only somebody who has signed in; raises `NotSignedIn`, for guests `AccountNeeded`."""
    await visitor(connection, handler)
    if guest_of(connection) is not None:
        purpose = handler.opt.get(PURPOSE, "do this")
        raise AccountNeeded(f"Sign in to {purpose}. Without an account you can search and tick laws.")


async def admin(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Only administrators who sit at a browser; raises `NotSignedIn`, `Forbidden`, `SessionNeeded`.

    A bearer token of whatever kind does not do: what administrators see and may end is not for programs
    that a token was once given to.
    """
    await signed_in(connection, handler)
    caller = caller_or_none(connection)
    if caller is None or caller.role != ADMIN_ROLE:
        raise Forbidden("Only administrators can do this.")
    if "authorization" in connection.headers:
        raise SessionNeeded


GUARDS = (public, visitor, signed_in, admin)


async def _authorize(self: BaseRouteHandler, connection: AnyConnection) -> None:
    """What Litestar does, without copying the route handler for each request.

    The copy protects handlers from guards that change them, ours do not, and it costs as much as a
    quarter of a small request (measured: 60 of 250 µs).
    """
    for guard in self.resolve_guards():
        await guard(connection, self)  # type: ignore[misc]  # resolved guards are coroutines


BaseRouteHandler.authorize_connection = _authorize  # type: ignore[method-assign]  # see its docstring


class UnguardedRoute(Exception):
    """A route handler does not say who may call it; a mistake in the program, found at start."""


def _handlers(app: Litestar) -> Iterator[tuple[str, BaseRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                yield route.path, handler
        else:
            yield route.path, route.route_handler


def _is_automatic_options(handler: BaseRouteHandler) -> bool:
    """Litestar answers OPTIONS by itself for every path, with the allowed methods and nothing else."""
    return handler.handler_name == "options_handler" and getattr(handler, "http_methods", None) == {"OPTIONS"}


def assert_every_route_guarded(app: Litestar) -> None:
    """Raise `UnguardedRoute` naming every handler that does not carry exactly one guard."""
    faults = []
    for path, handler in _handlers(app):
        if _is_automatic_options(handler):
            continue
        declared = [guard for guard in handler.resolve_guards() if guard in GUARDS]
        if len(declared) != 1:
            names = ", ".join(guard.__name__ for guard in declared) or "none"
            faults.append(f"{path} ({handler.handler_name}): {names}")
    if faults:
        raise UnguardedRoute(
            "exactly one of public, visitor, signed_in, admin is needed on: " + "; ".join(sorted(faults))
        )
