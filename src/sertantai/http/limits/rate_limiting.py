"""Middleware behind authentication: charges every request before its handler sees it.

What it costs of the loop's time is known later, and charged by whoever measures it (see `turns`).
"""

from collections.abc import Awaitable, Callable
from typing import Final

from sertantai.http.asgi import App, Message, Receive, Scope, Send
from sertantai.http.caller import caller_in
from sertantai.http.limits.limit_classes import SIGN_IN_PATHS, LimitClass, class_of, may_be_refused_for_work
from sertantai.http.limits.rate_limits import RateLimits, remember_request
from sertantai.http.limits.work_limits import PAYERS

KNOWN_DEVICE: Final = "known_device"
"""In the scope's state: what a sign-in from a browser where somebody has signed in before is counted by."""
NO_TRY: Final = frozenset({403, 413, 415})
"""Refused before anything was looked at."""


class RateLimiting:
    """The front door writes the headers from what the limits note in the scope's state. Where there are no
    ``limits``, nothing is charged."""

    def __init__(self, app: App, limits: Callable[[], RateLimits | None]) -> None:
        self._app = app
        self._limits = limits
        self._class_of: dict[tuple[int, str, str], tuple[LimitClass | None, bool]] = {}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        limits = self._limits()
        if limits is None:
            return self._app(scope, receive, send)
        return self._charged(limits, scope, receive, send)

    async def _charged(self, limits: RateLimits, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            kind, may_be_refused_for_work = self._class(scope)
            if kind is not None:
                state = scope["state"]
                remember_request(state)
                caller, client = caller_in(scope), scope.get("client")
                user_id = None if caller is None else caller.user_id
                address = client[0] if client else None
                state[PAYERS] = payers = limits.work.payers(kind, caller, address)
                if may_be_refused_for_work:
                    limits.require_work(payers, user_id, address)
                ip = state.get(KNOWN_DEVICE) or address
                await limits.charge(kind, user_id, ip)
                if kind is LimitClass.SIGN_IN:
                    await self._counting_failures(limits, scope, receive, send, ip)
                    return
        await self._app(scope, receive, send)

    async def _counting_failures(
        self, limits: RateLimits, scope: Scope, receive: Receive, send: Send, ip: str | None
    ) -> None:
        """What was no try at all, or a right one, uses up nothing: others may share the address."""
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            is_right = scope["path_template"] in SIGN_IN_PATHS and 0 < status < 400
            if is_right or status in NO_TRY:
                limits.give_back(LimitClass.SIGN_IN, ip)

    def _class(self, scope: Scope) -> tuple[LimitClass | None, bool]:
        """The route's class, and whether its requests may be refused for the work that others were."""
        handler, method, path = scope["route_handler"], scope["method"], scope["path_template"]
        key = (id(handler), method, path)
        found = self._class_of.get(key)
        if found is None:
            kind = class_of(handler, method, path)
            found = self._class_of[key] = (kind, kind is not None and may_be_refused_for_work(kind, path))
        return found
