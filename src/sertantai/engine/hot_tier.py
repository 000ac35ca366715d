"""The hot tier: owners' states in memory, newest use last, bounded by memory.

An owner with anything not yet in PostgreSQL, or with an operation on its way to the journal, stays.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from sertantai.core.access_state import answers_bytes
from sertantai.core.errors import Conflict
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.operations import Operation
from sertantai.core.state import OwnerState, weight_bytes
from sertantai.engine.backlog import Backlog
from sertantai.engine.errors import HandedOver
from sertantai.engine.owners_life import OwnersLife
from sertantai.engine.recent import Recent

LOOKED_AT_MAX = 200
"""Owners looked at in one go for one that may leave, so that a full tier never holds up the event loop."""


class HotOwner:
    """One owner: the state, how far it is folded, and the last changes for undo and for late readers."""

    __slots__ = (
        "backlog",
        "bytes_max",
        "dropped",
        "growing",
        "last",
        "life",
        "recent",
        "state",
        "weight",
    )

    def __init__(self, state: OwnerState, last: Position, life: OwnersLife) -> None:
        self.life = life
        self.recent = Recent(state)
        self.read(state, last)
        self.growing = 0
        """How much heavier the operations on their way make this owner at most."""
        self.backlog = Backlog()
        self.bytes_max: int | None = None
        """A budget of its own, as guests have; None: the one of all."""
        self.dropped = False
        """It has left the hot tier; whoever still holds it must not change it."""
        self.weight = weight_bytes(state)

    def read(self, state: OwnerState, last: Position) -> None:
        """As it was found; what changes it from here on is remembered."""
        self.state = state
        self.last = last
        """Position of the last operation folded."""
        self.recent.begin(state)

    def known_from(self, group: GroupId) -> Position:
        """The version of a list after which every change of it is remembered."""
        return self.recent.known_from(group)

    def recent_changes(self, after: int = 0) -> Iterator[Change]:
        """The last ones, oldest first, behind the position ``after``; each without the list's records."""
        return self.recent.oldest_first(self.state, after)

    def newest_changes(self, after: int = 0) -> Iterator[Change]:
        return self.recent.newest_first(self.state, after)

    def recent_change(self, operation: OperationId) -> Change | None:
        """In whichever list: who asks must be allowed to look at that one."""
        return self.recent.get(operation, self.state)

    @property
    def owner(self) -> OwnerId:
        return self.state.owner

    def find(self, operation: OperationId, group: GroupId) -> Change | None:
        """What an operation did to this list: whoever may look at one list learns nothing of another."""
        change = self.recent_change(operation)
        return change if change is not None and change.operation.group == group else None

    def require_not_handed_over(self, group: GroupId) -> None:
        """Raises `HandedOver` for a list that went to another owner a short while ago."""
        if group not in self.state.groups and self.recent.handed_over(group):
            raise HandedOver

    def repeated(self, operation: Operation) -> Change | None:
        """What an operation that is repeated did then, with its list as it is now.

        Raises `Conflict` where somebody else has made one with this id.
        """
        change = self.recent_change(operation.id)
        if change is None:
            return None
        require_same_actor(change.operation.origin.actor, operation.origin.actor)
        if change.group is None:
            return change
        now = self.state.groups.get(change.group.id, change.group)
        return msgspec.structs.replace(change, group=now)


def require_same_actor(first: UserId, again: UserId) -> None:
    """An id counts as a repetition only for whoever has made it."""
    if first != again:
        raise Conflict("This was done before by somebody else, under the same id; nothing was changed.")


class HotTier:
    """Least recently used owners leave first, when ``may_leave`` allows it."""

    def __init__(self, bytes_max: int, may_leave: Callable[[HotOwner], bool]) -> None:
        self._owners: OrderedDict[int, HotOwner] = OrderedDict()
        """By the owner's id as an integer, which is found faster than a UUID: every tick looks here."""
        self._bytes_max = bytes_max
        self._may_leave = may_leave
        self.bytes = 0

    @property
    def crowded(self) -> bool:
        """Beyond its bound: somebody must be made ready to leave."""
        return self.bytes > self._bytes_max

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, owner: OwnerId) -> bool:
        return owner.int in self._owners

    def __iter__(self) -> Iterator[HotOwner]:
        return iter(self._owners.values())

    def get(self, owner: OwnerId) -> HotOwner | None:
        """The owner, now the most recently used."""
        hot = self._owners.get(owner.int)
        if hot is not None:
            self._owners.move_to_end(owner.int)
        return hot

    def peek(self, owner: OwnerId) -> HotOwner | None:
        return self._owners.get(owner.int)

    def put(self, hot: HotOwner) -> None:
        self.drop(hot.owner)
        self._owners[hot.owner.int] = hot
        self.bytes += hot.weight

    def weigh(self, hot: HotOwner) -> None:
        weight = weight_bytes(hot.state) + hot.recent.bytes + answers_bytes(hot.state.access)
        self.bytes += weight - hot.weight
        hot.weight = weight

    def drop(self, owner: OwnerId) -> None:
        hot = self._owners.pop(owner.int, None)
        if hot is not None:
            hot.dropped = True
            self.bytes -= hot.weight
            hot.life.gone()

    def shrink(self) -> None:
        """Let owners go until the bound holds or nobody else, of the longest unused, may leave."""
        if self.bytes <= self._bytes_max:
            return
        for hot in list(islice(self._owners.values(), LOOKED_AT_MAX)):
            if self.bytes <= self._bytes_max:
                return
            if self._may_leave(hot):
                self.drop(hot.owner)
