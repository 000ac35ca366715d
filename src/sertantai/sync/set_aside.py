"""What people built on something that PostgreSQL refused.

Memory shows what was set aside until its owner is read anew, and until then people go on: they tick in a list
that PostgreSQL never had, or take a name that it never let go of. What was acknowledged there, and cannot be
done in the database, is set aside as well: kept and reported, and not lost without a word.

What each was told is not asked: it depends on when memory saw what was set aside go, and nobody knows that
of an earlier run. So everything that cannot be done counts that *may* have been told otherwise. Of some their
people were told already that they could not be done; they are kept once more, which loses nothing.
"""

from collections.abc import Awaitable, Callable

from pyroaring import BitMap

from sertantai.core.bitmaps import unpack
from sertantai.core.errors import SertantaiError
from sertantai.core.fold import APPLIED, Change, Outcome
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.core.operations import SINGLE, Amend, Annotate, Operation, TakeOver, action_of, encode
from sertantai.journal.protocol import Journal
from sertantai.sync.store import Rejection, SelectionStore

DONE = frozenset({APPLIED, Outcome.UNCHANGED})
OWNERS_MAX = 100_000
"""Of so many it is known that something of theirs was set aside in this run; of more, each may be one."""

Doubts = Callable[[OwnerId], Awaitable[bool]]
"""Whether memory may show what the database has not, as it was not read anew since. When somebody is, the
database has decided upon all of theirs in the journal; so what follows is told of what is there."""


class SetAside:
    """Of one journal. ``last``: where it ends now."""

    def __init__(
        self, store: SelectionStore, journal: Journal, last: Callable[[], Position], doubts: Doubts
    ) -> None:
        self._store = store
        self._journal = journal
        self._last = last
        self._doubts = doubts
        self._owners = set[OwnerId]()
        self._told_before: Position | None = None
        """Up to here operations may have been told of other lists than there are, whatever memory has now."""

    def begin_anew(self) -> None:
        """The database may have lost what it had, and what it refused: it decides again."""
        self._told_before = None

    def add(self, owner: OwnerId) -> None:
        """Something of theirs was set aside."""
        if len(self._owners) < OWNERS_MAX:
            self._owners.add(owner)

    async def may_be_told_otherwise(self, change: Change) -> bool:
        """Whether what cannot be done, or not wholly, may have been acknowledged as done."""
        operation, owner = change.operation, change.operation.owner
        if isinstance(operation, TakeOver):
            return True  # it is made of what is there at that very place of the journal
        doubted = await self._doubts(owner)
        if self._told_before is None:  # only now: the answer says anew where the journal ends
            self._told_before = self._last()
        if change.position > self._told_before and not doubted:
            return False
        if owner in self._owners or len(self._owners) >= OWNERS_MAX:
            return True
        return bool(await self._store.set_aside(owner, self._journal.id, Position(0), 1))

    async def has(self, owner: OwnerId, position: Position) -> bool:
        """Whether the operation of that owner at that place was set aside."""
        some = await self._store.set_aside(owner, self._journal.id, Position(position - 1), 1)
        return any(at == position for at, _ in some)


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


def rejected(
    journal: JournalId, position: Position, operation: Operation, error: SertantaiError
) -> Rejection:
    """The operation as it is set aside because of ``error``."""
    action, body = action_of(operation), encode(operation)
    return Rejection(
        journal, position, operation.id, operation.owner, action, body, error.code, error.message
    )
