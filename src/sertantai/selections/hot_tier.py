"""The hot tier: owners' states in memory, newest use last, bounded by memory.

An owner with anything not yet in PostgreSQL, or with an operation on its way to the journal, stays.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice

from sertantai.core.fold import Change
from sertantai.core.ids import OperationId, Position, UserId
from sertantai.core.state import OwnerState, weight_bytes

CHANGE_OVERHEAD_BYTES = 600
LOOKED_AT_MAX = 200
"""Owners looked at in one go for one that may leave, so that a full tier never holds up the event loop."""


class HotOwner:
    """One owner: the state, how far it is folded, and the last changes for undo and for late readers."""

    __slots__ = ("complete_since", "in_flight", "last", "recent", "recent_bytes", "state", "weight")

    def __init__(self, state: OwnerState, last: Position, complete_since: Position) -> None:
        self.state = state
        self.last = last
        """Position of the last operation folded."""
        self.complete_since = complete_since
        """``recent`` holds every change after this position."""
        self.recent: dict[OperationId, Change] = {}
        """The last changes by operation, oldest first."""
        self.recent_bytes = 0
        self.in_flight = 0
        self.weight = weight_bytes(state)

    def remember(self, change: Change, changes_max: int, bytes_max: int) -> None:
        again = self.recent.pop(change.operation.id, None)
        if again is not None:
            self.recent_bytes -= _weight(again)
        self.recent[change.operation.id] = change
        self.recent_bytes += _weight(change)
        while len(self.recent) > changes_max or self.recent_bytes > bytes_max:
            oldest = self.recent.pop(next(iter(self.recent)))
            self.recent_bytes -= _weight(oldest)
            self.complete_since = oldest.position

    def find(self, operation: OperationId) -> Change | None:
        return self.recent.get(operation)


def _weight(change: Change) -> int:
    return CHANGE_OVERHEAD_BYTES + 4 * (len(change.added) + len(change.removed))


class HotTier:
    """Least recently used owners leave first, when ``may_leave`` allows it."""

    def __init__(self, bytes_max: int, may_leave: Callable[[UserId, HotOwner], bool]) -> None:
        self._owners: OrderedDict[UserId, HotOwner] = OrderedDict()
        self._bytes_max = bytes_max
        self._may_leave = may_leave
        self.bytes = 0

    @property
    def crowded(self) -> bool:
        """Beyond its bound: somebody must be made ready to leave."""
        return self.bytes > self._bytes_max

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, owner: UserId) -> bool:
        return owner in self._owners

    def __iter__(self) -> Iterator[UserId]:
        return iter(self._owners)

    def get(self, owner: UserId) -> HotOwner | None:
        """The owner, now the most recently used."""
        hot = self._owners.get(owner)
        if hot is not None:
            self._owners.move_to_end(owner)
        return hot

    def peek(self, owner: UserId) -> HotOwner | None:
        return self._owners.get(owner)

    def put(self, owner: UserId, hot: HotOwner) -> None:
        self.drop(owner)
        self._owners[owner] = hot
        self.bytes += hot.weight

    def update(self, hot: HotOwner, state: OwnerState) -> None:
        """Replace the state; the weight is measured again only now and then, it changes slowly."""
        hot.state = state
        if hot.last % 64 == 0:
            self.weigh(hot)

    def weigh(self, hot: HotOwner) -> None:
        weight = weight_bytes(hot.state) + hot.recent_bytes
        self.bytes += weight - hot.weight
        hot.weight = weight

    def drop(self, owner: UserId) -> None:
        hot = self._owners.pop(owner, None)
        if hot is not None:
            self.bytes -= hot.weight

    def shrink(self) -> None:
        """Let owners go until the bound holds or nobody else, of the longest unused, may leave."""
        if self.bytes <= self._bytes_max:
            return
        for owner in list(islice(self._owners, LOOKED_AT_MAX)):
            if self.bytes <= self._bytes_max:
                return
            if self._may_leave(owner, self._owners[owner]):
                self.drop(owner)
