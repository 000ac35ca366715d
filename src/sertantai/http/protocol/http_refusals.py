"""What is said to a client whose request is broken off before any route has seen it."""

from typing import Final

import msgspec

from sertantai.http.problems import PROBLEM_MEDIA_TYPE, Problem, title_of

RETRY_AFTER_S: Final = 5


def refusal(status: int, code: str, detail: str) -> bytes:
    """A whole answer, after which the connection ends."""
    is_later = status == 503
    problem = Problem(title=title_of(status), status=status, code=code, detail=detail)
    body = msgspec.json.encode(problem)
    head = [
        f"HTTP/1.1 {status} {title_of(status)}",
        f"content-type: {PROBLEM_MEDIA_TYPE}",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        *([f"retry-after: {RETRY_AFTER_S}"] if is_later else []),
        "connection: close",
        "",
        "",
    ]
    return "\r\n".join(head).encode("ascii") + body
