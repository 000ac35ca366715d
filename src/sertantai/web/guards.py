"""Who may call a route. Every route handler carries exactly one of `public`, `signed_in`, `admin`.

`assert_every_route_guarded` refuses to start an application in which one carries none or two, so a
forgotten guard is found before the first request.

They are coroutines although they await nothing: Litestar would run plain functions in a thread.
"""

from collections.abc import Iterator
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from sertantai.core.errors import Forbidden, NotSignedIn
from sertantai.web.caller import ADMIN_ROLE, caller_of

Connection = ASGIConnection[Any, Any, Any, Any]


async def public(_connection: Connection, _handler: BaseRouteHandler) -> None:
    """Anybody may call it."""


async def signed_in(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Only somebody who has signed in; raises `NotSignedIn`."""
    if caller_of(connection) is None:
        raise NotSignedIn("Sign in first.")


async def admin(connection: Connection, handler: BaseRouteHandler) -> None:
    """Only administrators; raises `NotSignedIn` or `Forbidden`."""
    await signed_in(connection, handler)
    caller = caller_of(connection)
    if caller is None or caller.role != ADMIN_ROLE:
        raise Forbidden("Only administrators may do this.")


GUARDS = (public, signed_in, admin)


async def _authorize(self: BaseRouteHandler, connection: Connection) -> None:
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
            "exactly one of public, signed_in, admin is needed on: " + "; ".join(sorted(faults))
        )
