"""What one owner may take of what all share, in bytes, before anything is written.

A list's notes, all that an owner has, one operation, and what of an owner waits for PostgreSQL have a bound
each. What makes an owner smaller is never refused for being too much.
"""

from typing import Final, assert_never

import msgspec

from sertantai.core.errors import Conflict, NotFound, PreconditionFailed, TooLarge, Unavailable
from sertantai.core.fold import Change, Outcome, fold
from sertantai.core.ids import Position
from sertantai.core.list_steps import name_taken
from sertantai.core.notes import notes_bytes, unexpected
from sertantai.core.operations import (
    MOVING_KINDS,
    AccessOperation,
    Amend,
    Annotate,
    BulkDeselect,
    ClearAll,
    CreateGroup,
    DeleteGroup,
    ExportList,
    HandOver,
    ListOperation,
    Operation,
    PurgeGroup,
    RestoreGroup,
    SetGrant,
    SetTeam,
    TakeOver,
    UpdateGroup,
)
from sertantai.core.state import OwnerState, weight_bytes
from sertantai.core.weight import growth_bytes, written_bytes
from sertantai.engine.bounds import Bounds
from sertantai.engine.errors import (
    AccessEnded,
    AnnotationChanged,
    CannotAnswer,
    LastOwner,
    MemberBack,
    MemberNotFound,
    ReasonNeeded,
    SuggestionGone,
    TooLate,
)
from sertantai.engine.hot_tier import HotOwner, HotTier

SHARE: Final = 8
"""Nobody gets more than this part of what is free of the journal: so the few never fill it for the many."""
ALWAYS_BYTES: Final = 64_000
"""What is no larger is asked only whether there is room at all."""


class ListFull(Conflict):
    code = "list_bytes_exceeded"


class OwnerFull(Conflict):
    code = "owner_bytes_exceeded"


class OperationTooLarge(TooLarge):
    code = "operation_bytes_exceeded"


class OwnerBehind(Unavailable):
    """Too much of this owner waits for PostgreSQL; others are not concerned."""

    code = "owner_waiting_bytes_exceeded"


class MemoryFull(Unavailable):
    """Lists that must stay in memory take all that there is for them."""

    code = "hot_tier_bytes_exceeded"


LIST_GONE: Final = "This list does not exist."
NAME_TAKEN: Final = "You already have a list with this name."
MOVED_TOGETHER: Final = "A list is handed over as a whole, not by half of it: hand it over again."


_OF_MEMBERS: Final[dict[Outcome, type[Conflict]]] = {
    Outcome.LAST_OWNER: LastOwner,
    Outcome.MEMBER_BACK: MemberBack,
    Outcome.TOO_LATE: TooLate,
}
_OF_WHAT_IS_SAID: Final[dict[Outcome, type[CannotAnswer | ReasonNeeded]]] = {
    Outcome.CANNOT_ANSWER: CannotAnswer,
    Outcome.REASON_NEEDED: ReasonNeeded,
}


def check_outcome(change: Change) -> Change:
    """Raise what the fold refused: something came in between since `check_list`."""
    match change.outcome:
        case Outcome.APPLIED | Outcome.UNCHANGED:
            return change
        case Outcome.GROUP_GONE:
            raise NotFound(LIST_GONE)
        case Outcome.NAME_TAKEN if isinstance(change.operation, SetTeam):
            raise Conflict("There is a team of this name already.", field="name")
        case Outcome.NAME_TAKEN:
            raise Conflict(NAME_TAKEN, field="name")
        case Outcome.CHANGED_MEANWHILE if isinstance(change.operation, BulkDeselect | ClearAll):
            version = 0 if change.group is None else change.group.version
            raise PreconditionFailed(f"The list is at version {version} now. Reload it.")
        case Outcome.SUGGESTION_GONE:
            raise SuggestionGone
        case Outcome.CHANGED_MEANWHILE:
            assert isinstance(change.operation, Annotate)
            assert change.group is not None
            group = change.group
            raise AnnotationChanged(unexpected(group.records, group.annotations, change.operation) or "")
        case Outcome.FORBIDDEN:
            raise AccessEnded
        case Outcome.LAST_OWNER | Outcome.MEMBER_BACK | Outcome.TOO_LATE:
            raise _OF_MEMBERS[change.outcome]
        case Outcome.MEMBER_GONE:
            raise MemberNotFound
        case Outcome.CANNOT_ANSWER | Outcome.REASON_NEEDED:
            raise _OF_WHAT_IS_SAID[change.outcome]
        case _:
            assert_never(change.outcome)


def check_list(state: OwnerState, operation: Operation, groups_max: int, on_their_way: int = 0) -> None:
    """Refuse before the journal what the fold would refuse after it, and more lists than there may be.

    ``on_their_way``: operations of this owner that may make lists, too, and are not in ``state`` yet.
    """
    group = state.groups.get(operation.group)
    if type(operation) in MOVING_KINDS:
        raise Conflict(MOVED_TOGETHER)
    if group is not None and not group.deleted:
        return
    if isinstance(operation, AccessOperation) and not isinstance(operation, SetGrant | ExportList):
        return
    if not isinstance(operation, ListOperation):
        raise NotFound(LIST_GONE)
    match operation:
        case CreateGroup():
            if name_taken(state, operation.name):
                raise Conflict(NAME_TAKEN, field="name")
            check_number(state, groups_max, on_their_way)
        case RestoreGroup() if group is not None:
            check_number(state, groups_max, on_their_way)
        case PurgeGroup() if group is not None:
            return
        case UpdateGroup() | DeleteGroup() | RestoreGroup() | PurgeGroup() | TakeOver() | HandOver():
            raise NotFound(LIST_GONE)
        case _:
            assert_never(operation)


def check_number(state: OwnerState, groups_max: int, on_their_way: int = 0) -> None:
    """Deleted lists do not count: they are bounded where lists are deleted, and end by themselves."""
    count = sum(not group.deleted for group in state.groups.values())
    if count >= groups_max:
        raise Conflict(f"You have {groups_max} lists, which is the maximum.")
    if count + on_their_way >= groups_max:
        raise OwnerBehind(
            f"Other changes of yours are still being saved, and you may have {groups_max} lists at most. "
            "Nothing was changed; try again.",
            retry_after_s=1,
        )


class Demand(msgspec.Struct, frozen=True):
    """What an operation takes at most: of memory, and of PostgreSQL beside its own entry in the journal."""

    growth: int = 0
    written: int = 0


NOTHING: Final = Demand()


class Budgets:
    def __init__(self, bounds: Bounds, hot: HotTier) -> None:
        self._bounds = bounds
        self._hot = hot
        least = max(bounds.journal_bytes_max // SHARE, 4 * ALWAYS_BYTES)
        self._operation_bytes_max = min(bounds.operation_bytes_max, least)

    def demand(self, owner: HotOwner, operation: Operation, others: int | None = None) -> Demand:
        """What it takes, when the owner may have that much. ``others`` of theirs are on their way; None: all
        that are. Raises `ListFull`, `OwnerFull`, `MemoryFull`."""
        others = owner.life.in_flight if others is None else others
        growth = growth_bytes(operation, owner.state, pending=others > 0)
        if isinstance(operation, Amend):
            growth += len(operation.notes_of) * owner.growing  # what is on its way there comes along
        if growth > 0:
            self._check_owner(owner, operation, growth, others)
            self._check_memory(growth)
        return Demand(growth, written_bytes(operation, owner.state))

    def check_waiting(self, entry_bytes: int, demand: Demand, waiting: int, journal_bytes: int) -> int:
        """How much more of the owner may wait after this. Raises `OperationTooLarge`, `OwnerBehind`."""
        bounds = self._bounds
        if entry_bytes > self._operation_bytes_max:
            raise OperationTooLarge(
                f"This is one change of {entry_bytes:,} bytes; at most {self._operation_bytes_max:,} "
                "(operation_bytes_max). Nothing was changed; do it in parts."
            )
        free = max(0, bounds.journal_bytes_max - journal_bytes)
        room = min(bounds.owner_waiting_bytes_max, max(free // SHARE, min(free, ALWAYS_BYTES)))
        cost = entry_bytes + demand.written
        if waiting and waiting + cost > room:
            raise OwnerBehind(
                f"{waiting:,} bytes of your changes wait for PostgreSQL, and this would be more than you may "
                f"have waiting, {room:,} now (owner_waiting_bytes_max). Nothing was changed; try again soon.",
                retry_after_s=2,
            )
        return max(0, room - waiting - cost)

    def _check_owner(self, owner: HotOwner, operation: Operation, growth: int, others: int) -> None:
        growth += owner.growing
        bounds, state = self._bounds, owner.state
        most = bounds.owner_bytes_max if owner.bytes_max is None else owner.bytes_max
        in_list = _notes_in(state, operation)
        if in_list + growth <= bounds.list_bytes_max and weight_bytes(state) + growth <= most:
            return
        if others:
            raise OwnerBehind(
                "Other changes of yours are still being saved, and this may be too much at the same time "
                "(list_bytes_max, owner_bytes_max). Nothing was changed; try again.",
                retry_after_s=1,
            )
        # Near the bound: what stands in the place of something else counts for the difference only.
        after, _ = fold(state, Position(owner.last + 1), operation)
        notes = _notes_in(after, operation)
        if notes > in_list and notes > bounds.list_bytes_max:
            raise ListFull(
                f"The notes and tags of this list would be {notes:,} bytes; at most "
                f"{bounds.list_bytes_max:,} (list_bytes_max). Nothing was changed."
            )
        weight = weight_bytes(after)
        if weight > weight_bytes(state) and weight > most:
            name = "owner_bytes_max" if owner.bytes_max is None else "guest_bytes_max"
            raise OwnerFull(
                f"All your lists with their notes would take {weight:,} bytes; at most {most:,} ({name}). "
                "Nothing was changed; delete notes, or lists for good."
            )

    def _check_memory(self, growth: int) -> None:
        if growth <= ALWAYS_BYTES or self._hot.bytes + growth <= self._bounds.hot_tier_bytes_max:
            return
        self._hot.shrink()
        if self._hot.bytes + growth > self._bounds.hot_tier_bytes_max:
            raise MemoryFull(
                "The memory for lists is full (hot_tier_bytes_max); nothing was changed. Try again soon.",
                retry_after_s=5,
            )


def _notes_in(state: OwnerState, operation: Operation) -> int:
    group = state.groups.get(operation.group)
    return 0 if group is None else notes_bytes(group.annotations)
