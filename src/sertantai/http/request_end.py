"""What is to be done when a request is over, however it ends: also when its answer was never begun."""

from collections.abc import Callable
from typing import Any, Final, cast

from litestar.connection import ASGIConnection

from sertantai.http.asgi import Scope

_STATE_KEY: Final = "at_end"


def at_end(connection: ASGIConnection[Any, Any, Any, Any], work: Callable[[], None]) -> None:
    """``work`` is done once, by the front door."""
    cast(Scope, connection.scope)["state"].setdefault(_STATE_KEY, []).append(work)


def end(scope: Scope) -> None:
    for work in scope["state"].pop(_STATE_KEY, ()):
        work()
