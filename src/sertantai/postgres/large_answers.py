"""Answers of hundreds of thousands of rows: what is made of them is made beside the event loop.

So is their end. To free 200,000 rows with what they say takes as long as to look at them, and it happens
wherever the last who knows of them lets them go.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from asyncpg import Record

LET_GO_AT_ONCE: Final = 500
"""Between two pieces the event loop has its turn."""

T = TypeVar("T")


async def made_of(work: Callable[..., T], *answers: list[Record]) -> T:
    """What ``work`` makes of the answers, which are empty afterwards."""
    return await asyncio.to_thread(_made_of, work, answers)


def _made_of(work: Callable[..., T], answers: tuple[list[Record], ...]) -> T:
    try:
        return work(*answers)
    finally:
        for rows in answers:
            while rows:
                del rows[-LET_GO_AT_ONCE:]
