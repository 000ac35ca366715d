"""What the engine asks of the database. PostgreSQL answers in `postgres_store`; simulations simulate it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import AccessOperation, Annotation
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.suggestion import Suggestion


class Refused(SertantaiError):
    """The database can never take this operation; ``code`` of the cause stands in the message."""

    code = "sync_refused"


class RowsDiffer(SertantaiError):
    """The rows are not what the fold said they would be: somebody else changed them, or a record is gone."""

    code = "rows_differ"


class Hopeless(SertantaiError):
    """Trying again cannot help: set the operation aside at once."""

    code = "sync_hopeless"


class Fenced(SertantaiError):
    """Another synchroniser moved the watermark; look again before writing."""

    code = "sync_fenced"


class Watermark(msgspec.Struct, frozen=True):
    """Everything up to ``position`` is in the database, and ``parts`` transactions of the next operation.
    ``highest`` is the highest position of any journal the database has ever seen; only
    `SelectionStore.watermark` tells it. ``moved`` is how often people were taken over from this journal;
    ``rejected`` how many of its operations were ever set aside, as `SelectionStore.watermark` tells it."""

    position: Position
    parts: int
    highest: Position
    moved: int = 0
    rejected: int = 0


class Snapshot(msgspec.Struct, frozen=True):
    """Owners' states and the watermark, as one moment of the database had them. Of ``elsewhere`` another
    journal's server keeps the lists, and runs."""

    watermark: Watermark
    states: Mapping[OwnerId, OwnerState]
    elsewhere: frozenset[OwnerId] = frozenset()


class RowChange(msgspec.Struct, frozen=True, array_like=True):
    """One effective change of one record in one list: one row of the audit."""

    record: RecordNo
    action: str
    metadata: dict[str, Any] | None = None


class AuditedOperation(msgspec.Struct, frozen=True):
    """An operation and its audit rows. ``group_action`` is set when it changed the list itself, or the
    organization (then ``group`` may be `of_no_list`). ``count``: laws in the list afterwards; None where more
    of the operation follows, or there is no list then."""

    id: OperationId
    owner: OwnerId
    actor: UserId
    group: GroupId
    group_name: str
    position: Position
    at: datetime
    session: str | None
    ip: str | None
    user_agent: str | None
    rows: Sequence[RowChange]
    group_action: str | None = None
    metadata: dict[str, Any] | None = None
    count: int | None = None


class Insertion(msgspec.Struct, frozen=True, array_like=True):
    """A selection that is there after the batch and was not before."""

    record: RecordNo
    annotation: Annotation | None
    actor: UserId
    source: str
    at: datetime


class GroupRows(msgspec.Struct, frozen=True):
    """What a batch does to the selections of one list."""

    owner: OwnerId
    group: GroupId
    delete: Sequence[RecordNo]
    insert: Sequence[Insertion]
    annotate: Mapping[RecordNo, Annotation]
    version: Position
    at: datetime


class AccessChange(msgspec.Struct, frozen=True):
    """An organization's operation, and who may do what after it."""

    operation: AccessOperation
    position: Position
    after: AccessState


class SuggestionChange(msgspec.Struct, frozen=True):
    """A suggestion as it is from then on; None: it is not pending any more."""

    owner: OwnerId
    group: GroupId
    id: OperationId
    after: Suggestion | None


class MovedList(msgspec.Struct, frozen=True):
    """A list that goes from ``giver``, where it is called ``called``, to ``owner``, where it is ``group``
    then. Its rows go along as they are; of each of its ``records`` both trails get a row: of the operation
    ``given`` and of ``taken``, which say of the list itself, too, that it went and came."""

    giver: OwnerId
    called: str
    owner: OwnerId
    group: GroupState
    records: Sequence[RecordNo]
    annotate: Mapping[RecordNo, Annotation]
    """What stands with them from now on, where it is something else."""
    version: Position
    """The last that it had there."""
    with_history: bool
    given: AuditedOperation
    taken: AuditedOperation


class Batch(msgspec.Struct, frozen=True):
    """What one transaction of the synchroniser writes, where the watermark is at ``after`` and ``parts``.

    ``upto`` is the watermark's position afterwards, equal to ``after`` when more of an operation follows.
    """

    journal: JournalId
    after: Position
    parts: int
    upto: Position
    operations: Sequence[AuditedOperation]
    rows: Sequence[GroupRows]
    save_group: tuple[OwnerId, GroupState] | None = None
    remove_group: tuple[OwnerId, GroupId] | None = None
    save_access: AccessChange | None = None
    save_suggestion: SuggestionChange | None = None
    move_list: MovedList | None = None

    @property
    def records(self) -> int:
        return sum(len(operation.rows) for operation in self.operations)

    def part_of(self, position: Position) -> int:
        """Which part of its operation stands here, from 0: only the first may have been begun before."""
        if self.parts == 0:
            return 0
        return self.parts if all(position <= one.position for one in self.operations) else 0

    @property
    def parts_after(self) -> int:
        """How many parts of the operation after ``upto`` are written then."""
        return self.parts + 1 if self.upto == self.after else 0


class Rejection(msgspec.Struct, frozen=True):
    """An operation set aside because the database can never take it."""

    journal: JournalId
    position: Position
    operation: OperationId
    owner: OwnerId
    action: str
    body: bytes
    code: str
    reason: str


class SelectionStore(Protocol):
    """All methods raise `DatabaseUnavailable` when the database cannot be asked now."""

    def for_synchroniser(self) -> "SelectionStore":
        """The same, for who must wait for nobody's reading."""

    async def watermark(self, journal: JournalId) -> Watermark: ...

    async def take(self, journal: JournalId) -> Watermark:
        """Claim the journal, unless that was done, and say how far the database is with it.

        To be asked of the store of the synchroniser; from then on nobody else writes what the journal holds.
        Raises `Overtaken` when somebody else has claimed it since, and `JournalInUse` where its server runs
        and the store was made for somebody who takes nothing over.
        """

    def expect(self, moved: int) -> None:
        """What is written next was worked out when so many people had been taken over; see `Watermark`."""

    async def load(self, owners: Sequence[OwnerId], journal: JournalId) -> Snapshot:
        """States of those owners that exist, and the watermark, from one snapshot.

        Owners whom nobody keeps, or whose server does not run, are ours from then on.
        """

    async def apply(self, batch: Batch) -> None:
        """Write rows, audit and watermark in one transaction.

        Raises `Fenced` when the watermark is not where the batch begins, when the claim is another's, or
        when people were taken over since `take`;
        `RowsDiffer` or `Refused` when the batch does not fit the database. In every case of an error but a
        lost answer nothing was written.
        """

    async def reject(self, rejection: Rejection, after: Position, parts: int) -> None:
        """Set an operation aside and move the watermark past it, in one transaction."""

    async def set_aside(
        self, owner: OwnerId, journal: JournalId, after: Position, most: int
    ) -> Sequence[tuple[Position, bytes]]:
        """The first of an owner's operations behind ``after`` that ever were set aside, in their order."""
