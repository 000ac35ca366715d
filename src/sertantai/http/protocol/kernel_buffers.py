"""How much the kernel keeps of what is on its way to a client that does not read it.

By itself it keeps megabytes, which is right for a file and wrong for what is told for hours.
"""

import socket
from asyncio import Transport
from typing import Final

NARROW_BYTES: Final = 16 * 1024
"""It doubles the number."""
WIDE_BYTES: Final = 256 * 1024
"""Once it was said how much, it is no longer found out by itself: what a file needs on a long way."""


def narrow(transport: Transport) -> None:
    _say(transport, NARROW_BYTES)


def widen(transport: Transport) -> None:
    _say(transport, WIDE_BYTES)


def _say(transport: Transport, size: int) -> None:
    taken: socket.socket | None = transport.get_extra_info("socket")
    if taken is not None:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
