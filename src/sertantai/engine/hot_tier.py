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
from sertantai.core.notes import notes_bytes, text_bytes
from sertantai.core.operations import SINGLE, HandOver, Operation, TakeOver, reason_of
from sertantai.core.state import NOTE_OVERHEAD_BYTES, OwnerState, weight_bytes
from sertantai.core.weight import packed_in, text_in
from sertantai.engine.backlog import Backlog
from sertantai.engine.errors import HandedOver
from sertantai.engine.owners_life import OwnersLife

CHANGE_OVERHEAD_BYTES = 800
LOOKED_AT_MAX = 200
"""Owners looked at in one go for one that may leave, so that a full tier never holds up the event loop."""


class HotOwner:
    """One owner: the state, how far it is folded, and the last changes for undo and for late readers."""

    __slots__ = (
        "_heavy",
        "_known_from",
        "backlog",
        "bytes_max",
        "dropped",
        "growing",
        "last",
        "life",
        "recent",
        "recent_bytes",
        "state",
        "weight",
    )

    def __init__(self, state: OwnerState, last: Position, life: OwnersLife) -> None:
        self.life = life
        self.read(state, last)
        self.recent: OrderedDict[int, Change] = OrderedDict()
        """The last changes, oldest first, by the operation's id as an integer, which is found faster; each
        without the list's records."""
        self.recent_bytes = 0
        self._heavy: dict[int, int] = {}
        """What those changes weigh that are more than a tick."""
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
        self._known_from = {group.id: group.version for group in state.groups.values()}

    def known_from(self, group: GroupId) -> Position:
        """The version of a list after which ``recent`` holds every change of it."""
        return self._known_from.get(group, Position(0))

    @property
    def owner(self) -> OwnerId:
        return self.state.owner

    def remember(self, change: Change, changes_max: int, bytes_max: int) -> tuple[Change, int]:
        """Returns the change as it is kept, and what it weighs."""
        recent, operation = self.recent, change.operation
        key = operation.id.int
        if key in recent:
            del recent[key]
            self.recent_bytes -= self._heavy.pop(key, CHANGE_OVERHEAD_BYTES)
        if type(change.operation) is TakeOver and change.group is not None:
            self._known_from[change.group.id] = change.position
        light = recent[key] = change.without_records()
        weight = CHANGE_OVERHEAD_BYTES
        if change.dropped or type(operation) not in SINGLE or (change.removed and reason_of(operation)):
            weight = self._heavy[key] = _weight(change)
        self.recent_bytes += weight
        while len(recent) > changes_max or self.recent_bytes > bytes_max:
            key, oldest = recent.popitem(last=False)
            self.recent_bytes -= self._heavy.pop(key, CHANGE_OVERHEAD_BYTES)
            if oldest.group is not None:
                self._known_from[oldest.group.id] = oldest.position
        return light, weight

    def find(self, operation: OperationId, group: GroupId) -> Change | None:
        """What an operation did to this list: whoever may look at one list learns nothing of another."""
        change = self.recent.get(operation.int)
        return change if change is not None and change.operation.group == group else None

    def require_not_handed_over(self, group: GroupId) -> None:
        """Raises `HandedOver` for a list that went to another owner a short while ago."""
        if group in self.state.groups:
            return
        moved = (one.operation for one in self.recent.values() if type(one.operation) is HandOver)
        if any(operation.group == group for operation in moved):
            raise HandedOver

    def repeated(self, operation: Operation) -> Change | None:
        """What an operation that is repeated did then, with its list as it is now.

        Raises `Conflict` where somebody else has made one with this id.
        """
        change = self.recent.get(operation.id.int)
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


def _weight(change: Change) -> int:
    notes = NOTE_OVERHEAD_BYTES * (len(change.dropped) + len(change.before))
    written = notes_bytes(change.dropped) + notes_bytes(change.before) + text_in(change.operation)
    was = text_bytes(change.was) if change.was else 0
    return CHANGE_OVERHEAD_BYTES + _sets_bytes(change) + notes + written + was


def _sets_bytes(change: Change) -> int:
    """The whole register at once is some kilobytes, so that it is undone from memory."""
    sets = (change.added, change.removed, change.annotated)
    return packed_in(change.operation) + sum(min(4 * len(one), len(one.serialize())) for one in sets)


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
        weight = weight_bytes(hot.state) + hot.recent_bytes + answers_bytes(hot.state.access)
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
