"""What happened to people's lists, in order, for whoever wants to hear of it: nobody is waited for.

A reader that is too slow is cut: it is told so, and reads lists again by their versions. It never misses
something without knowing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice
from typing import Final

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.core.fold import Change
from sertantai.core.ids import OwnerId, Position
from sertantai.core.state import OwnerState
from sertantai.sync.store import Rejection

ENTRIES_MAX: Final = 20_000
BYTES_MAX: Final = 32_000_000
ENTRY_BYTES: Final = 800
"""What is not a change weighs so much."""
YIELD_ENTRIES: Final = 256
"""After so many entries the event loop is let go, however much a reader has before it."""


class Changed(msgspec.Struct, frozen=True):
    """A list has changed. ``before`` is its version until then, 0 for a list that was not there; ``count`` is
    how many records it has now: they themselves are left out of ``change.group`` where they are many.

    Whoever has a list of another version than ``before`` has missed something.
    """

    change: Change
    before: Position
    count: int


class Rejected(msgspec.Struct, frozen=True):
    """PostgreSQL refused an operation for good: what it did is taken back."""

    rejection: Rejection


class ReadAnew(msgspec.Struct, frozen=True):
    """What memory showed of the owner may have been wrong: from now on everybody is told what PostgreSQL has
    and the journal after it, in lists of whatever version."""

    owner: OwnerId


class Lost(msgspec.Struct, frozen=True):
    """The owner is gone, with all lists."""

    owner: OwnerId


Entry = Changed | Rejected | ReadAnew | Lost


def changed(before: OwnerState, change: Change) -> Changed:
    """``before``: the owner until then."""
    earlier, now = before.groups.get(change.operation.group), change.group
    version, count = Position(0) if earlier is None else earlier.version, 0 if now is None else now.count
    return Changed(change.without_records(), version, count)


class FeedCut(Unavailable):
    """The reader was too slow, and what comes next is not there any more: read again, subscribe again."""

    code = "feed_cut"


class Feed:
    """Bounded in entries and bytes, whatever its readers do; it keeps what one of them has not read yet."""

    def __init__(self, entries_max: int = ENTRIES_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._entries: deque[tuple[Entry, int]] = deque()
        self._bytes = 0
        self._first = 0
        """The number of the oldest entry."""
        self._readers: list[Reader] = []
        self.has_readers = False
        self.is_closed = False

    @property
    def waiting(self) -> int:
        """Entries that somebody has not read."""
        return len(self._entries)

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    def subscribe(self) -> "Reader":
        """A reader of all that happens from now on."""
        reader = Reader(self, self._first + len(self._entries))
        if not self.is_closed:
            self._readers.append(reader)
            self.has_readers = True
        return reader

    def add(self, entry: Entry, weight_bytes: int = ENTRY_BYTES) -> None:
        """Readers hear of it with the next `wake`."""
        if not self._readers:
            return
        entries = self._entries
        entries.append((entry, weight_bytes))
        self._bytes += weight_bytes
        while len(entries) > self._entries_max or self._bytes > self._bytes_max:
            self._forget_oldest()

    def wake(self) -> None:
        """There may be something new."""
        for reader in self._readers:
            reader.wake()

    def close(self) -> None:
        """Nothing more will happen: readers end once they have read what is there."""
        self.is_closed = True
        self.wake()

    def since(self, number: int, most: int) -> list[Entry]:
        """So many entries from this number on. Raises `FeedCut` when the first of them has gone."""
        if number < self._first:
            raise FeedCut("Too much has happened since: read the lists again.", retry_after_s=0)
        place = number - self._first
        return [entry for entry, _ in islice(self._entries, place, place + most)]

    def has_read(self) -> None:
        """A reader is further than before."""
        slowest = min((one.number for one in self._readers), default=self._first + len(self._entries))
        if slowest == self._first + len(self._entries):
            self._entries.clear()
            self._bytes, self._first = 0, slowest
        while self._first < slowest:
            self._forget_oldest()

    def leave(self, reader: "Reader") -> None:
        if reader in self._readers:
            self._readers.remove(reader)
            self.has_readers = bool(self._readers)
            self.has_read()

    def _forget_oldest(self) -> None:
        self._bytes -= self._entries.popleft()[1]
        self._first += 1


class Reader:
    """Read it with ``async for``; it ends when the engine stops. Raises `FeedCut` when it was too slow."""

    def __init__(self, feed: Feed, number: int) -> None:
        self._feed = feed
        self._wake = asyncio.Event()
        self._is_behind = False
        self.number = number
        """Of the entry that it reads next."""

    def wake(self) -> None:
        self._wake.set()

    def close(self) -> None:
        """Nothing is kept for it any more."""
        self._feed.leave(self)

    def at_hand(self, most: int = ENTRIES_MAX) -> list[Entry]:
        """What is there already, without waiting. Raises `FeedCut`."""
        try:
            entries = self._feed.since(self.number, most)
        except FeedCut:
            self.close()
            raise
        if entries:
            self.number += len(entries)
            self._feed.has_read()
        return entries

    async def some(self) -> list[Entry]:
        """The next entries; waits for one, and returns none once the engine has stopped. Raises `FeedCut`."""
        if self._is_behind:
            await asyncio.sleep(0)
        while True:
            self._wake.clear()
            is_last = self._feed.is_closed
            entries = self.at_hand(YIELD_ENTRIES)
            self._is_behind = len(entries) == YIELD_ENTRIES
            if entries or is_last:
                return entries
            await self._wake.wait()

    async def __aiter__(self) -> AsyncIterator[Entry]:
        try:
            while entries := await self.some():
                for entry in entries:
                    yield entry
        finally:
            self.close()
