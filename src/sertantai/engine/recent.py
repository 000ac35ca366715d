"""The last changes of an owner's lists, for undo, for requests sent again and for readers that were away.

Of a plain tick, which is most of it by far, only its place and the bytes that the journal has are kept: ten
thousand people with a hundred changes each would else be millions of objects, of which each tick touches some
that no processor has at hand. Whoever asks for one gets it as the fold made it.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY
from sertantai.core.changes import APPLIED, NO_NOTES, Change, replace
from sertantai.core.ids import GroupId, OperationId, Position
from sertantai.core.notes import notes_bytes, text_bytes
from sertantai.core.operations import Deselect, HandOver, Select, TakeOver, decode, reason_of
from sertantai.core.state import NOTE_OVERHEAD_BYTES, GroupState, OwnerState
from sertantai.core.weight import packed_in, text_in

CHANGE_OVERHEAD_BYTES = 800
TICK_OVERHEAD_BYTES = 352
"""Of a tick, beside its body: its place, and where it is found."""


_Tick = tuple[Position, int, bytes]
"""Its place, its list, its body: numbers and bytes alone, so that Python never goes through it when it looks
for garbage."""


class Recent:
    """Bounded in changes and bytes, by whoever adds to it."""

    __slots__ = ("_changes", "_known_from", "_weights", "bytes")

    def __init__(self, state: OwnerState) -> None:
        self._changes: OrderedDict[int, Change | _Tick] = OrderedDict()
        """Oldest first, by the operation's id as an integer, which is found faster; each without the list's
        records."""
        self._weights: dict[int, int] = {}
        """Of those that are no plain ticks."""
        self.bytes = 0
        self.begin(state)

    def begin(self, state: OwnerState) -> None:
        """It is as it was found; what changes it from here on is remembered."""
        self._known_from = {group.id.int: group.version for group in state.groups.values()}

    def __len__(self) -> int:
        return len(self._changes)

    def known_from(self, group: GroupId) -> Position:
        """The version of a list after which every change of it is here."""
        return self._known_from.get(group.int, Position(0))

    def add(self, change: Change, body: bytes, changes_max: int, bytes_max: int) -> int:
        """``body``: the operation as the journal has it. Returns what is kept weighs, in bytes."""
        changes, operation = self._changes, change.operation
        key = operation.id.int
        kind = type(operation)
        if key in changes:
            self._weighs_no_more(key, changes.pop(key))
        if kind is Select or (kind is Deselect and not change.dropped and reason_of(operation) is None):
            # The operation alone says all of it.
            changes[key] = (change.position, operation.group.int, body)
            weight = TICK_OVERHEAD_BYTES + len(body)
        else:
            if kind is TakeOver and change.group is not None:
                self._known_from[change.group.id.int] = change.position
            changes[key] = change.without_records()
            weight = self._weights[key] = _weight(change)
        self.bytes += weight
        while len(changes) > changes_max or self.bytes > bytes_max:
            key, oldest = changes.popitem(last=False)
            if isinstance(oldest, tuple):
                position, group, gone = oldest
                self._known_from[group] = position
                self.bytes -= TICK_OVERHEAD_BYTES + len(gone)
                continue
            self._weighs_no_more(key, oldest)
            if oldest.group is not None:
                self._known_from[oldest.group.id.int] = oldest.position
        return weight

    def _weighs_no_more(self, key: int, gone: Change | _Tick) -> None:
        self.bytes -= (
            TICK_OVERHEAD_BYTES + len(gone[2]) if isinstance(gone, tuple) else self._weights.pop(key)
        )

    def get(self, operation: OperationId, state: OwnerState) -> Change | None:
        """``state``: what the owner has now; of a list that it no longer has comes the id alone."""
        kept = self._changes.get(operation.int)
        return _ticked(kept, state) if isinstance(kept, tuple) else kept

    def oldest_first(self, state: OwnerState, after: int = 0) -> Iterator[Change]:
        """Those behind the position ``after``; ``state`` as with `get`."""
        return _made(self._changes.values(), state, after)

    def newest_first(self, state: OwnerState, after: int = 0) -> Iterator[Change]:
        return _made(reversed(self._changes.values()), state, after)

    def handed_over(self, group: GroupId) -> bool:
        """Whether the list went to another owner a short while ago."""
        whole = (one.operation for one in self._changes.values() if not isinstance(one, tuple))
        return any(type(operation) is HandOver and operation.group == group for operation in whole)


def _made(kept: Iterable[Change | _Tick], state: OwnerState, after: int) -> Iterator[Change]:
    for one in kept:
        if isinstance(one, tuple):
            if one[0] > after:
                yield _ticked(one, state)
        elif one.position > after:
            yield one


def _ticked(tick: _Tick, state: OwnerState) -> Change:
    """What the fold made of it, without the list's records."""
    position, _, body = tick
    operation = decode(body)
    assert isinstance(operation, Select | Deselect)
    group, one = state.groups.get(operation.group), BitMap((operation.record,))
    if group is None or group.deleted:  # then it was there
        group = GroupState(operation.group, "", operation.at, operation.at)
    then = replace(group, version=position, updated_at=operation.at, records=EMPTY, annotations={})
    added, removed = (one, EMPTY) if type(operation) is Select else (EMPTY, one)
    return Change(position, operation, APPLIED, then, added, removed, EMPTY, NO_NOTES, NO_NOTES)


def _weight(change: Change) -> int:
    notes = NOTE_OVERHEAD_BYTES * (len(change.dropped) + len(change.before))
    written = notes_bytes(change.dropped) + notes_bytes(change.before) + text_in(change.operation)
    was = text_bytes(change.was) if change.was else 0
    return CHANGE_OVERHEAD_BYTES + _sets_bytes(change) + notes + written + was


def _sets_bytes(change: Change) -> int:
    """The whole register at once is some kilobytes, so that it is undone from memory."""
    sets = (change.added, change.removed, change.annotated)
    return packed_in(change.operation) + sum(min(4 * len(one), len(one.serialize())) for one in sets)
