"""What runs beside the requests: started once, until it is stopped."""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar


class BackgroundService(ABC):
    """`_run` is the whole of it; it is cancelled where it waits when the service is stopped.

    Who has something to do before or after adds to `start` and `stop`.
    """

    task_name: ClassVar[str]
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self.task_name)

    async def stop(self) -> None:
        """Returns when it has ended. Again, or without a start: nothing."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def is_running(self) -> bool:
        return self._task is not None

    @abstractmethod
    async def _run(self) -> None: ...
