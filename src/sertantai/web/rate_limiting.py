"""Middleware behind authentication: charges every request before its handler sees it."""

from sertantai.web.asgi import App, Receive, Scope, Send
from sertantai.web.caller import caller_in
from sertantai.web.limit_classes import LimitClass, class_of
from sertantai.web.rate_limits import RateLimits, remember_request


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
                await self._limits.charge(
                    kind, None if caller is None else caller.user_id, client[0] if client else None
                )
        await self._app(scope, receive, send)

    def _class(self, scope: Scope) -> LimitClass | None:
        handler, method, path = scope["route_handler"], scope["method"], scope["path_template"]
        key = (id(handler), method, path)
        if key not in self._class_of:
            self._class_of[key] = class_of(handler, method, path)
        return self._class_of[key]
