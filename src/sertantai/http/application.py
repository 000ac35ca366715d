"""Puts the toolkit around the routes that the rooms above bring: one function, one finished application."""

from collections.abc import Awaitable, Sequence
from typing import Any, Final, Protocol, cast

from litestar import Litestar, Response, Router, get
from litestar.middleware import DefineMiddleware
from litestar.types import ControllerRouterHandler, Middleware
from prometheus_client import CollectorRegistry

from sertantai.core.clock import Clock
from sertantai.http.asgi import App, Receive, Scope, Send
from sertantai.http.bodies import Bodies, BodyRoom
from sertantai.http.caller import AnyRequest
from sertantai.http.client_address import AllowedHosts, TrustedProxies
from sertantai.http.csrf import Csrf
from sertantai.http.exception_handlers import answer_to_error
from sertantai.http.framework_problems import REQUEST_BODY_MAX_BYTES
from sertantai.http.front_door import Added, FrontDoor, Observer
from sertantai.http.guards import ANY_TOKEN, assert_every_route_guarded, public
from sertantai.http.health import Probe, Readiness, ReadinessLately, health_routes
from sertantai.http.idempotency import AnsweredRequests, Idempotency
from sertantai.http.large_bodies import PatientRequest
from sertantai.http.limits.rate_limiting import RateLimiting
from sertantai.http.limits.rate_limits import RateLimits
from sertantai.http.limits.work_limits import PAYERS
from sertantai.http.openapi import openapi_config, openapi_routes
from sertantai.http.pages.notices import Notices
from sertantai.http.pages.page_files import PageFiles
from sertantai.http.pages.rendering import PageContext, Pages
from sertantai.http.pages.static_files import static_files, static_routes
from sertantai.http.patience import Patience
from sertantai.http.protocol.compression import Compression
from sertantai.http.query_names import ASKS, check_names
from sertantai.http.short_ways import ShortWays
from sertantai.http.stale_forms import StaleForms
from sertantai.http.turns import Charge, Turns, count_work
from sertantai.process.metrics import REGISTRY
from sertantai.process.system_clock import SystemClock

SECRET_MIN_BYTES: Final = 32
SERVICES: Final = (
    "added",
    "clock",
    "limits",
    "observe",
    "page_context",
    "probes",
    "sockets",
    "state",
)


class WebSettings(Protocol):
    """The part of the settings that the toolkit reads."""

    @property
    def trusted_proxies(self) -> tuple[str, ...]: ...

    @property
    def allowed_hosts(self) -> tuple[str, ...]: ...

    @property
    def hsts_max_age_s(self) -> int: ...

    @property
    def secure_cookies(self) -> bool: ...

    @property
    def metrics_access(self) -> str: ...


def web_application(
    route_handlers: Sequence[ControllerRouterHandler],
    settings: WebSettings,
    *,
    page_files: PageFiles,
    secret: bytes,
    authentication: Sequence[Middleware] = (),
    registry: CollectorRegistry = REGISTRY,
    **services_and_options: Any,
) -> Litestar:
    """The whole web application around ``route_handlers``: `Routes` that are served at once."""
    serving = {name: services_and_options.pop(name) for name in SERVICES if name in services_and_options}
    made = Routes(route_handlers, page_files, authentication, registry, **services_and_options)
    return made.served(settings, secret=secret, **serving)


class Routes:
    """Routes with all that is around them, before there is any service: behind the imports, to make them is
    the longest part of a start, and depends on nothing of a server. Raises `UnguardedRoute`.

    ``page_files`` are what pages are made of. ``authentication`` puts the caller into ``scope["user"]``
    and runs before everything that asks for it.
    """

    def __init__(
        self,
        route_handlers: Sequence[ControllerRouterHandler],
        page_files: PageFiles,
        authentication: Sequence[Middleware] = (),
        registry: CollectorRegistry = REGISTRY,
        **litestar_options: Any,
    ) -> None:
        self._static = static_files(page_files)
        self._given = given = _Given()
        own = [
            *static_routes(self._static),
            *health_routes(given.readiness, registry, given.metrics_access),
            *openapi_routes(),
            csrf_token,
        ]
        self._app = Litestar(
            # Monitors and caches may ask ours with whatever they add.
            [*route_handlers, Router("/", route_handlers=own, opt={ASKS: None, **ANY_TOKEN})],
            middleware=[
                *authentication,
                DefineMiddleware(cast(Any, RateLimiting), limits=lambda: given.limits),
                DefineMiddleware(cast(Any, Bodies), room=BodyRoom()),
                DefineMiddleware(cast(Any, Idempotency), answered=lambda: given.answered),
            ],
            before_request=given.before,
            exception_handlers={Exception: answer_to_error},
            openapi_config=openapi_config(),
            request_class=PatientRequest,
            request_max_body_size=REQUEST_BODY_MAX_BYTES,
            logging_config=None,
            **litestar_options,
        )
        assert_every_route_guarded(self._app)

    def served(
        self,
        settings: WebSettings,
        *,
        secret: bytes,
        probes: Sequence[Probe] = (),
        page_context: PageContext | None = None,
        limits: RateLimits | None = None,
        observe: Observer | None = None,
        added: Added | None = None,
        clock: Clock | None = None,
        state: dict[str, Any] | None = None,
        sockets: App | None = None,
    ) -> Litestar:
        """The application of these routes and those services, once.

        ``secret`` signs CSRF tokens and must be the same after a restart. ``state`` is what handlers find in
        ``request.app.state``. ``sockets`` answers WebSockets. Services are started and stopped by whoever
        calls.
        """
        if len(secret) < SECRET_MIN_BYTES:
            raise ValueError(f"the secret needs at least {SECRET_MIN_BYTES} bytes")
        app, static = self._app, self._static
        csrf = Csrf(secret, secure_cookies=settings.secure_cookies)
        notices = Notices(secret, secure_cookies=settings.secure_cookies)
        pages = Pages(static, csrf, notices, page_context)
        self._given.all(settings, limits, AnsweredRequests(clock or SystemClock()), StaleForms(csrf), probes)
        app.state.update(
            {**(state or {}), "pages": pages, "csrf": csrf, "notices": notices, "static": static}
        )
        inner = Patience(Turns(Compression(ShortWays(app, app.asgi_handler)), charge=_charging(limits)))
        app.asgi_handler = FrontDoor(  # type: ignore[assignment]  # ASGI all the same; see asgi.py
            inner if sockets is None else _by_kind(inner, sockets),
            trusted_proxies=TrustedProxies(settings.trusted_proxies),
            allowed_hosts=AllowedHosts(settings.allowed_hosts),
            hsts_max_age_s=settings.hsts_max_age_s,
            observe=observe,
            added=added,
        )
        return app


class _Given:
    """What routes find when they are asked: there is none of it yet when they are made."""

    limits: RateLimits | None
    answered: AnsweredRequests
    _stale: StaleForms
    _readiness: ReadinessLately
    _metrics_access: str

    def all(
        self,
        settings: WebSettings,
        limits: RateLimits | None,
        answered: AnsweredRequests,
        stale: StaleForms,
        probes: Sequence[Probe],
    ) -> None:
        self.limits = limits
        self.answered = answered
        self._stale = stale
        self._readiness = ReadinessLately(probes)
        self._metrics_access = settings.metrics_access

    async def readiness(self) -> Readiness:
        return await self._readiness.get()

    def metrics_access(self) -> str:
        return self._metrics_access

    async def before(self, request: AnyRequest) -> Response[Any] | None:
        """What is looked at before each handler; what it returns is the answer."""
        check_names(request)
        return await self._stale.check(request)


def _by_kind(requests: App, sockets: App) -> App:
    def answer(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        app = sockets if scope["type"] == "websocket" else requests
        return app(scope, receive, send)

    return cast(App, answer)


def _charging(limits: RateLimits | None) -> Charge:
    """What a request takes is counted by its route, and charged to whoever pays for it."""
    if limits is None:
        return count_work
    to_payers = limits.work.charge

    def charge(scope: Scope, seconds: float) -> None:
        count_work(scope, seconds)
        payers = scope["state"].get(PAYERS)
        if payers is not None:
            to_payers(payers, seconds)

    return charge


@get("/csrf-token", guards=[public], include_in_schema=False, sync_to_thread=False)
def csrf_token(request: AnyRequest) -> Response[dict[str, str]]:
    """A fresh token for a page that was open while its session or the server changed."""
    csrf: Csrf = request.app.state.csrf
    token, cookie = csrf.token(request)
    return Response({"token": token}, cookies=[cookie] if cookie else None)
