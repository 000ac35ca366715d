"""What a person can do with a list. Each action makes one operation, performs it, and says what came."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.audit.effects import Effects
from sertantai.core.bitmaps import EMPTY, pack, unpack
from sertantai.core.clock import Clock
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, Position, RecordId, RecordNo, UserId
from sertantai.core.notes import RESPONSIBLE
from sertantai.core.operations import (
    Amend,
    Annotate,
    Annotation,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    Deselect,
    Operation,
    Select,
    UpdateGroup,
)
from sertantai.core.responsible import may_answer
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.engine.errors import CannotAnswer
from sertantai.engine.large_operations import beside, measured
from sertantai.engine.repeats import Repeats
from sertantai.lists.access import Allowed, Lists, another, group_now, hot_now
from sertantai.lists.annotations import spelled, to_the_letter
from sertantai.lists.answers import Bulk as Bulk
from sertantai.lists.answers import Ticked as Ticked
from sertantai.lists.answers import Undone as Undone
from sertantai.lists.errors import CountChanged, NothingToUndo
from sertantai.lists.exceptions import new_exceptions
from sertantai.lists.together.reasons import reason_for as reason_for
from sertantai.lists.together.reasons import spelled_reason
from sertantai.lists.together.seen import check_seen
from sertantai.lists.undo import (
    PASSED_OVER_MAX,
    Begun,
    Undoable,
    begun,
    compensation,
    find_other_half,
    find_undoable,
    other_half,
    was_done_by,
    would_change,
)
from sertantai.lists.undo_turns import UndoTurns
from sertantai.process.logs import name_operation
from sertantai.process.new_ids import new_id
from sertantai.records.catalogue import Catalogue

BULK_IDS_MAX = 50_000

FILTER = "filter"
"""The source of what a list's own filter did to it."""
FILTERED = "filter"
"""What a live list's metadata have, and no other's."""

BulkAction = Literal["bulk_select", "bulk_deselect", "clear_all"]


class Numbering(Protocol):
    """The register, as far as actions need it: which number a record has."""

    async def number_of(self, record: RecordId) -> RecordNo:
        """Raises `NotFound`."""

    @property
    def catalogue(self) -> Catalogue:
        """What live lists' filters match. Raises `DatabaseUnavailable`."""


class Actions:
    """Everything that changes the records of a list."""

    def __init__(
        self, engine: Engine, effects: Effects, register: Numbering, clock: Clock, repeats: Repeats
    ) -> None:
        self.engine = self._engine = engine
        self._effects = effects
        self._register = register
        self._clock = clock
        self._repeats = repeats
        self._undo_turns = UndoTurns()

    async def select(self, found: Allowed, record: RecordId, *, id: OperationId | None = None) -> Ticked:
        """Tick one record. Again: ``changed`` is False. Raises `NotFound` for an unknown record or list."""
        return await self._tick(Select, found, record, id)

    async def deselect(
        self, found: Allowed, record: RecordId, *, reason: str | None = None, id: OperationId | None = None
    ) -> Ticked:
        """Untick one record. Again: ``changed`` is False. Raises `NotFound` for an unknown record or list,
        and as `reason_for` does."""
        return await self._tick(Deselect, found, record, id, reason)

    async def _tick(
        self,
        kind: type[Select | Deselect],
        found: Allowed,
        record: RecordId,
        id: OperationId | None,
        reason: str | None = None,
    ) -> Ticked:
        number = await self._register.number_of(record)
        target = await group_now(self._engine, found)
        at = self._clock.now()
        if kind is Deselect and (reason or found.access is not None):
            reason = reason_for(found, reason, target.records & BitMap((number,)))
        if FILTERED in target.metadata:
            one = BitMap((number,))
            await self._except(found, target, *((one, EMPTY) if kind is Select else (EMPTY, one)))
        operation = kind(
            id=operation_id(id), owner=found.owner, group=target.id, at=at, origin=found.by, record=number
        )
        if reason:
            operation = msgspec.structs.replace(operation, reason=reason)
        change = await self._engine.perform(operation)
        return Ticked(change.changed > 0, *_version_and_count(change), change.operation.id)

    async def bulk(
        self,
        found: Allowed,
        action: BulkAction,
        records: BitMap,
        *,
        expected_count: int | None = None,
        unknown: Sequence[RecordId] = (),
        reason: str | None = None,
        id: OperationId | None = None,
    ) -> Bulk:
        """Select or deselect a set, or clear. Raises `CountChanged` unless it has ``expected_count``, and as
        `check_seen` and `reason_for` do."""
        wished = 0 if action == "clear_all" else len(records)
        repeated = await self._repeated(found, id, wished)
        if repeated is not None:
            return msgspec.structs.replace(repeated, unknown=list(unknown))
        target = await group_now(self._engine, found)
        removed = target.records if action == "clear_all" else records
        if expected_count is not None and len(removed) != expected_count:
            are = "are in the list" if action == "clear_all" else "match"
            raise CountChanged(
                f"{len(removed):,} laws {are} now, not {expected_count:,}; nothing was changed.",
                field="expected_count",
            )
        if action != "bulk_select":
            check_seen(found, target, removed, is_all=action == "clear_all")
            reason = reason_for(found, reason, removed & target.records)
        await self._except(
            found, target, *((records, EMPTY) if action == "bulk_select" else (EMPTY, removed))
        )
        version = None if found.seen is None else Position(found.seen)
        common: dict[str, Any] = {
            "id": operation_id(id),
            "owner": found.owner,
            "group": target.id,
            "at": self._clock.now(),
            "origin": found.by,
        }
        operation: Operation
        match action:
            case "bulk_select":
                operation = BulkSelect(records=pack(records), **common)
            case "bulk_deselect":
                operation = BulkDeselect(records=pack(records), seen=version, reason=reason, **common)
            case "clear_all":
                operation = ClearAll(seen=version, reason=reason, **common)
        change = await self._engine.perform(operation)
        unchanged = max(0, wished - change.changed)
        return Bulk(
            change.operation.id, change.changed, unchanged, list(unknown), *_version_and_count(change)
        )

    async def amend(
        self,
        found: Allowed,
        add: BitMap,
        remove: BitMap,
        *,
        annotations: Mapping[int, Annotation] | None = None,
        annotate: Mapping[int, Annotation] | None = None,
        notes_of: tuple[GroupId, ...] = (),
        assigns: bool = False,
        reason: str | None = None,
        id: OperationId | None = None,
    ) -> Bulk:
        """Add, remove and annotate at once: one entry in the history, one undo. Raises as `check_seen` and
        `reason_for` do.

        Added records bring along what the lists ``notes_of`` say of them. ``assigns``: as `Amend` has it.
        """
        wished = len(add) + len(remove) + len(annotate or {})
        repeated = await self._repeated(found, id, wished)
        if repeated is not None:
            return repeated
        target = await group_now(self._engine, found)
        check_seen(found, target, remove)
        if found.by.source != FILTER:
            reason = reason_for(found, reason, (remove - add) & target.records)
            await self._except(found, target, add, remove)
        change = await self._engine.perform(
            Amend(
                id=operation_id(id),
                owner=found.owner,
                group=target.id,
                at=self._clock.now(),
                origin=found.by,
                add=pack(add),
                remove=pack(remove),
                annotations=await measured(annotations or {}),
                annotate=await measured(annotate or {}),
                notes_of=notes_of,
                assigns=assigns,
                reason=reason,
            )
        )
        unchanged = max(0, wished - change.changed)
        return Bulk(change.operation.id, change.changed, unchanged, [], *_version_and_count(change))

    async def annotate(
        self,
        found: Allowed,
        records: BitMap,
        changes: Annotation,
        *,
        expected: Annotation | None = None,
    ) -> Bulk:
        """Set (or, with None, take away) keys of the annotation of selected records.

        Raises `AnnotationChanged` unless the keys of ``expected`` stand as they do there; `CannotAnswer` for
        who may not read the list.
        """
        changes = spelled(changes)
        target = await group_now(self._engine, found)
        if (person := changes.get(RESPONSIBLE)) is not None and not may_answer(
            found.access, target.access, UserId(UUID(person))
        ):
            raise CannotAnswer
        stands = target.annotations.get(records[0], {}) if expected and records else {}
        operation = Annotate(
            id=operation_id(),
            owner=found.owner,
            group=target.id,
            at=self._clock.now(),
            origin=found.by,
            records=pack(records),
            changes=changes,
            expected=to_the_letter(stands, expected or {}),
        )
        change = await self._engine.perform(operation)
        unchanged = len(records & target.records) - change.changed
        return Bulk(change.operation.id, change.changed, unchanged, [], *_version_and_count(change))

    async def undo(
        self,
        found: Allowed,
        operation: OperationId | None = None,
        *,
        reason: str | None = None,
        id: OperationId | None = None,
    ) -> Undone:
        """Undo ``operation``, else the newest one of who asks in the list that is still in effect.
        Why it removes laws again may be said, and never has to be: it says what it takes back.

        Undoing an undo is a redo. Where the newest is half of a move, the other half goes with it. Of several
        at once, each undoes another one. Raises `NothingToUndo`.
        """
        reason = spelled_reason(reason)
        async with self._undo_turns.of(found.owner):
            return await self._undo(found, operation, id, reason)

    async def _undo(
        self, found: Allowed, operation: OperationId | None, id: OperationId | None, reason: str | None
    ) -> Undone:
        earlier = await begun(self._repeats, found, id, whole_move=operation is None)
        found, id = found.through("undo"), operation_id(id)
        if operation is None and earlier == Begun(None, None):
            halves = await self._newest_halves(found, id)
        else:
            halves = await self._halves(found, operation, id, earlier)
        changes: dict[OperationId, Change] = {}
        # What comes back comes first: whatever happens between, a law is in one list at least.
        for undoable, made in sorted(halves, key=lambda one: not one[0].removed):
            changes[made] = await self._compensate(found, undoable, made, reason)
        if (done := earlier.asked) is not None and done.undoes is not None:
            now = (await another(self._engine, found, done.group, Right.UNDO)).group
            return Undone(id, done.undoes, done.changed, now.version, now.count)
        change = changes[id]
        return Undone(id, halves[0][0].operation, change.changed, *_version_and_count(change))

    async def _newest_halves(self, found: Allowed, id: OperationId) -> list[tuple[Undoable, OperationId]]:
        """Passed over is what was changed since in such a way that nothing of it is left to be undone."""
        passed: set[OperationId] = set()
        while len(passed) < PASSED_OVER_MAX:
            halves = await self._halves(found, None, id, Begun(None, None), passed)
            for half, _ in halves:
                there = (await another(self._engine, found, half.group, Right.UNDO)).group
                if await beside(len(half.annotated), would_change, half, there):
                    return halves
            passed.add(halves[0][0].operation)
        raise NothingToUndo("Nothing is left of your last changes. Older ones can be undone in the history.")

    async def _halves(
        self,
        found: Allowed,
        operation: OperationId | None,
        id: OperationId,
        earlier: Begun,
        passed: Collection[OperationId] = (),
    ) -> list[tuple[Undoable, OperationId]]:
        """What is to be undone still, and by which operations; where it is all of a move, both halves."""
        hot = await hot_now(self._engine, found)
        halves: list[tuple[Undoable, OperationId]] = []
        if (done := earlier.asked) is None:
            half = await find_undoable(
                self._effects, hot, found.group, operation or earlier.undoes, found.actor, passed
            )
            halves.append((half, id))
            taken_back, place = half.operation, half.group
        else:
            assert done.undoes is not None, "`begun` has seen to it"
            taken_back, place = done.undoes, done.group
        if operation is None and earlier.other is None:
            other = await find_other_half(self._effects, hot, taken_back, place)
            # Its list may have been deleted since the undo was begun.
            list_of_other = None if other is None else hot.state.groups.get(other.group)
            if other is not None and not (done and (list_of_other is None or list_of_other.deleted)):
                halves.append((other, other_half(id)))
        for undoable, _ in halves:
            await another(self._engine, found, undoable.group, Right.UNDO)  # the whole move, or nothing of it
        return halves

    async def _compensate(
        self, found: Allowed, undoable: Undoable, id: OperationId, reason: str | None
    ) -> Change:
        right = Right.UNDO if undoable.actor in (None, found.actor) else Right.UNDO_OTHERS
        there = await another(self._engine, found, undoable.group, right)
        at, notes = self._clock.now(), len(undoable.dropped) + len(undoable.annotated)
        said: dict[str, Any] = {"id": id, "at": at, "origin": there.by, "reason": reason}
        made = await beside(notes, compensation, undoable, there.group, there.owner, **said)
        # Taking back what brought a list in line with its filter says nothing of single laws.
        if not was_done_by(there.hot, undoable, FILTER):
            await self._except(there, there.group, unpack(made.add), unpack(made.remove))
        return await self._engine.perform(made)

    async def _except(self, found: Allowed, target: GroupState, add: BitMap, remove: BitMap) -> None:
        """What is said of single laws of a live list is kept before it is done, so that it stays done."""
        if FILTERED not in target.metadata:
            return
        at = self._clock.now()
        kept = new_exceptions(self._register.catalogue, target, add, remove, found.actor, at)
        if kept:
            await self._engine.perform(
                UpdateGroup(
                    id=OperationId(new_id()),
                    owner=found.owner,
                    group=target.id,
                    at=at,
                    origin=found.by,
                    metadata=kept,
                )
            )

    async def is_begun(self, lists: Lists) -> bool:
        """Whether something was done before under the id that the request stands for."""
        return await self._repeats.done(lists.owner, lists.actor, lists.key) is not None

    async def records_now(self, found: Allowed) -> BitMap:
        """What the list holds by now."""
        return (await group_now(self._engine, found)).records

    async def _repeated(self, found: Allowed, id: OperationId | None, wished: int) -> Bulk | None:
        """The answer to a request that was done before: what it did then, with the list as it is now."""
        done = await self._repeats.done(found.owner, found.actor, id)
        if id is None or done is None:
            return None
        there = (await another(self._engine, found, done.group, Right.READ)).group
        return Bulk(id, done.changed, max(0, wished - done.changed), [], there.version, there.count)


def operation_id(given: OperationId | None = None) -> OperationId:
    """``given``, else a new one; the log lines of this request name it from here on."""
    id = given or OperationId(new_id())
    name_operation(id)
    return id


def _version_and_count(change: Change) -> tuple[int, int]:
    assert change.group is not None, "perform raises when the list is gone"
    return change.group.version, change.group.count
