"""What of one owner waits for PostgreSQL, in bytes: so that nobody's backlog is everybody's."""

from typing import Final

from sertantai.core.ids import Position

CREDIT_BYTES: Final = 64_000


class Backlog:
    """Counted without a list of what waits, in two heaps: the older goes once PostgreSQL is beyond it.

    It may count too much for a while, never too little. Whoever was found to have room has ``credit`` to add
    without being asked again: a tick costs an addition and a comparison.
    """

    __slots__ = ("_boundary", "_older", "credit", "newer")

    def __init__(self, waiting: int = 0) -> None:
        self.credit = 0
        self.newer = waiting
        self._older = 0
        self._boundary = Position(0)

    def add(self, size_bytes: int) -> None:
        self.newer += size_bytes
        self.credit -= size_bytes

    def refused(self, size_bytes: int) -> None:
        """What was added is not made durable after all."""
        self.newer = max(0, self.newer - size_bytes)

    def waiting(self, synced: Position, horizon: Position) -> int:
        """What PostgreSQL, which has everything up to ``synced``, does not have yet.

        Nothing that was added so far stands, or will stand, beyond ``horizon``.
        """
        if synced >= horizon:
            self._older = self.newer = 0
        elif synced >= self._boundary:
            self._older, self.newer = self.newer, 0
            self._boundary = horizon
        return self._older + self.newer
