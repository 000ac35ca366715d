"""One pipe between two processes: each tells the other things in order, and asks for answers.

It carries what its two ends make, both of them ours, so what is large is bounded where it is made.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any, Final, get_type_hints

from msgspec import Raw
from msgspec.msgpack import decode, encode

from sertantai.core.errors import DatabaseUnavailable, SertantaiError, Unavailable
from sertantai.process.logs import logger

log = logger(__name__)

_LENGTH = struct.Struct(">Q")
_ANSWER: Final = ""
_ERROR: Final = "!"
_MORE: Final = "+"
PIECE_BYTES: Final = 256 * 1024
"""An answer that is larger is sent in pieces of this, between which others have their turns."""
_Frame = tuple[int, str, Raw]
"""A number, 0 where nobody waits for an answer; what is told or asked, or what kind of answer; the rest."""


ENDED: Final = "The synchroniser's process has ended and is started again."


class PipeClosed(DatabaseUnavailable):
    """The other process has ended, or is about to."""


class Pipe:
    """One end. ``hears`` has ``heard_…``, with its types, for all that the other tells and asks. What is told
    is done at once, in order; what is asked is a coroutine, and others are heard meanwhile."""

    def __init__(self, hears: object = None) -> None:
        self.hears = hears
        self._asked: dict[int, tuple[asyncio.Future[Any], Any]] = {}
        self._number = 0
        self._answering: set[asyncio.Task[None]] = set()
        self._pieces: dict[int, list[bytes]] = {}
        """Of answers of which more is to come."""
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self.is_open = False

    async def open(self, end: socket.socket) -> None:
        self._reader, self._writer = await asyncio.open_unix_connection(sock=end)
        self.is_open = True

    def tell(self, name: str, *arguments: Any) -> None:
        """What is told to a process that has ended is lost with it."""
        self._send(0, name, arguments)

    async def ask(self, name: str, *arguments: Any, answer: Any = None) -> Any:
        """Its answer, of the type ``answer``. Raises what the other raised, and `PipeClosed`."""
        if not self.is_open:
            raise PipeClosed(ENDED, retry_after_s=1)
        self._number = number = self._number + 1
        future = asyncio.get_running_loop().create_future()
        self._asked[number] = future, answer
        self._send(number, name, arguments)
        try:
            return await future
        finally:
            del self._asked[number]
            self._pieces.pop(number, None)

    async def listen(self) -> None:
        """Hear the other until its end is closed. Then nobody waits for an answer any more."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
                    self._heard(*decode(await self._reader.readexactly(length), type=_Frame))
        except Exception:  # nobody goes on with an order that has a gap
            log.exception("what the other process told failed")
        finally:
            self.close()

    def close(self) -> None:
        """Nothing is told any more, and whoever waits for an answer hears so."""
        if self.is_open:
            self.is_open = False
            self._writer.close()
        for future, _ in self._asked.values():
            if not future.done():
                future.set_exception(PipeClosed(ENDED, retry_after_s=1))

    def _send(self, number: int, name: str, body: Any) -> None:
        self._write(number, name, Raw(encode(body)))

    def _write(self, number: int, name: str, body: Raw) -> None:
        if self.is_open:
            frame = encode((number, name, body))
            self._writer.writelines((_LENGTH.pack(len(frame)), frame))

    async def _send_answer(self, number: int, found: Any) -> None:
        answer = encode(found)
        if len(answer) <= PIECE_BYTES:
            self._write(number, _ANSWER, Raw(answer))
            return
        rest = memoryview(answer)
        while len(rest) > PIECE_BYTES and self.is_open:
            self._send(number, _MORE, rest[:PIECE_BYTES])
            rest = rest[PIECE_BYTES:]
            await self._writer.drain()
            await asyncio.sleep(0)
        self._send(number, _ANSWER, rest)

    def _heard(self, number: int, name: str, body: Raw) -> None:
        if name not in (_ANSWER, _ERROR, _MORE):
            handle = getattr(self.hears, f"heard_{name}")
            arguments = decode(body, type=_types(getattr(handle, "__func__", handle)))
            if number == 0:
                handle(*arguments)
                return
            task = asyncio.create_task(self._answer(number, handle, arguments))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        elif number in self._asked and not self._asked[number][0].done():
            future, answer = self._asked[number]
            if name == _MORE:
                self._pieces.setdefault(number, []).append(decode(body, type=bytes))
            elif name == _ANSWER and number in self._pieces:
                pieces = [*self._pieces.pop(number), decode(body, type=bytes)]
                future.set_result(decode(b"".join(pieces), type=answer))
            elif name == _ANSWER:
                future.set_result(decode(body, type=answer))
            else:
                future.set_exception(_raised(*decode(body, type=tuple[str, str, float | None])))

    async def _answer(self, number: int, handle: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            await self._send_answer(number, await handle(*arguments))
        except ConnectionError:
            log.debug("the other process has ended, and needs no answer")
        except Exception as error:
            if not isinstance(error, SertantaiError):
                log.exception("what the other process asked for failed")
                error = Unavailable(str(error))  # for whoever waits
            self._send(number, _ERROR, (error.code, error.message, error.retry_after_s))


@cache
def _types(handle: Callable[..., Any]) -> Any:
    *types, _ = get_type_hints(handle).values()
    return tuple[tuple(types)]  # type: ignore[misc]  # of what is there


def _raised(code: str, message: str, retry_after_s: float | None) -> SertantaiError:
    """As it was raised in the other process; those without a word here say that it cannot be done now."""
    kind = next((kind for kind in _kinds(SertantaiError) if kind.code == code), Unavailable)
    error = kind.__new__(kind)
    SertantaiError.__init__(error, message, retry_after_s=retry_after_s)
    return error


def _kinds(kind: type[SertantaiError]) -> Iterator[type[SertantaiError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _kinds(one)
