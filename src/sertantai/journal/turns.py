"""A thread that does one thing after the other, and tells the event loop what came of each."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sertantai.core.errors import JournalUnavailable

RETRY_AFTER_S = 1.0

_T = TypeVar("_T")
_Turn = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Turns:
    """A slow or hung disk holds up what is behind it in the same thread, and nothing else."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[_Turn | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    async def end(self) -> None:
        """Take nothing more, and return once what waits is done."""
        thread, self._thread = self._thread, None  # from here on nothing is queued behind the end
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    def take(self, work: Callable[[], _T]) -> "asyncio.Future[_T]":
        """``work`` is done even if nobody waits for it any more; what it returns or raises is the answer."""
        if self._thread is None:
            raise JournalUnavailable("The journal is closed.", retry_after_s=RETRY_AFTER_S)
        future: asyncio.Future[_T] = self._loop.create_future()
        self._queue.put((work, future))
        return future

    def _run(self) -> None:
        while (turn := self._queue.get()) is not None:
            work, future = turn
            try:
                answer = work()
            except Exception as error:  # noqa: BLE001  # whatever it was, somebody waits for an answer
                self._tell(_refuse, future, error)
            else:
                self._tell(_resolve, future, answer)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)


def _refuse(future: "asyncio.Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _resolve(future: "asyncio.Future[Any]", answer: object) -> None:
    if not future.done():
        future.set_result(answer)
