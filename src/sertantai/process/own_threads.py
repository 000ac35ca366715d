"""Threads of one purpose, for what would keep everybody waiting on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class OwnThreads:
    """Nothing else of the server takes them: who waits for one waits for what is alike."""

    def __init__(self, at_once: int, *, name: str) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What ``work`` returns or raises. It must change nothing that others use."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *given, **named))
