"""Which notices of the database are in the log, by their ids: of those met lately none is taken twice."""

from collections import deque
from collections.abc import Collection, Iterable
from uuid import UUID


class SealedNotices:
    """``newest_max``: how many of the newest are known whatever the database lists: what went by retention
    is listed no more, and comes back with a database that does not know yet that it went."""

    def __init__(self, newest_max: int) -> None:
        self._known = set[bytes]()
        self._newest = deque[bytes](maxlen=newest_max)
        self._put_back = set[bytes]()
        self.count = 0
        """In the log's files."""

    def begin_anew(self) -> None:
        """The files are read again."""
        self._known.clear()
        self._newest.clear()
        self.count = 0

    def __contains__(self, id: object) -> bool:
        return id in self._known

    def is_behind(self, id: bytes) -> bool:
        """Whether it is still to be sealed, or somebody else's."""
        return id not in self._known and id not in self._put_back

    def add(self, id: UUID) -> None:
        """It is in the files, as the newest."""
        self._known.add(id.bytes)
        self._newest.append(id.bytes)
        self.count += 1

    def are_others(self, ids: Iterable[bytes]) -> None:
        """They are for the logs of other servers."""
        self._known.update(ids)

    def are_put_back(self, ids: Collection[UUID]) -> None:
        """They are in the files, and come back into a database that lost them."""
        self._put_back.update(id.bytes for id in ids)

    def keep(self, listed: Iterable[bytes]) -> None:
        """Only those that the database lists, and the newest: what is before never comes again."""
        self._known.intersection_update([*listed, *self._newest])
