"""The short way of the hottest routes, past the framework's general machinery and past nothing else.

For each request the framework looks for its route, gathers what may be asked of any handler and reads a
signature: a third of what a tick takes, and none of it depends on the request. Here it is done at the start.
All that decides something is the framework's own chain of middleware, the handler's guards, what runs before
each handler, and the handler: the same objects of the same classes, called in the same order. So there is one
definition of each rule, and a test compares the answers of both ways (tests/acceptance/test_short_ways.py).

Whatever is unusual about a request (two slashes, one at the end, a host with strange characters) goes the
framework's way.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from inspect import iscoroutinefunction, signature
from typing import Any, Final, cast

from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from sertantai.http.answers import JsonAnswer
from sertantai.http.asgi import App, Receive, Scope, Send
from sertantai.http.caller import AnyRequest
from sertantai.http.exception_handlers import answer_to_error
from sertantai.http.large_bodies import PatientRequest

OPTION: Final = "short_way"
"""A handler with ``opt={"short_way": True}`` takes its request and the text of its path, and nothing else."""

_PARAMETER: Final = re.compile(r"\{(\w+):str\}")
_PLAIN_HOST: Final = re.compile(rb"[0-9A-Za-z.:\-\[\]]*")
_BEGUN: Final = "answer_begun"


class NoShortWay(Exception):
    """A handler asks for more than this way gives; a mistake in the program, found at start."""


class ShortWays:
    """ASGI wrapper around the framework. To be made when all routes are known; raises `NoShortWay`."""

    def __init__(self, app: Litestar, otherwise: App) -> None:
        self._otherwise = otherwise
        self._ways: dict[str, list[_Way]] = {}
        for route, handler in _marked(app):
            for method in handler.http_methods:
                self._ways.setdefault(method, []).append(_Way(app, route, handler))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        for way in self._ways.get(scope.get("method", ""), ()):
            found = way.pattern.fullmatch(scope["path"])
            if found is not None and _is_plain(scope):
                return way.go(found.groupdict(), scope, receive, send)
        return self._otherwise(scope, receive, send)


class _Way:
    def __init__(self, app: Litestar, route: HTTPRoute, handler: HTTPRouteHandler) -> None:
        self.pattern = _pattern_of(app, route, handler)
        self._after_exception = app.after_exception
        self._template = route.path_format
        self._handler = handler
        chain: App = _Handling(handler)
        for middleware in handler.resolve_middleware():
            chain = cast(Any, middleware)(app=chain)
        self._chain = chain

    async def go(self, parameters: dict[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        scope["path_params"] = parameters
        scope["route_handler"] = self._handler
        scope["path_template"] = self._template
        try:
            await self._chain(scope, receive, send)
        except Exception as error:
            if _BEGUN in scope["state"]:
                raise
            for hook in self._after_exception:
                await hook(error, cast(Any, scope))
            await _answer_to(error, PatientRequest(cast(Any, scope), cast(Any, receive), cast(Any, send)))


class _Handling:
    """The end of the chain: guards, what runs before each handler, the handler, its answer."""

    def __init__(self, handler: HTTPRouteHandler) -> None:
        self._handler = handler
        self._function: Callable[..., Awaitable[Response[Any]]] = handler.fn
        self._before = handler.resolve_before_request()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: AnyRequest = PatientRequest(cast(Any, scope), cast(Any, receive), cast(Any, send))
        try:
            answer = await self._answer(request, scope["path_params"])
        except Exception as error:  # noqa: BLE001  # it is answered, as the framework does in this place
            await _answer_to(error, request)
            return
        scope["state"][_BEGUN] = True
        await answer(scope, receive, send)

    async def _answer(self, request: AnyRequest, parameters: Mapping[str, str]) -> App:
        await self._handler.authorize_connection(request)
        response = None if self._before is None else await cast(Any, self._before)(request)
        if not response:
            response = await self._function(request=request, **parameters)
        if type(response) is JsonAnswer:
            return cast(App, response.to_asgi_response())
        return cast(App, await self._handler.to_response(app=request.app, data=response, request=request))


async def _answer_to(error: Exception, request: AnyRequest) -> None:
    """See `application`, where it is what answers all errors."""
    response = answer_to_error(request, error).to_asgi_response(None, request)
    request.scope["state"][_BEGUN] = True
    await response(request.scope, request.receive, request.send)


def _is_plain(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"host":
            return _PLAIN_HOST.fullmatch(value) is not None
    return True


def _marked(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.opt.get(OPTION):
                    yield route, handler


def _pattern_of(app: Litestar, route: HTTPRoute, handler: HTTPRouteHandler) -> re.Pattern[str]:
    """Which paths the handler takes. Raises `NoShortWay`."""
    names = _PARAMETER.findall(route.path)
    pattern = re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", route.path))
    if set(signature(handler.fn).parameters) != {"request", *names} or not iscoroutinefunction(handler.fn):
        raise NoShortWay(f"{route.path}: a coroutine that takes its request and {', '.join(names)} is needed")
    hooks = [getattr(layer, "after_request", None) for layer in handler.ownership_layers]
    hooks.append(handler.resolve_after_response())
    if handler.cache or any(hooks) or handler.resolve_dependencies():
        raise NoShortWay(
            f"{route.path}: neither caches, nor hooks behind it, nor dependencies are known here"
        )
    others = [other.path for other in app.routes if other is not route and pattern.fullmatch(other.path)]
    if others:
        raise NoShortWay(f"{route.path} is also the path of {', '.join(others)}")
    return pattern
