"""The head of an answer, as it goes over the wire, and its end.

uvicorn looks at each header twice with a regular expression, for each answer anew. Most headers are the same
for all answers: their lines are made once. Of the others the names are looked at once, the values as uvicorn
does it.
"""

from functools import lru_cache
from typing import Final

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


_HEEDED: Final = frozenset({b"content-length", b"transfer-encoding", b"connection"})
"""What says something of the answer itself."""
NAMES_KNOWN: Final = 128


@lru_cache(NAMES_KNOWN)
def _named(name: bytes) -> tuple[bytes, bytes | None]:
    """How its line begins, and the name where it is to be heeded. Raises RuntimeError for what is none."""
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    lowered = name.lower()
    return lowered + b": ", lowered if lowered in _HEEDED else None


def _checked(value: bytes) -> bytes:
    """Raises RuntimeError for what is more than one header."""
    if value.isascii() and value.decode().isprintable():  # in half of the time that the expression takes
        return value
    if HEADER_VALUE_RE.search(value):
        raise RuntimeError("Invalid HTTP header value.")
    return value


_SAME_FOR_ALL: Final = {
    (name, value): b"%b%b\r\n" % (_named(name)[0], _checked(value))
    for name, value in (*ALWAYS, PRIVATE, JSON)
}

_dates: tuple[object, bytes] = (None, b"")
"""What uvicorn gives to all answers of a second, and its lines."""


def _lines_of(headers: list[Header]) -> bytes | None:
    """None: one of them says something of the answer itself."""
    global _dates
    if _dates[0] is not headers:
        named = [(*_named(name), value) for name, value in headers]
        if any(heeded for _, heeded, _ in named):
            return None
        lines = (b"%b%b\r\n" % (beginning, _checked(value)) for beginning, _, value in named)
        _dates = headers, b"".join(lines)
    return _dates[1]


class WholeHeads(RequestResponseCycle):
    """One request and its answer, of which uvicorn makes one for each request."""

    async def send(self, message: ASGISendEvent) -> None:
        if self.access_log or self.disconnected or self.flow.write_paused:
            await super().send(message)
        elif not self.response_started and message["type"] == "http.response.start":
            self._begin(message)
        elif not self.response_started or not self._ends(message):
            await super().send(message)

    def _ends(self, message: ASGISendEvent) -> bool:
        """Where it is the whole of a body whose length was told: it is sent, and the answer has ended."""
        if message["type"] != "http.response.body" or message.get("more_body", False):
            return False
        body = message.get("body", b"")
        is_told = self.chunked_encoding is False and len(body) == self.expected_content_length
        if not is_told or self.response_complete or self.scope["method"] == "HEAD":
            return False
        self.expected_content_length = 0
        self.transport.write(body)
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True

    def _begin(self, message: HTTPResponseStartEvent) -> None:
        self.response_started, self.waiting_for_100_continue = True, False
        lines, says_close, headers = [STATUS_LINE[message["status"]]], False, message.get("headers", ())
        if (dates := _lines_of(self.default_headers)) is None:
            headers = (*self.default_headers, *headers)
        else:
            lines.append(dates)
        for name, value in headers:
            line = _SAME_FOR_ALL.get((name, value))
            if line is None:
                beginning, heeded = _named(name)
                line = beginning + _checked(value) + b"\r\n"
                if heeded is not None:
                    says_close = self._heed(heeded, value) or says_close
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
