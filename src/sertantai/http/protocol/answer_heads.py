"""The head of an answer, as it goes over the wire.

uvicorn looks at each header twice with a regular expression, for each answer anew. Most headers are the same
for all answers: their lines are made once. The others are looked at as uvicorn does it.
"""

from typing import Final, cast

from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from sertantai.http.protocol.security_headers import ALWAYS, PRIVATE, Header

JSON: Final[Header] = (b"content-type", b"application/json")
"""Of what programs are answered."""
_BODILESS: Final = frozenset({204, 304})


def _line(name: bytes, value: bytes) -> bytes:
    """Raises RuntimeError for what is no header, or more than one."""
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    if HEADER_VALUE_RE.search(value):
        raise RuntimeError("Invalid HTTP header value.")
    return b"%b: %b\r\n" % (name.lower(), value)


_SAME_FOR_ALL: Final = {header: _line(*header) for header in (*ALWAYS, PRIVATE, JSON)}


class WholeHeads(RequestResponseCycle):
    """One request and its answer, of which uvicorn makes one for each request."""

    async def send(self, message: ASGISendEvent) -> None:
        is_head = message["type"] == "http.response.start" and not self.response_started
        if not is_head or self.access_log or self.disconnected or self.flow.write_paused:
            await super().send(message)
        else:
            self._begin(cast(HTTPResponseStartEvent, message))

    def _begin(self, message: HTTPResponseStartEvent) -> None:
        self.response_started, self.waiting_for_100_continue = True, False
        lines, says_close = [STATUS_LINE[message["status"]]], False
        for name, value in (*self.default_headers, *message.get("headers", ())):
            line = _SAME_FOR_ALL.get((name, value))
            if line is None:
                line = _line(name, value)
                says_close = self._heed(name.lower(), value) or says_close
            lines.append(line)
        if not self.keep_alive and not says_close:
            lines.append(b"connection: close\r\n")
        if self.chunked_encoding is None and not self._has_no_body(message["status"]):
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        self.transport.write(b"".join(lines))

    def _heed(self, name: bytes, value: bytes) -> bool:
        """What a header says of the answer itself; True: that the connection ends behind it."""
        if name == b"content-length" and self.chunked_encoding is None:
            self.expected_content_length, self.chunked_encoding = int(value), False
        elif name == b"transfer-encoding" and value.lower() == b"chunked":
            self.expected_content_length, self.chunked_encoding = 0, True
        elif name == b"connection" and b"close" in [part.strip() for part in value.lower().split(b",")]:
            self.keep_alive = False
            return True
        return False

    def _has_no_body(self, status: int) -> bool:
        return self.scope["method"] == "HEAD" or status in _BODILESS


# uvicorn makes one for each request, by this name and no other.
httptools_impl.RequestResponseCycle = WholeHeads  # type: ignore[misc]  # a name of a module that is meant to be a class
