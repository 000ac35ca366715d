"""A small application around the toolkit, with a route for everything that the tests ask about."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Litestar, Request, Response, get, post
from litestar.middleware import ASGIMiddleware
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.testing import TestClient
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct
from prometheus_client import CollectorRegistry

from sertantai.core.errors import DatabaseUnavailable, InvalidInput, RateLimited
from sertantai.http.application import web_application
from sertantai.http.forms import form_of
from sertantai.http.guards import PURPOSE, admin, public, signed_in, visitor
from sertantai.http.health import Probe
from sertantai.http.pages.rendering import page
from sertantai.http.query_names import ASKS
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.settings import SECRET, Options

READER = UUID(int=7)


class Visitor(Struct, frozen=True):
    user_id: UUID = READER
    email: str | None = "reader@example.org"
    role: str = "user"
    scopes: tuple[str, ...] = ()


class ByHeader(ASGIMiddleware):
    """Stands for authentication: the header ``x-test-role`` says who it is."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = dict(scope["headers"])
        role = headers.get(b"x-test-role")
        if role is not None:
            scopes = headers.get(b"x-test-scopes", b"").decode()
            scope["user"] = Visitor(role=role.decode(), scopes=tuple(scopes.split(",")))
        await next_app(scope, receive, send)


class Wish(Struct, forbid_unknown_fields=True):
    name: str
    count: int = 1


@get("/api/v1/visit", guards=[visitor], sync_to_thread=False)
def visit() -> dict[str, str]:
    return {"welcome": "whoever has ticks"}


@get("/api/v1/secret", guards=[signed_in], sync_to_thread=False, opt={PURPOSE: "read secrets"})
def secret() -> dict[str, str]:
    return {"secret": "yours"}


@get("/api/v1/rule", guards=[admin], sync_to_thread=False)
def rule() -> dict[str, str]:
    return {"rule": "all"}


@post("/api/v1/wishes", guards=[public], status_code=201)
async def wish(request: Request[Any, Any, Any], data: JSONBody[Wish]) -> dict[str, Any]:
    """Make a wish; each call has an effect that can be counted."""
    state = request.app.state
    state.made = getattr(state, "made", 0) + 1
    return {"number": state.made, "name": data.name}


@get("/api/v1/years", guards=[public], sync_to_thread=False, opt={ASKS: None})
def years(year: FromQuery[int], size: Annotated[int, QueryParameter(ge=1)] = 1) -> int:
    return year * size


@get("/api/v1/fails/{how:str}", guards=[public], sync_to_thread=False)
def fails(how: FromPath[str]) -> None:
    raise_error(how)


def raise_error(how: str) -> None:
    raise {
        "fault": RuntimeError("a secret detail"),
        "field": InvalidInput("sort: 'x' is no column.", field="sort"),
        "away": DatabaseUnavailable("The database is not available.", retry_after_s=2.2),
        "limit": RateLimited("Too many changes."),
    }[how]


@get("/pages/{how:str}", guards=[public], sync_to_thread=False)
def page_fails(how: FromPath[str]) -> None:
    raise_error(how)


@get("/pages/mine", guards=[signed_in], sync_to_thread=False)
def mine(request: Request[Any, Any, Any]) -> Response[bytes]:
    return page(request, "error.html", **ERROR_CONTEXT)


@post("/pages/form", guards=[public], status_code=200)
async def form(request: Request[Any, Any, Any]) -> str:
    return (await form_of(request)).get("name")


@get("/api/v1/address", guards=[public], sync_to_thread=False)
def address(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {"client": request.client.host if request.client else "", "scheme": request.scope["scheme"]}


@get("/api/v1/long", guards=[public], sync_to_thread=False)
def long() -> dict[str, str]:
    return {"text": "law " * 2_000}


ERROR_CONTEXT: dict[str, Any] = {
    "problem": {"code": "x", "status": 404, "detail": "<b>&", "instance": "i"},
    "heading": "Heading",
    "icon_name": "lock",
    "retry_after_s": None,
}
ROUTES = [visit, secret, rule, wish, years, fails, page_fails, mine, form, address, long]


def application(
    options: Options | None = None, *, probes: Sequence[Probe] = (), routes: Sequence[Any] = ROUTES
) -> Litestar:
    return web_application(
        routes,
        options or Options(),
        page_files=PAGE_FILES,
        secret=SECRET,
        authentication=[ByHeader()],
        probes=probes,
        registry=CollectorRegistry(),
    )


def client(options: Options | None = None, **more: Any) -> TestClient[Litestar]:
    return TestClient(application(options, **more), raise_server_exceptions=False)
