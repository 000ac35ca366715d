"""Whether the database still has the notices that were sealed lately: a stand-by that took over may lack
some, or somebody deleted them."""

import asyncio
from collections.abc import Container, Sequence


class StillThere:
    """``lost`` is set when one is gone, until somebody has put it back."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self._sealed: dict[bytes, int] = {}

    def look(
        self, since: int, listed: Sequence[tuple[int, bytes]], sealed: Container[bytes], *, is_all: bool
    ) -> None:
        """``listed``: all that the database has after ``since``, by when it was told; not ``is_all``: only
        the first of them. ``sealed``: ids of those that are in the log, or are for another server's."""
        there = {id for _, id in listed}
        upto = float("inf") if is_all else listed[-1][0]
        if any(since < told <= upto and id not in there for id, told in self._sealed.items()):
            self.lost.set()
        self._sealed = {id: told for told, id in listed if id in sealed}
