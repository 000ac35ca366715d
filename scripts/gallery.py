"""Every component of the pages on one page, to look at; for development, no part of the product.

.venv/bin/python scripts/gallery.py [PORT]     then open http://127.0.0.1:PORT/gallery
"""

import sys
from pathlib import Path

import uvicorn
from jinja2 import FileSystemLoader
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from sertantai.core.errors import DatabaseUnavailable, Forbidden, RateLimited
from sertantai.http.application import web_application
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import public
from sertantai.http.pages.rendering import page
from sertantai.http.query_names import ASKS
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from sertantai.web.page_files import PAGE_FILES

FOLDER = Path(__file__).parent


class Visitor(Struct, frozen=True):
    user_id: object
    email: str = "reader@example.org"
    role: str = "admin"


class SignedIn(ASGIMiddleware):
    """Everybody is signed in, unless the query says ``?anonymous``."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if b"anonymous" not in scope["query_string"]:
            scope["user"] = Visitor(new_id())
        await next_app(scope, receive, send)


@get("/gallery", guards=[public], sync_to_thread=False, opt={ASKS: None})
def gallery(request: AnyRequest) -> Response[bytes]:
    return page(request, "gallery.html")


@get("/gallery/errors/{kind:str}", guards=[public], sync_to_thread=False, opt={ASKS: None})
def error(kind: FromPath[str]) -> None:
    known = {
        "away": DatabaseUnavailable("The database is not available.", retry_after_s=600),
        "forbidden": Forbidden("Only administrators can do this."),
        "slower": RateLimited("You have made 600 changes within a minute.", retry_after_s=600),
    }
    raise known.get(kind, RuntimeError("a fault"))


def context(request: AnyRequest) -> dict[str, object]:
    state = request.query_params.get("sync", "synced")
    banner = {"text": "The database is away. Your changes are safe on disk and are written when it is back."}
    waiting = 12 if state in ("waiting", "degraded") else 0
    return {"sync": {"state": state, "waiting": waiting}, "banner": banner if state == "degraded" else None}


def application() -> Litestar:
    routes: list[HTTPRouteHandler] = [gallery, error]
    app = web_application(
        routes,
        Settings(),
        page_files=PAGE_FILES,
        secret=bytes(32),
        authentication=[SignedIn()],
        page_context=context,
    )
    loader = app.state.pages.environment.loader
    assert isinstance(loader, FileSystemLoader)
    loader.searchpath.append(str(FOLDER))
    return app


if __name__ == "__main__":
    uvicorn.run(application(), port=int(sys.argv[1]) if len(sys.argv) > 1 else 8099, log_level="warning")
