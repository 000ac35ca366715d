"""Every exception that leaves a handler becomes an answer here: a problem for programs, a page for people."""

from typing import Any, cast
from urllib.parse import quote, urlsplit

from litestar import MediaType, Response
from litestar.exceptions import HTTPException

from sertantai.core.errors import InvalidInput, NotSignedIn, SertantaiError
from sertantai.http.asgi import Scope
from sertantai.http.caller import AnyRequest
from sertantai.http.framework_problems import problem_of_framework
from sertantai.http.guards import AccountNeeded
from sertantai.http.pages.error_pages import error_page
from sertantai.http.pages.notices import saying
from sertantai.http.problems import Problem, internal_problem, problem_of, problem_response
from sertantai.http.protocol.scim_problems import SCIM_PREFIX, scim_response
from sertantai.http.protocol.security_headers import SECRET_PATHS
from sertantai.http.request_ids import request_id_in
from sertantai.process.logs import logger

_PROGRAM_PATHS = ("/api/", SCIM_PREFIX, "/health", "/metrics", "/static/", "/openapi.json")
_GONE = "client disconnected prematurely"
_WHILE_READING = "while deserializing"
"""What msgspec says of a body with more brackets in each other than there is stack for."""

log = logger(__name__)


def answer_to_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """The handler that the application registers for `Exception`."""
    problem = _problem(request, error)
    if isinstance(error, NotSignedIn) and (redirect := _to_sign_in(request, problem)) is not None:
        # A guest has been somewhere already, and is told what for.
        told = isinstance(error, AccountNeeded) and wants_page(request)
        return saying(request, redirect, error.message, "info") if told else redirect
    response: Response[Any]
    if request.url.path.startswith(SCIM_PREFIX):
        response = scim_response(problem)
    else:
        response = error_page(request, problem) if wants_page(request) else problem_response(problem)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _problem(request: AnyRequest, error: Exception) -> Problem:
    request_id = request_id_in(cast(Scope, request.scope))
    if isinstance(error, SertantaiError):
        problem = problem_of(error, request_id)
    elif isinstance(error, HTTPException):
        problem = problem_of_framework(error, request_id)
        if error.detail == _GONE:
            return Problem("Gone", 400, "client_disconnected", "The request ended early.", request_id)
    elif isinstance(error, RecursionError) and _WHILE_READING in str(error):
        problem = problem_of(InvalidInput("body: It is nested too deeply.", field="body"), request_id)
    else:
        problem = internal_problem(request_id)
    if problem.status == 500:
        log.error(
            "request_failed",
            request_id=request_id,
            method=request.method,
            path=_logged_path(request),
            exc_info=error,
        )
    return problem


def _logged_path(request: AnyRequest) -> str:
    """Of an address that opens something to anyone who has it, only which kind it is."""
    path = request.url.path
    return next((f"{one}…" for one in SECRET_PATHS if path.startswith(one)), path)


def wants_page(request: AnyRequest) -> bool:
    """Whether a person is looking at it: a page route, asked for as HTML, and not from a script."""
    if request.url.path.startswith(_PROGRAM_PATHS) or "hx-request" in request.headers:
        return False
    return "text/html" in request.headers.get("accept", "")


def _to_sign_in(request: AnyRequest, problem: Problem) -> Response[Any] | None:
    """Send a person to the sign-in page, and from there back to where they were going."""
    if "hx-request" in request.headers:
        asked = urlsplit(request.headers.get("hx-current-url", ""))
        response = problem_response(problem)
        response.headers["HX-Redirect"] = sign_in_url(asked.path or "/", asked.query)
        return response
    if wants_page(request) and request.method in ("GET", "HEAD"):
        location = sign_in_url(request.url.path, request.url.query)
        return Response(b"", status_code=303, media_type=MediaType.HTML, headers={"Location": location})
    return None


def sign_in_url(path: str, query: str = "") -> str:
    wanted = f"{path}?{query}" if query else path
    return "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='/')}"


def safe_next(text: str | None, fallback: str = "/records") -> str:
    """Where to go after signing in: only a path of our own, never another host (open redirect)."""
    if not text or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return fallback
    parts = urlsplit(text)
    clean = not parts.scheme and not parts.netloc and text.isprintable()
    return text if clean else fallback
