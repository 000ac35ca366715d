"""The end of a task that goes on until it is told to stop."""

import asyncio
from typing import Any, Final

CANCELLED_AGAIN_S: Final = 5.0
"""Longer than what a task does at its end takes: that is not to be cut off."""


async def end(task: asyncio.Task[Any]) -> None:
    """Returns when it has ended, however it did.

    Once is not always enough: with Python before 3.12, `asyncio.wait_for` drops a cancellation which comes at
    the moment at which what it waits for is there (python/cpython#86296). aiosmtplib and asyncpg use it, and
    whoever stopped would wait for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=CANCELLED_AGAIN_S)
    if not task.cancelled():
        task.exception()  # it has been seen; who wants to know of it asks when it happens
