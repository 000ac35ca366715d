"""Whose connection it is: reading, signing in, lists and the synchroniser each have a share of the pool.

One share for all would let sixteen long reads lock everybody out of signing in, and stop what was promised
from reaching the database.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from sertantai.core.ids import OwnerId, UserId
from sertantai.postgres.errors import RETRY_AFTER_S, DatabaseBusy

READS_OF_ONE_MAX = 2
"""One person reads no more at a time, and never over half; the rest waits behind their own."""
READS_OF_ONE_WAITING_MAX = 20
SYNC_CONNECTIONS = 2
"""One writes batches, the other sets aside, retries and keeps the months of the trail."""


class Lane(StrEnum):
    READING = "reading"
    ACCOUNTS = "accounts"
    LISTS = "lists"
    """Lists of people who come back are loaded: nobody can tick before that."""
    SYNC = "sync"


def shares(connections: int) -> dict[Lane, int]:
    """How a pool is shared. Each lane has one connection at least, so fewer than four are four."""
    sync = SYNC_CONNECTIONS if connections >= 8 else 1
    accounts, lists = max(1, connections // 4), max(1, connections // 6)
    rest = max(1, connections - sync - accounts - lists)
    return {Lane.SYNC: sync, Lane.ACCOUNTS: accounts, Lane.LISTS: lists, Lane.READING: rest}


class Lanes:
    """Places in lanes, each for one connection; ``wait_s`` bounds the wait for one."""

    def __init__(self, connections: int, *, wait_s: float) -> None:
        share = shares(connections)
        self.connections_max = sum(share.values())
        self._wait_s = wait_s
        self._places = {lane: asyncio.Semaphore(places) for lane, places in share.items()}
        self.reads_of_one_max = max(1, min(READS_OF_ONE_MAX, share[Lane.READING] // 2))
        self._own: dict[UserId | OwnerId, _Own] = {}

    @asynccontextmanager
    async def place(self, lane: Lane, user_id: UserId | OwnerId | None) -> AsyncIterator[None]:
        """Raises `DatabaseBusy` when there is none in time, or one person asks for very much at once."""
        wanted = [self._places[lane]]
        own = self._joined(user_id) if lane is Lane.READING and user_id is not None else None
        if own is not None:
            wanted.insert(0, own.places)
        held: list[asyncio.Semaphore] = []
        try:
            async with asyncio.timeout(self._wait_s):
                for semaphore in wanted:
                    await semaphore.acquire()
                    held.append(semaphore)
        except TimeoutError:
            self._leave(held, user_id, own)
            raise _busy() from None
        except BaseException:
            self._leave(held, user_id, own)
            raise
        try:
            yield
        finally:
            self._leave(held, user_id, own)

    def _joined(self, user_id: UserId | OwnerId) -> "_Own":
        own = self._own.setdefault(user_id, _Own(self.reads_of_one_max))
        if own.here >= self.reads_of_one_max + READS_OF_ONE_WAITING_MAX:
            raise _busy()
        own.here += 1
        return own

    def _leave(
        self, held: list[asyncio.Semaphore], user_id: UserId | OwnerId | None, own: "_Own | None"
    ) -> None:
        for semaphore in held:
            semaphore.release()
        if own is not None and user_id is not None:
            own.here -= 1
            if not own.here:
                del self._own[user_id]


class _Own:
    """What one person reads now, and waits for."""

    def __init__(self, places: int) -> None:
        self.places = asyncio.Semaphore(places)
        self.here = 0


def _busy() -> DatabaseBusy:
    return DatabaseBusy("The database is busy.", retry_after_s=RETRY_AFTER_S)
