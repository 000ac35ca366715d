"""What runs beside the requests: started once, until it is stopped."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import Any, ClassVar, TypeVar

from sertantai.core.errors import SertantaiError, Unavailable
from sertantai.process.ending import end
from sertantai.process.logs import logger

log = logger(__name__)

T = TypeVar("T")


class BackgroundService(ABC):
    """`_run` is the whole of it; it is cancelled where it waits when the service is stopped.

    Who has something to do before or after adds to `start` and `stop`.
    """

    task_name: ClassVar[str]
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self.task_name)
        self._task.add_done_callback(_tell)

    async def stop(self) -> None:
        """Returns when it has ended. Again, or without a start: nothing."""
        task, self._task = self._task, None
        if task is not None:
            await end(task)

    @property
    def is_running(self) -> bool:
        return self._task is not None

    @abstractmethod
    async def _run(self) -> None: ...


def _tell(task: asyncio.Task[None]) -> None:
    """A service that ended by a fault is told of when that happens, not when it is stopped, and by nobody."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("background_service_ended", service=task.get_name(), exc_info=fault)


class RegularTurns(BackgroundService):
    """One turn after another. One that fails, however it does, is logged and done again after ``retry_s``.

    Of failures in a row only the first is news: a database that is away is told of by others too.
    The first one comes soon after the start: a server that is started anew every day has its turns too.
    """

    first_after_s: ClassVar[float] = 60.0
    every_s: ClassVar[float] = 3600.0
    retry_s: ClassVar[float] = 300.0

    @abstractmethod
    async def turn(self) -> None:
        """Do what is due. What could not be done is due at the next turn."""

    def until_next_s(self) -> float:
        """How long after a turn the next one comes."""
        return self.every_s

    async def _run(self) -> None:
        await asyncio.sleep(self.first_after_s)
        failures = 0
        while True:
            failures = 0 if await self._is_done(failures) else failures + 1
            await asyncio.sleep(self.retry_s if failures else self.until_next_s())

    async def _is_done(self, failures: int) -> bool:
        tell = log.debug if failures else log.warning
        try:
            await self.turn()
        except SertantaiError as error:
            tell("turn_failed", service=self.task_name, reason=error.message, again_in_s=self.retry_s)
        except Exception:  # nobody else does what is due: this task outlives what it meets
            log.exception("turn_failed", service=self.task_name, again_in_s=self.retry_s)
        else:
            return True
        return False


class Failures:
    """Of a turn that goes through many: what fails for one is no hindrance, what fails for all ends it."""

    IN_A_ROW_MAX = 3

    def __init__(self) -> None:
        self.count = 0
        self._in_a_row = 0

    async def sparing(self, work: Awaitable[T], log: Any, said: str, **whom: object) -> T | None:
        """What ``work``, for one of the many, returns; None where it failed: that is said, and the next one
        is not kept waiting by it.

        Raises the error again where trying the next one is of no use.
        """
        try:
            done = await work
        except SertantaiError as error:
            log.warning(said, reason=error.message, **whom)
            self.failed(error)
            return None
        self.passed()
        return done

    def passed(self) -> None:
        self._in_a_row = 0

    def failed(self, error: SertantaiError) -> None:
        """Raises ``error`` again where trying the next one is of no use."""
        self.count += 1
        self._in_a_row += isinstance(error, Unavailable)
        if self._in_a_row >= self.IN_A_ROW_MAX:
            raise error
