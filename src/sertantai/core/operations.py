"""Operations: what an owner's lists can be asked to become.

An operation states a wish and is idempotent: applying it twice leaves what applying it once left.
Everything that depends on the moment (which records match a filter, what an undo must put back) is
resolved before an operation is made, so that a replay is exact.

Operations are journalled as MessagePack arrays that begin with their ``action``; fields are only ever
appended, with a default, so that an older journal stays readable.
"""

from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

import msgspec

from sertantai.core.access_state import HandedLaws
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo, TeamId, UserId
from sertantai.core.rights import Level, Right, Role

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


COMMON_FIELDS = len(_Operation.__struct_fields__)
"""What every operation begins with; what a kind has of its own comes after it."""


class Select(_Operation, tag="select", frozen=True, array_like=True, kw_only=True):
    record: RecordNo


class Deselect(_Operation, tag="deselect", frozen=True, array_like=True, kw_only=True):
    """``reason``: why the law goes, in words; as with all that removes laws."""

    record: RecordNo
    reason: str | None = None


class BulkSelect(_Operation, tag="bulk_select", frozen=True, array_like=True, kw_only=True):
    """``records`` and those of every set below are packed bitmaps (`bitmaps.pack`)."""

    records: bytes


class BulkDeselect(_Operation, tag="bulk_deselect", frozen=True, array_like=True, kw_only=True):
    """``seen``: as with `ClearAll`."""

    records: bytes
    seen: Position | None = None
    reason: str | None = None


class ClearAll(_Operation, tag="clear_all", frozen=True, array_like=True, kw_only=True):
    """``seen``: the version of the list that is to be cleared; it changes nothing of a later one."""

    seen: Position | None = None
    reason: str | None = None


class Amend(_Operation, tag="amend", frozen=True, array_like=True, kw_only=True):
    """Adds and removes at once; a record in both stays. Undo, restore and set algebra are made of it.

    ``undoes`` is the operation this one compensates, ``undoes_of`` who made that one. ``annotations`` come
    back with added records; ``annotate`` is merged, record by record, into the annotations of selected
    records not in ``add``.
    ``notes_of`` are lists of the same owner: an added record gets what the first of them that says something
    of it says when this operation's turn comes. So what is copied is not written down again.
    ``assigns``: who is named in ``annotations`` as responsible is named by this, and asked for as by an
    `Annotate`; else they were named before, and are whoever they are by now.
    """

    add: bytes
    remove: bytes
    undoes: OperationId | None = None
    annotations: dict[int, Annotation] = {}
    annotate: dict[int, Annotation] = {}
    notes_of: tuple[GroupId, ...] = ()
    undoes_of: UserId | None = None
    reason: str | None = None
    assigns: bool = False


class Annotate(_Operation, tag="annotate", frozen=True, array_like=True, kw_only=True):
    """Merges ``changes`` into the annotation of each selected record; a value of None takes a key away.

    ``expected``: what stands there under these keys, to the letter (None: nothing), when its turn comes; else
    it changes nothing of any record.
    """

    records: bytes
    changes: Annotation
    expected: Annotation = {}


class CopiedFrom(msgspec.Struct, frozen=True, array_like=True):
    """Of which list a copy was made: whose that was, and the version it had."""

    list: GroupId
    owner: OwnerId
    version: Position


class CreateGroup(_Operation, tag="create_group", frozen=True, array_like=True, kw_only=True):
    """``copied_from``: it begins as a copy, with ``records`` (packed) and ``annotations``; else without."""

    name: str
    description: str | None = None
    metadata: dict[str, Any] = {}
    restricted: bool = False
    records: bytes = b""
    annotations: dict[int, Annotation] = {}
    four_eyes: bool = False
    copied_from: CopiedFrom | None = None


EXCEPTION_PREFIX = "exception:"
"""What the names of metadata begin with that say something of a single law of a live list."""


class UpdateGroup(_Operation, tag="update_group", frozen=True, array_like=True, kw_only=True):
    """None leaves a field as it is; an empty ``description`` takes it away; ``metadata`` is merged.

    ``restricted``: an organization's list that only who is granted it may see. ``four_eyes``: nobody ticks
    there alone; what one suggests another accepts.
    """

    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] = {}
    restricted: bool | None = None
    four_eyes: bool | None = None


class DeleteGroup(_Operation, tag="delete_group", frozen=True, array_like=True, kw_only=True):
    """Empties the list and sets it aside; `RestoreGroup` brings it back, `PurgeGroup` ends it."""

    reason: str | None = None


class RestoreGroup(_Operation, tag="restore_group", frozen=True, array_like=True, kw_only=True):
    """``name``: what it is called from now on; None (in older journals): what it was called."""

    records: bytes
    annotations: dict[int, Annotation] = {}
    name: str | None = None


class PurgeGroup(_Operation, tag="purge_group", frozen=True, array_like=True, kw_only=True):
    pass


class TakeOver(_Operation, tag="take_over", frozen=True, array_like=True, kw_only=True):
    """A list comes in from another owner, whole: as it was at ``version``, its last there. In the same commit
    stands its `HandOver`, behind it. ``with_history``: whoever reads the list may read what was done to it
    before."""

    giver: OwnerId
    version: Position
    name: str
    created_at: datetime
    description: str | None = None
    metadata: dict[str, Any] = {}
    records: bytes
    annotations: dict[int, Annotation] = {}
    restricted: bool = False
    with_history: bool = False


class HandOver(_Operation, tag="hand_over", frozen=True, array_like=True, kw_only=True):
    """The list leaves: the `TakeOver` before it has it."""

    receiver: OwnerId
    with_history: bool = False


class Admit(_Operation, tag="admit", frozen=True, array_like=True, kw_only=True):
    """Makes a member, and never changes one. ``given_by``: whose right lets them in, who invited them,
    or the organization itself (its operator, a directory). ``way``: by what they came in. The first is the
    founder, who is its owner."""

    member: UserId
    role: Role
    name: str
    given_by: UserId
    way: str = "invitation"
    teams: tuple[TeamId, ...] = ()


class ChangeMember(_Operation, tag="change_member", frozen=True, array_like=True, kw_only=True):
    """None leaves a field as it is. ``viewed``: nothing of the member changes; whoever acts begins to look at
    the lists as they do, or has stopped. ``right_of``: as with `Expel`."""

    member: UserId
    role: Role | None = None
    allow: tuple[Right, ...] | None = None
    deny: tuple[Right, ...] | None = None
    suspended: bool | None = None
    name: str | None = None
    viewed: bool | None = None
    right_of: UserId | None = None


class Expel(_Operation, tag="expel", frozen=True, array_like=True, kw_only=True):
    """Ends a membership, also one's own: with it go its teams and grants. ``right_of``: for whom the
    organization acts, where it may no more than they may; None: by its own right. ``hands``: by list who
    manages it from then on; all of it is done, or nothing. ``laws``: what they answered for."""

    member: UserId
    right_of: UserId | None = None
    hands: dict[GroupId, UserId] = {}
    laws: dict[GroupId, HandedLaws] = {}


class TakeBack(_Operation, tag="take_back", frozen=True, array_like=True, kw_only=True):
    """Undoes an `Expel`: the one that stands at ``left``. ``given_by``: whose right it is, as with `Admit`;
    whoever had gone of their own accord does it themselves."""

    member: UserId
    left: Position
    given_by: UserId


class OfferOwnership(_Operation, tag="offer_ownership", frozen=True, array_like=True, kw_only=True):
    """To a member, or to nobody any more."""

    member: UserId | None = None


class TakeOwnership(_Operation, tag="take_ownership", frozen=True, array_like=True, kw_only=True):
    """By whom it was offered to. Who gave it stays an owner, unless they go or are made something else."""


class SetTeam(_Operation, tag="set_team", frozen=True, array_like=True, kw_only=True):
    """Makes, names, or (without a ``name``) ends a team. ``right_of``: as with `Expel`."""

    team: TeamId
    name: str | None = None
    right_of: UserId | None = None


class JoinTeam(_Operation, tag="join_team", frozen=True, array_like=True, kw_only=True):
    """Into a team, or out of it. ``right_of``: as with `Expel`."""

    team: TeamId
    member: UserId
    joined: bool = True
    right_of: UserId | None = None


class SetGrant(_Operation, tag="grant", frozen=True, array_like=True, kw_only=True):
    """A level of the list ``group`` for a member or a team; None ends it. ``ends_at`` is kept for the door:
    an operation ends it in the log. Where that names the end too, a grant with another one stays."""

    grantee: UUID
    level: Level | None
    ends_at: datetime | None = None


class Describe(_Operation, tag="describe", frozen=True, array_like=True, kw_only=True):
    """What an organization is called, and its settings; None leaves as it is, ``settings`` are merged.

    ``told`` are settings that stand elsewhere: nothing of them is kept here. ``before``: what was there under
    either, where the log does not know it.
    ``audit_retention_months``: for how long its trail is kept, see `retention`; with it goes what the site
    keeps at that time, for what is shorter is measured by it.
    """

    name: str | None = None
    slug: str | None = None
    settings: dict[str, Any] = {}
    audit_retention_months: int | None = None
    site_retention_months: int | None = None
    before: dict[str, Any] | None = None
    told: dict[str, Any] | None = None


class EndOrganization(_Operation, tag="end_organization", frozen=True, array_like=True, kw_only=True):
    """At ``ends_at``, and it can only be read until then; None calls it off."""

    ends_at: datetime | None = None


class LookIn(_Operation, tag="look_in", frozen=True, array_like=True, kw_only=True):
    """Somebody who is no member looked in, as an administrator of the site may: this changes nothing but that
    it is known. ``step``: opened, looked at the list ``group``, or ended. ``name``: who that was, as they
    were called then; ``until``: when it ends by itself at the latest. ``look``: the operation that opened it.
    ``latest``: nobody could say so when it ended, which was then at the latest."""

    looker: UserId
    name: str
    step: Literal["opened", "list", "ended"]
    reason: str = ""
    until: datetime | None = None
    look: OperationId | None = None
    latest: datetime | None = None


class ExportList(_Operation, tag="export_list", frozen=True, array_like=True, kw_only=True):
    """Somebody takes the list along as a file, or into a list of another owner: this changes nothing but that
    it is known, and is done before the first byte goes out. ``version``: of the list as it is given away;
    ``laws``: how many of it; ``form``: what the file's name ends with, or what else it is given away as."""

    version: Position
    laws: int
    form: str


class Suggest(_Operation, tag="suggest", frozen=True, array_like=True, kw_only=True):
    """What somebody would tick (``add``) and untick. Its id is the suggestion's."""

    add: bytes
    remove: bytes
    reason: str = ""


class Decide(_Operation, tag="decide_suggestion", frozen=True, array_like=True, kw_only=True):
    """Accepts, or declines, ``records`` of a suggestion; the others stay undecided. ``reason``: why
    those go that it removes, as whoever suggested or decided it has said."""

    suggestion: OperationId
    accepted: bool
    records: bytes
    word: str = ""
    reason: str | None = None


class Withdraw(_Operation, tag="withdraw_suggestion", frozen=True, array_like=True, kw_only=True):
    """Takes one's own suggestion back, as far as it is not decided."""

    suggestion: OperationId


RecordOperation: TypeAlias = Select | Deselect | BulkSelect | BulkDeselect | ClearAll | Amend | Annotate
"""What is done to the records of a list: many in one transaction, a row of the audit for each record."""

ListOperation: TypeAlias = (
    CreateGroup | UpdateGroup | DeleteGroup | RestoreGroup | PurgeGroup | TakeOver | HandOver
)
"""What is done to a list itself: a transaction of its own, so that names never collide half-way."""

AccessOperation: TypeAlias = (
    Admit
    | ChangeMember
    | Expel
    | TakeBack
    | OfferOwnership
    | TakeOwnership
    | SetTeam
    | JoinTeam
    | SetGrant
    | Describe
    | EndOrganization
    | LookIn
    | ExportList
)
"""What is done to an organization: who may do what there. A transaction of its own each. But for a grant, a
look at a list and its export, its ``group`` is no list: it is `of_no_list`."""

SuggestionOperation: TypeAlias = Suggest | Decide | Withdraw
"""What is done to the suggestions of a list, and with an accepted one to its records: a transaction each."""

Operation: TypeAlias = RecordOperation | ListOperation | SuggestionOperation | AccessOperation
"""A kind belongs to one of the four. Who asks for the kind (`match`) names each, and ends in `assert_never`,
so that mypy shows every place that a new one must be thought of in."""

SINGLE: frozenset[type] = frozenset({Select, Deselect})
"""Operations on one record, which are the most by far."""
LIST_KINDS: frozenset[type] = frozenset(get_args(ListOperation))
ACCESS_KINDS: frozenset[type] = frozenset(get_args(AccessOperation))
SUGGESTION_KINDS: frozenset[type] = frozenset(get_args(SuggestionOperation))
ONLY_TOLD: frozenset[type] = frozenset({ExportList})
"""Kinds that leave all as it was, also who may do what; whoever watches is told nothing of them."""
MOVING_KINDS: frozenset[type] = frozenset({TakeOver, HandOver})
"""Made together, of one list and two owners; see `Engine.together`."""
LONELY: frozenset[type] = LIST_KINDS | SUGGESTION_KINDS | ACCESS_KINDS
"""Kinds that have a transaction of their own."""

_ACTIONS: dict[type, str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Operation)}
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder: msgspec.msgpack.Decoder[Operation] = msgspec.msgpack.Decoder(Operation)


def of_no_list(owner: OwnerId) -> GroupId:
    """What an operation names as its list that is about the organization itself."""
    return GroupId(owner)


def encode(operation: Operation) -> bytes:
    return _encoder.encode(operation)


def decode(body: bytes) -> Operation:
    """The operation that `encode` wrote. Raises `msgspec.DecodeError` on anything else."""
    try:
        return _decoder.decode(body)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"The operation contains broken text: {error}.") from error


def reason_of(operation: Operation) -> str | None:
    """Why laws go, where it removes any and somebody has said so."""
    match operation:
        case Deselect() | BulkDeselect() | ClearAll() | Amend() | DeleteGroup() | Decide():
            return operation.reason
        case _:
            return None


def undone_by(operation: Operation) -> OperationId | None:
    """The operation that it compensates, if it is an undo."""
    return operation.undoes if isinstance(operation, Amend) else None


def action_of(operation: Operation) -> str:
    """The stable name of the operation's kind, as journalled."""
    return _ACTIONS[type(operation)]
