"""What people built on something that PostgreSQL refused.

Memory shows what was set aside until its owner is read anew, and until then people go on: they tick in a list
that PostgreSQL never had, or take a name that it never let go of. Here their lists are as they were told of
them, with all that was set aside. So what was acknowledged there, and cannot be done in the database, is
known, and is set aside as well: kept and reported, and not lost without a word.
"""

from collections import OrderedDict

from pyroaring import BitMap

from sertantai.core.bitmaps import unpack
from sertantai.core.fold import APPLIED, Change, Outcome, fold_what_was_allowed
from sertantai.core.ids import OwnerId, Position
from sertantai.core.operations import (
    SINGLE,
    Amend,
    Annotate,
    BulkDeselect,
    ClearAll,
    CreateGroup,
    Operation,
    TakeOver,
)
from sertantai.core.state import OwnerState
from sertantai.core.weight import notes_gone_through
from sertantai.journal.protocol import Journal
from sertantai.sync.folding import Folded, beside, decoded, fold_beside
from sertantai.sync.store import SelectionStore

OWNERS_MAX = 4
"""Of so many at a time their lists are kept as they were told; of others they are worked out again."""
WAYS_MAX = 8
READ_REJECTIONS = 100
DONE = frozenset({APPLIED, Outcome.UNCHANGED})

Told = tuple[OwnerState, ...]
"""Somebody's lists as they may have been told of them: when memory saw what was set aside go is not known,
and each time that it may have is one way. None of them: nothing was set aside."""


class SetAside:
    """Asks the database for what was set aside, the first time that something cannot be done."""

    def __init__(self, store: SelectionStore, journal: Journal) -> None:
        self._store = store
        self._journal = journal
        self._told: OrderedDict[OwnerId, Told] = OrderedDict()

    async def has_what_it_builds_on(self, state: OwnerState, change: Change) -> bool:
        """Whether a change that cannot be done, or not wholly, on ``state`` was acknowledged as done."""
        if isinstance(change.operation, TakeOver):
            return True  # it is made of what is there at that very place of the journal
        for told in await self._as_told(state):
            try:
                _, as_told = await fold_beside(told, change.position, change.operation)
            except ValueError:
                return False
            if as_told.outcome is APPLIED and (
                change.outcome not in DONE or bool(as_told.annotated - _records(change))
            ):
                return True
        return change.outcome not in DONE and await self._saw(change.operation)

    async def _saw(self, operation: Operation) -> bool:
        """Whether it was asked for by somebody who saw what was set aside. How the list went on from there is
        not always known: after a start, what memory refused and the database did cannot be told apart from
        what both did, and the list looks like a later one than was to be changed."""
        seen = operation.seen if isinstance(operation, BulkDeselect | ClearAll) else None
        return seen is not None and await self.has(operation.owner, Position(seen))

    async def has(self, owner: OwnerId, position: Position) -> bool:
        """Whether the operation of that owner at that place was set aside."""
        some = await self._store.set_aside(owner, self._journal.id, Position(position - 1), 1)
        return any(at == position for at, _ in some)

    async def _as_told(self, state: OwnerState) -> Told:
        owner = state.owner
        if owner not in self._told:
            self._keep(owner, await self._worked_out(state))
        self._told.move_to_end(owner)
        return self._told[owner]

    def _keep(self, owner: OwnerId, told: Told) -> None:
        self._told[owner] = told
        if len(self._told) > OWNERS_MAX:
            self._told.popitem(last=False)

    async def _worked_out(self, state: OwnerState) -> Told:
        told: Told = ()
        after = Position(0)
        while some := await self._store.set_aside(state.owner, self._journal.id, after, READ_REJECTIONS):
            for position, body in some:
                told = await _read_again(state, told, position, body)
            after = some[-1][0]
        return told

    async def written(self, position: Position, operation: Operation) -> None:
        """It is done in the database, and so it was told."""
        told = self._told.get(operation.owner)
        if told:
            self._told[operation.owner] = tuple([await _folded(one, position, operation) for one in told])

    async def add(self, state: OwnerState | None, position: Position, operation: Operation) -> None:
        """It was set aside: its owner, whose lists are ``state`` in the database, had been told of it. What
        that comes to is worked out now: of what is written from here on some was told otherwise."""
        told = self._told.pop(operation.owner, None)
        if state is None:
            return
        if told is None:
            await self._as_told(state)
        else:
            self._keep(operation.owner, await _with(state, told, position, operation))

    def clear(self) -> None:
        """What is in the database may be something else than what was seen."""
        self._told.clear()


def is_whole(change: Change) -> bool:
    """Whether it did all that it can have been told to do. Asked of every operation."""
    if type(change.operation) in SINGLE:
        return change.outcome in DONE
    return change.outcome in DONE and _noted(change.operation) <= _records(change)


def _noted(operation: Operation) -> BitMap:
    """The records beside which it writes, if these are in the list."""
    match operation:
        case Annotate():
            return unpack(operation.records)
        case Amend():
            return BitMap(operation.annotate) - unpack(operation.add)
        case _:
            return BitMap()


def _records(change: Change) -> BitMap:
    return BitMap() if change.group is None else change.group.records


async def _folded(state: OwnerState, position: Position, operation: Operation) -> OwnerState:
    try:
        return (await fold_beside(state, position, operation))[0]
    except ValueError:
        return state  # it could not be read when it was to be written either


async def _read_again(state: OwnerState, told: Told, position: Position, body: bytes) -> Told:
    try:
        operation = await decoded(body)
    except ValueError:
        return told  # it could not be read when it was to be written either
    return await _with(state, told, position, operation)


async def _with(state: OwnerState, told: Told, position: Position, operation: Operation) -> Told:
    """With an operation that was done where it was told, and is set aside: it was not told on a way on which
    it could not be done. All before it may have been seen to go, too: that is one way more. Of too many the
    oldest stays, on which nothing was, and the newest."""
    ways: list[OwnerState] = []
    for before in (*told, state):
        try:
            after, change = await _as_allowed(before, position, operation)
            if change.outcome is Outcome.NAME_TAKEN and isinstance(operation, CreateGroup | TakeOver):
                free = _without_name(before, operation.name)
                after, change = await _as_allowed(free, position, operation)
        except ValueError:
            return told  # as above
        if change.outcome in DONE:
            ways.append(after)
    if not ways:
        return told
    return tuple(ways if len(ways) <= WAYS_MAX else [ways[0], *ways[2:]])


async def _as_allowed(state: OwnerState, position: Position, operation: Operation) -> Folded:
    notes = notes_gone_through(operation, state)
    return await beside(notes, fold_what_was_allowed, state, position, operation)


def _without_name(state: OwnerState, name: str) -> OwnerState:
    """As it was when the name was free: a list that has it now came once its first list was set aside."""
    for group in state.groups.values():
        if group.name == name:
            return state.without_group(group.id)
    return state
