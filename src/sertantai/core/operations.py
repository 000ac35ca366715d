"""Operations: what an owner's lists can be asked to become.

An operation states a wish and is idempotent: applying it twice leaves what applying it once left.
Everything that depends on the moment (which records match a filter, what an undo must put back) is
resolved before an operation is made, so that a replay is exact.

Operations are journalled as MessagePack arrays that begin with their ``action``; fields are only ever
appended, with a default, so that an older journal stays readable.
"""

from datetime import datetime
from typing import Any, TypeAlias, assert_never, get_args

import msgspec

from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordNo, UserId

Annotation = dict[str, Any]
"""What a person adds to a selection: ``note``, ``tags``, ``rank`` (its order in the list) and so on."""


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """Who asked, and from where. ``source`` is one of hand, filter, import, undo, merge, system, salvage."""

    actor: UserId
    session: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    source: str = "hand"


class _Operation(msgspec.Struct, frozen=True, array_like=True, tag_field="action", kw_only=True):
    id: OperationId
    owner: OwnerId
    group: GroupId
    at: datetime
    origin: Origin


class Select(_Operation, tag="select", frozen=True, array_like=True, kw_only=True):
    record: RecordNo


class Deselect(_Operation, tag="deselect", frozen=True, array_like=True, kw_only=True):
    record: RecordNo


class BulkSelect(_Operation, tag="bulk_select", frozen=True, array_like=True, kw_only=True):
    """``records`` and those of every set below are packed bitmaps (`bitmaps.pack`)."""

    records: bytes


class BulkDeselect(_Operation, tag="bulk_deselect", frozen=True, array_like=True, kw_only=True):
    records: bytes


class ClearAll(_Operation, tag="clear_all", frozen=True, array_like=True, kw_only=True):
    pass


class Amend(_Operation, tag="amend", frozen=True, array_like=True, kw_only=True):
    """Adds and removes at once; a record in both stays. Undo, restore and set algebra are made of it.

    ``undoes`` is the operation this one compensates. ``annotations`` come back with added records;
    ``annotate`` is merged, record by record, into the annotations of selected records not in ``add``.
    ``notes_of`` are lists of the same owner: an added record gets what the first of them that says something
    of it says when this operation's turn comes. So what is copied is not written down again.
    """

    add: bytes
    remove: bytes
    undoes: OperationId | None = None
    annotations: dict[int, Annotation] = {}
    annotate: dict[int, Annotation] = {}
    notes_of: tuple[GroupId, ...] = ()


class Annotate(_Operation, tag="annotate", frozen=True, array_like=True, kw_only=True):
    """Merges ``changes`` into the annotation of each selected record; a value of None takes a key away.

    ``expected``: what stands there under these keys, to the letter (None: nothing), when its turn comes; else
    it changes nothing of any record.
    """

    records: bytes
    changes: Annotation
    expected: Annotation = {}


class CreateGroup(_Operation, tag="create_group", frozen=True, array_like=True, kw_only=True):
    name: str
    description: str | None = None
    metadata: dict[str, Any] = {}


class UpdateGroup(_Operation, tag="update_group", frozen=True, array_like=True, kw_only=True):
    """None leaves a field as it is; an empty ``description`` takes it away; ``metadata`` is merged."""

    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] = {}


class DeleteGroup(_Operation, tag="delete_group", frozen=True, array_like=True, kw_only=True):
    """Empties the list and sets it aside; `RestoreGroup` brings it back, `PurgeGroup` ends it."""


class RestoreGroup(_Operation, tag="restore_group", frozen=True, array_like=True, kw_only=True):
    """``name``: what it is called from now on; None (in older journals): what it was called."""

    records: bytes
    annotations: dict[int, Annotation] = {}
    name: str | None = None


class PurgeGroup(_Operation, tag="purge_group", frozen=True, array_like=True, kw_only=True):
    pass


RecordOperation: TypeAlias = Select | Deselect | BulkSelect | BulkDeselect | ClearAll | Amend | Annotate
"""What is done to the records of a list: many in one transaction, a row of the audit for each record."""

ListOperation: TypeAlias = CreateGroup | UpdateGroup | DeleteGroup | RestoreGroup | PurgeGroup
"""What is done to a list itself: a transaction of its own, so that names never collide half-way."""

Operation: TypeAlias = RecordOperation | ListOperation
"""A kind belongs to one of the two. Who asks for the kind (`match`) names each, and ends in `assert_never`,
so that mypy shows every place that a new one must be thought of in."""

SINGLE: frozenset[type] = frozenset({Select, Deselect})
"""Operations on one record, which are the most by far."""
LIST_KINDS: frozenset[type] = frozenset(get_args(ListOperation))

_ACTIONS: dict[type, str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Operation)}
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder: msgspec.msgpack.Decoder[Operation] = msgspec.msgpack.Decoder(Operation)


def encode(operation: Operation) -> bytes:
    return _encoder.encode(operation)


def decode(body: bytes) -> Operation:
    """The operation that `encode` wrote. Raises `msgspec.DecodeError` on anything else."""
    try:
        return _decoder.decode(body)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"The operation contains broken text: {error}.") from error


def wished(operation: Operation, number: int) -> Annotation:
    """What the operation wants of the annotation of a record that it annotated."""
    match operation:
        case Annotate(changes=changes):
            return changes
        case Amend(annotate=annotate):
            return annotate[number]
        case Select() | Deselect() | BulkSelect() | BulkDeselect() | ClearAll():
            return {}
        case CreateGroup() | UpdateGroup() | DeleteGroup() | RestoreGroup() | PurgeGroup():
            return {}
        case _:
            assert_never(operation)


def undone_by(operation: Operation) -> OperationId | None:
    """The operation that it compensates, if it is an undo."""
    return operation.undoes if isinstance(operation, Amend) else None


def action_of(operation: Operation) -> str:
    """The stable name of the operation's kind, as journalled."""
    return _ACTIONS[type(operation)]
