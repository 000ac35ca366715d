"""Threads beside the event loop that charge what they do to the request that asked for it.

They take turns with the loop at the interpreter, so their work costs others as much as the loop's own. They
are the loop's own executor: whoever asks for a thread in a request's name, in whatever room, is charged.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from sertantai.http.turns import in_its_name

P = ParamSpec("P")
T = TypeVar("T")


class ChargedThreads(ThreadPoolExecutor):
    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(in_its_name(partial(fn, *args, **kwargs)))


def charge_for_threads() -> None:
    """From here on the running loop's threads are charged for."""
    asyncio.get_running_loop().set_default_executor(ChargedThreads(thread_name_prefix="beside"))
