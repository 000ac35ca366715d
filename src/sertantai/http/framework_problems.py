"""What Litestar and msgspec complain about, as problems of our shape that name the field."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from litestar.exceptions import HTTPException, ValidationException
from msgspec import UNSET

from sertantai.http.problems import FieldError, Problem, internal_problem, title_of

REQUEST_BODY_MAX_BYTES: Final = 2 * 1024 * 1024

CODE_OF: Final[dict[int, str]] = {
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "media_type_not_supported",
    422: "invalid_input",
    429: "rate_limited",
    503: "unavailable",
}
DETAIL_OF: Final[dict[int, str]] = {
    404: "This page does not exist, or you do not have access to it.",
    413: f"The body is larger than {REQUEST_BODY_MAX_BYTES // (1024 * 1024)} MB "
    f"({REQUEST_BODY_MAX_BYTES} bytes), the limit of one request.",
}
_NAMED_IN_TEXT: Final = re.compile(r"(?:required|unknown) field `([^`]+)`")
_PATH_IN_TEXT: Final = re.compile(r" - at `\$\.?([^`]*)`")
_PARAMETER_IN_TEXT: Final = re.compile(r"Missing required \w+ parameter '([^']+)'")
BODY_FIELD: Final = "body"
NO_BODY: Final = "A JSON body is expected, and there is none."


def problem_of_framework(error: HTTPException, request_id: str) -> Problem:
    """``error`` in our shape. What the framework calls 400 is 422 here: the input is wrong, not the HTTP."""
    status = 422 if error.status_code == HTTPStatus.BAD_REQUEST else error.status_code
    if status >= 500 and status != 503:
        return internal_problem(request_id)
    faults = tuple(_field_errors(error)) if status == 422 else ()
    return Problem(
        title=title_of(status),
        status=status,
        code=CODE_OF.get(status, "bad_request"),
        detail=f"{faults[0].field}: {faults[0].message}" if faults else DETAIL_OF.get(status, error.detail),
        instance=request_id,
        field=faults[0].field if faults else UNSET,
        errors=faults,
        retry_after_s=5 if status in (429, 503) else UNSET,
    )


def _field_errors(error: HTTPException) -> Iterator[FieldError]:
    extra = error.extra
    if isinstance(error, ValidationException) and isinstance(extra, list) and extra:
        for fault in extra:
            yield _field_error(fault)
    elif named := _PARAMETER_IN_TEXT.search(error.detail):
        yield FieldError(named.group(1), "It is required.")
    else:
        yield FieldError(BODY_FIELD, _readable(error.detail))


def _field_error(fault: Mapping[str, Any]) -> FieldError:
    message = str(fault.get("message", "It is not valid."))
    key = str(fault.get("key", "data")).removeprefix("data.").removeprefix("$.")
    if message == repr(key):  # the framework's word for what is not there at all
        return FieldError(BODY_FIELD, NO_BODY) if key == "data" else FieldError(key, "It is required.")
    named = _NAMED_IN_TEXT.search(message)
    if named:
        parent = "" if key in ("data", BODY_FIELD) else f"{key}."
        return FieldError(f"{parent}{named.group(1)}", _readable(message))
    return FieldError(BODY_FIELD if key == "data" else key, _readable(message))


def _readable(message: str) -> str:
    """msgspec's sentence without its back-ticks and JSON path."""
    text = _PATH_IN_TEXT.sub("", message).replace("`", "").strip()
    return f"{text[:1].upper()}{text[1:300]}" + ("" if text.endswith(".") else ".")
