"""The OpenAPI document of ``/api/v1``, served at ``/openapi.json`` and ``/api/v1/openapi.json``."""

import asyncio
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from sertantai.http.aside import aside
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import ANY_TOKEN, public
from sertantai.http.query_names import ASKS

API_PREFIX: Final = "/api/v1"
FILE_TYPES: Final = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".bib": "application/x-bibtex",
    ".ris": "application/x-research-info-systems",
    ".parquet": "application/vnd.apache.parquet",
}
MEDIA_TYPE: Final = "application/vnd.oai.openapi+json"


def _version() -> str:
    try:
        return version("sertantai")
    except PackageNotFoundError:
        return "0"


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Sertantai",
        version=_version(),
        summary="Keeps the laws you tick.",
        description="Errors are RFC 9457 problem details with a stable `code`. Lists are "
        "`{items, next_cursor}`; pass `next_cursor` back as `cursor`.",
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http", scheme="bearer", description="From POST /api/v1/auth/token."
                )
            }
        ),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
        # Litestar insists on a route of its own; ours below serve the document where it is promised.
        openapi_router=Router(
            f"{API_PREFIX}/openapi",
            route_handlers=[],
            guards=[public],
            opt=ANY_TOKEN,
            include_in_schema=False,
        ),
        render_plugins=[JsonRenderPlugin()],
    )


def document_of(app: Litestar) -> bytes:
    """Only the API, for pages are no interface for programs. It takes some tenths of a second."""
    document = app.openapi_schema.to_schema()
    document["paths"] = {
        path: item for path, item in document["paths"].items() if path.startswith(API_PREFIX)
    }
    _say_what_files_are(document["paths"])
    _say_what_can_be_asked(app, document["paths"])
    return msgspec.json.encode(document)


def _say_what_files_are(paths: dict[str, Any]) -> None:
    """A route that ends like a file answers with one; the framework documents every stream as JSON."""
    for path, item in paths.items():
        media_type = FILE_TYPES.get(path.rpartition("/export")[2])
        if media_type is not None:
            is_json = media_type == "application/json"
            schema = {"type": "object"} if is_json else {"type": "string", "format": "binary"}
            item["get"]["responses"]["200"]["content"] = {media_type: {"schema": schema}}
        if path.endswith("/events"):
            content = {"text/event-stream": {"schema": {"type": "object"}}}
            item["get"]["responses"]["200"]["content"] = content


def _say_what_can_be_asked(app: Litestar, paths: dict[str, Any]) -> None:
    """The framework does not see what handlers read of their address by a shape."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            documented = getattr(handler.opt.get(ASKS), "documented", None)
            if documented is None:
                continue
            item = paths.get(getattr(route, "path_format", ""), {})
            for method in item.keys() & {name.lower() for name in getattr(handler, "http_methods", ())}:
                item[method]["parameters"] = [*item[method].get("parameters", ()), *documented()]


def openapi_routes() -> list[HTTPRouteHandler]:
    making = asyncio.Lock()
    made: list[bytes] = []

    async def document(app: Litestar) -> bytes:
        """Made once, when somebody asks for it first, while others are served."""
        async with making:
            if not made:
                made.append(await aside(document_of, app))
        return made[0]

    @get(["/openapi.json", f"{API_PREFIX}/openapi.json"], guards=[public], include_in_schema=False)
    async def openapi_document(request: AnyRequest) -> Response[bytes]:
        return Response(
            await document(request.app), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache"}
        )

    return [openapi_document]
