"""The outermost layer: which request is this, from whom, for which host; and what every answer carries.

It stands around the framework, so that answers which never reach a handler (404, 405) are covered.
Every change pays for it, hence one pass over the headers and no objects beyond the closures.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final

import msgspec
from structlog.contextvars import bind_contextvars

from sertantai.http.asgi import App, Message, Receive, Scope, Send
from sertantai.http.client_address import LOOPBACK, AllowedHosts, TrustedProxies, plain_address
from sertantai.http.limits.rate_limits import STATE_KEY as RATE_LIMIT
from sertantai.http.problems import PROBLEM_MEDIA_TYPE, Problem, title_of
from sertantai.http.protocol.head_requests import HeadOnly, as_get, tell_of_head
from sertantai.http.protocol.security_headers import (
    ALWAYS,
    PRIVATE,
    SECRET_PATHS,
    WITHOUT_TRACE,
    Header,
    hsts,
)
from sertantai.http.request_end import end
from sertantai.http.request_ids import request_id_from

Observer = Callable[[Scope, int, float], None]
"""Told of each answer: scope (its ``path_template`` names the route), status, seconds to the first byte."""

Added = Callable[[Sequence[Header]], Sequence[Header]]
"""What an answer with such headers carries beside them."""

HEALTH: Final = "/health/"
METRICS: Final = "/metrics"
METHOD_NOT_ALLOWED: Final = 405

_THIS_MACHINE: Final = AllowedHosts(("127.0.0.1", "[::1]", "localhost"))
_READ: Final = frozenset((b"host", b"x-request-id", b"x-forwarded-proto"))


class FrontDoor:
    """ASGI wrapper: request id, client address, host check, security headers."""

    def __init__(
        self,
        app: App,
        *,
        trusted_proxies: TrustedProxies,
        allowed_hosts: AllowedHosts,
        hsts_max_age_s: int = 0,
        observe: Observer | None = None,
        added: Added | None = None,
    ) -> None:
        self._app = app
        self._proxies = trusted_proxies
        self._hosts = allowed_hosts
        self._hsts = hsts(hsts_max_age_s)
        self._observe = observe
        self._added = added

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope.get("method") == "HEAD":
            scope, head = as_get(scope), HeadOnly(receive, send)
            receive, send = head.receive, head.send
        read = {name: value for name, value in scope["headers"] if name in _READ}
        self._see_through_proxies(scope, read)
        request_id = request_id_from(read.get(b"x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id
        answer = send if scope["type"] == "websocket" else self._with_headers(scope, request_id, send)
        # Not reset afterwards: the server runs each request in a task, and so in a context, of its own.
        bind_contextvars(request_id=request_id)
        host = read.get(b"host", b"").decode("latin-1")
        try:
            if self._hosts.includes(host) or _is_asked_on_this_machine(scope, host):
                await self._app(scope, receive, answer)
            else:
                await _refuse_host(scope, request_id, answer)
        finally:
            end(scope)

    def _see_through_proxies(self, scope: Scope, read: dict[bytes, bytes]) -> None:
        """Put the true client and scheme into the scope, where every reader finds them."""
        client = scope.get("client")
        if client is not None and "%" in client[0]:
            client = scope["client"] = (plain_address(client[0]) or "", client[1])
        if client is None or not self._proxies or not self._proxies.includes(client[0]):
            return
        # A proxy may add a line of its own instead of adding to the one that is there.
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        if forwarded:
            scope["client"] = (self._proxies.client_address(client[0], forwarded.decode("latin-1")), 0)
        scheme = read.get(b"x-forwarded-proto", b"").decode("latin-1").rpartition(",")[2].strip()
        if scheme in ("http", "https"):
            secure = scheme == "https"
            scope["scheme"] = ("wss" if secure else "ws") if scope["type"] == "websocket" else scheme

    def _with_headers(self, scope: Scope, request_id: str, send: Send) -> Send:
        started = perf_counter()
        state = scope["state"]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if self._added is not None:
                    headers.extend(self._added(headers))
                for name, _ in headers:
                    if name.lower() == b"cache-control":
                        break
                else:
                    headers.append(PRIVATE)
                headers.extend(WITHOUT_TRACE if scope["path"].startswith(SECRET_PATHS) else ALWAYS)
                headers.extend(state.get(RATE_LIMIT, ()))
                headers.append((b"x-request-id", request_id.encode("ascii")))
                if scope["scheme"] == "https":
                    headers.extend(self._hsts)
                message["headers"] = headers
                if message["status"] == METHOD_NOT_ALLOWED or scope.get("method") == "OPTIONS":
                    tell_of_head(message)
                if self._observe is not None:
                    self._observe(scope, message["status"], perf_counter() - started)
            await send(message)

        return answer


def _is_asked_on_this_machine(scope: Scope, host: str) -> bool:
    """A container's health check and Prometheus beside us ask by an address, whatever names we have."""
    client = scope.get("client")
    asks_how_it_goes = scope["path"].startswith(HEALTH) or scope["path"] == METRICS
    return asks_how_it_goes and client is not None and client[0] in LOOPBACK and _THIS_MACHINE.includes(host)


async def _refuse_host(scope: Scope, request_id: str, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4421, "reason": "host not served here"})
        return
    problem = Problem(
        title=title_of(421),
        status=421,
        code="host_not_allowed",
        detail="This server does not answer to that host name; see the setting allowed_hosts.",
        instance=request_id,
    )
    body = msgspec.json.encode(problem)
    headers = [(b"content-type", PROBLEM_MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
