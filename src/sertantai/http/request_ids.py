"""The number under which a request is found in the logs."""

import os
import re
from itertools import count
from typing import Final

from sertantai.http.asgi import Scope

_PROCESS: Final = os.urandom(8).hex()
_NUMBERS: Final = count(1)
_SAFE: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def request_id_from(header: bytes | None) -> str:
    """The caller's own ``X-Request-ID`` where it is harmless in logs and headers, else a new one."""
    if header is not None and _SAFE.fullmatch(header):
        return header.decode("ascii")
    return f"{_PROCESS}-{next(_NUMBERS)}"


def request_id_in(scope: Scope) -> str:
    """The request's id, as the front door noted it."""
    return str(scope.get("state", {}).get("request_id", ""))
