"""Errors as pages for people: what happened, that nothing is lost, and what to do now."""

from typing import Any, Final

from litestar import MediaType, Response
from msgspec import UNSET

from sertantai.http.caller import AnyRequest
from sertantai.http.pages.rendering import rendered_error_page
from sertantai.http.problems import Problem
from sertantai.process.logs import logger

log = logger(__name__)

HEADINGS: Final[dict[int, tuple[str, str]]] = {
    401: ("Please sign in", "lock"),
    403: ("You cannot open this page", "lock"),
    404: ("Page not found", "map-off"),
    405: ("This action is not possible here", "ban"),
    413: ("This is too large", "alert-triangle"),
    422: ("Something is not right", "alert-triangle"),
    429: ("Too many requests", "hourglass"),
    503: ("Not available at the moment", "plug-connected-x"),
}
OTHER_HEADING: Final = ("Something went wrong", "alert-triangle")


def error_page(request: AnyRequest, problem: Problem) -> Response[Any]:
    """The designed page for ``problem``; plain text should even that page fail."""
    heading, icon = HEADINGS.get(problem.status, OTHER_HEADING)
    try:
        return rendered_error_page(
            request,
            status=problem.status,
            headers=problem.headers,
            problem=problem,
            heading=heading,
            icon_name=icon,
            retry_after_s=None if problem.retry_after_s is UNSET else problem.retry_after_s,
        )
    except Exception:
        log.exception("error_page_failed")
        text = f"{heading}\n\n{problem.detail}\n"
        return Response(text, status_code=problem.status, media_type=MediaType.TEXT, headers=problem.headers)
