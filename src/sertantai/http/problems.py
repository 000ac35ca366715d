"""Errors as RFC 9457 problem details. The only place where an error class meets an HTTP status."""

from typing import Final

from litestar import Response
from msgspec import UNSET, Struct, UnsetType

from sertantai.core import errors

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_DEFAULT_S: Final = 5
"""What 429 and 503 say where the error itself does not know when trying again makes sense."""

STATUS_OF: Final[dict[type[errors.SertantaiError], int]] = {
    errors.InvalidInput: 422,
    errors.NotSignedIn: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.PreconditionRequired: 428,
    errors.TooLarge: 413,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}
TITLE_OF: Final[dict[int, str]] = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Media type not supported",
    421: "Host not served here",
    422: "Invalid input",
    428: "Version needed",
    429: "Too many requests",
    431: "Head too large",
    500: "Internal error",
    503: "Unavailable at the moment",
}


class FieldError(Struct, frozen=True):
    field: str
    message: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """The body of every error answer. ``code`` is stable; ``instance`` is the request id in the logs."""

    title: str
    status: int
    code: str
    detail: str
    instance: str = ""
    type: str = "about:blank"
    field: str | UnsetType = UNSET
    errors: tuple[FieldError, ...] = ()
    retry_after_s: int | UnsetType = UNSET
    permission: str | UnsetType = UNSET
    """The right that is missing, and names of those who can give it."""
    ask: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        headers = {}
        if self.retry_after_s is not UNSET:
            headers["Retry-After"] = str(self.retry_after_s)
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="sertantai"'
        return headers


def status_of(error: errors.SertantaiError) -> int:
    """The status of the nearest class that has one; an error without one is our own fault, 500."""
    return next((STATUS_OF[cls] for cls in type(error).__mro__ if cls in STATUS_OF), 500)


def title_of(status: int) -> str:
    return TITLE_OF.get(status, "Error")


def problem_of(error: errors.SertantaiError, request_id: str) -> Problem:
    """What the outside is told of an error that this package raised on purpose."""
    status = status_of(error)
    if status == 500:
        return internal_problem(request_id)
    return Problem(
        title=title_of(status),
        status=status,
        code=error.code,
        detail=error.message,
        instance=request_id,
        field=error.field or UNSET,
        errors=(FieldError(error.field, error.message),) if error.field else (),
        retry_after_s=_retry_after(status, error.retry_after_s),
        permission=error.permission if isinstance(error, errors.PermissionNeeded) else UNSET,
        ask=error.ask if isinstance(error, errors.PermissionNeeded) else (),
    )


def _retry_after(status: int, asked_s: float | None) -> int | UnsetType:
    if asked_s is not None:
        return max(1, -int(-asked_s // 1))
    return RETRY_AFTER_DEFAULT_S if status in (429, 503) else UNSET


def internal_problem(request_id: str) -> Problem:
    """What the outside is told of a fault of ours: where to look for it, and nothing else."""
    return Problem(
        title=title_of(500),
        status=500,
        code="internal_error",
        detail="Something went wrong on our side. Nothing was left half done; please try again. "
        f"If it happens again, tell your administrator the request number {request_id}.",
        instance=request_id,
    )


def problem_response(problem: Problem) -> Response[Problem]:
    return Response(
        problem, status_code=problem.status, media_type=PROBLEM_MEDIA_TYPE, headers=problem.headers
    )
