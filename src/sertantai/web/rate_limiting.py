"""Middleware behind authentication: charges every request before its handler sees it."""

from typing import Final

from sertantai.web.asgi import App, Message, Receive, Scope, Send
from sertantai.web.caller import caller_in
from sertantai.web.limit_classes import LimitClass, class_of
from sertantai.web.rate_limits import RateLimits, remember_request

KNOWN_DEVICE: Final = "known_device"
"""In the scope's state: what a sign-in from a browser where somebody has signed in before is counted by."""
PROVING: Final = frozenset({"/sign-in", "/sign-in/code", "/api/v1/auth/token"})
"""Routes where somebody proves who they are; other routes for strangers make or send something."""
NO_TRY: Final = frozenset({403, 413, 415})
"""Refused before anything was looked at."""


class RateLimiting:
    """The front door writes the headers from what the limits note in the scope's state."""

    def __init__(self, app: App, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits
        self._class_of: dict[tuple[int, str, str], LimitClass | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            kind = self._class(scope)
            if kind is not None:
                remember_request(scope["state"])
                caller, client = caller_in(scope), scope.get("client")
                ip = scope["state"].get(KNOWN_DEVICE) or (client[0] if client else None)
                await self._limits.charge(kind, None if caller is None else caller.user_id, ip)
                if kind is LimitClass.SIGN_IN:
                    await self._counting_failures(scope, receive, send, ip)
                    return
        await self._app(scope, receive, send)

    async def _counting_failures(self, scope: Scope, receive: Receive, send: Send, ip: str | None) -> None:
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
            is_right = scope["path_template"] in PROVING and 0 < status < 400
            if is_right or status in NO_TRY:
                self._limits.give_back(LimitClass.SIGN_IN, ip)

    def _class(self, scope: Scope) -> LimitClass | None:
        handler, method, path = scope["route_handler"], scope["method"], scope["path_template"]
        key = (id(handler), method, path)
        if key not in self._class_of:
            self._class_of[key] = class_of(handler, method, path)
        return self._class_of[key]
