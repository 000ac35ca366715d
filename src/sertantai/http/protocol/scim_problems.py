"""Errors as SCIM has them (RFC 7644 3.12), for whatever is asked below its address."""

from typing import Any, Final

from litestar import Response

from sertantai.http.problems import Problem

SCIM_PREFIX: Final = "/scim/"
MEDIA_TYPE: Final = "application/scim+json"
_ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
_TYPES: Final = {
    "invalid_value": "invalidValue",
    "invalid_filter": "invalidFilter",
    "invalid_path": "invalidPath",
    "invalid_syntax": "invalidSyntax",
    "no_target": "noTarget",
    "uniqueness": "uniqueness",
}
"""Of the codes of errors, the keywords that RFC 7644 has."""


def scim_response(problem: Problem) -> Response[dict[str, Any]]:
    kind = _TYPES.get(problem.code)
    status = 400 if kind is not None and problem.status == 422 else problem.status
    body: dict[str, Any] = {"schemas": [_ERROR], "status": str(status), "detail": problem.detail}
    if kind is not None:
        body["scimType"] = kind
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=problem.headers)
