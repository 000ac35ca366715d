"""What people do: they tick and untick, many at once, undo, make lists, read, sign out, and retry."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import Conflict, Forbidden, NotFound, SertantaiError
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CreateGroup,
    DeleteGroup,
    Deselect,
    Operation,
    Origin,
    PurgeGroup,
    RestoreGroup,
    Select,
    UpdateGroup,
)
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.lists.access import find_group
from sertantai.lists.errors import NothingToUndo
from sertantai.lists.undo import Undoable, compensation, find_undoable
from tests.simulation.database import RECORDS_KNOWN
from tests.simulation.model import Violation
from tests.simulation.world import Crashed, World, made_nothing

RECORDS = 14
UNKNOWN_RECORD = 5000
COLLEAGUE = UserId(UUID(int=0xC011EA60E))
THINK_S = 0.03


def _known(records: BitMap) -> BitMap:
    return records & bitmap(RECORDS_KNOWN)


class Client:
    """One person with several tabs: ``lists`` and ``seen`` are what they know."""

    def __init__(self, world: World, owner: OwnerId) -> None:
        self._world = world
        self._rng = world.rng
        self.owner = owner
        self._lists = [world.model.defaults[owner]]
        self._last: Change | None = None
        self._done: list[Change] = []
        """What was acknowledged and changed records: what can be undone."""
        self._restorable: dict[GroupId, Change] = {}
        self._seen: dict[GroupId, Position] = {}
        self._primary = world.database.primary
        """Asked last; another one may lack what was done last, so that is what is undone then."""

    async def run(self, steps: int) -> None:
        try:
            for _ in range(steps):
                await asyncio.sleep(self._rng.random() * THINK_S * self._rng.choice((0, 0, 1, 4)))
                await self._step()
        except Exception as error:  # noqa: BLE001  # it ends the story, not only this client
            self._world.violate(error)

    async def _step(self) -> None:
        dice = self._rng.random()
        primary = self._world.database.primary
        if primary != self._primary and self._done:
            self._primary = primary
            await self._undo_any(newest=3)
        elif dice < 0.12:
            await self._read()
        elif dice < 0.17:
            await self._sign_out()
        elif dice < 0.23 and self._done:
            await self._undo_any()
        else:
            await self._write(self._operation())

    async def _read(self) -> None:
        known = dict(self._seen)
        try:
            state = await self._world.ask(lambda engine: engine.state(self.owner))
        except (SertantaiError, Crashed):
            return
        if state.owner != self.owner:
            raise Violation("somebody else's lists were shown")
        self._world.learn_rejections()
        self._world.model.check_read(state)
        for group, version in known.items():
            shown = state.groups.get(group)
            if shown is not None and shown.version < version and not self._world.model.once_rejected:
                raise Violation(f"list {group} went back from version {version} to {shown.version}")
        for shown in state.groups.values():
            self._seen[shown.id] = max(self._seen.get(shown.id, Position(0)), shown.version)

    async def _sign_out(self) -> None:
        try:
            await self._world.ask(lambda engine: engine.release(self.owner, 0.5))
        except Crashed:
            return

    async def _undo_any(self, newest: int = 1_000) -> None:
        """Undo something of long ago, or of the ``newest``, which only the audit may know any more."""
        world, change = self._world, self._rng.choice(self._done[-newest:])
        operation, place = change.operation.id, change.operation.group
        if self._rng.random() < 0.3:
            await self._undo_own(place)
            return

        async def undoable(engine: Engine) -> tuple[Undoable, GroupState]:
            hot = await engine.hot_owner(self.owner)
            group = find_group(hot.state, place)
            effects = world.effects(engine)
            found = await find_undoable(effects, hot, group, operation, UserId(self.owner))
            return found, find_group(hot.state, place)  # it may have been ended while the effects were read

        try:
            found, group = await world.ask(undoable)
        except NothingToUndo:
            world.learn_rejections()
            world.model.check_nothing_to_undo(change.position)
            return
        except (SertantaiError, Crashed):
            return
        world.learn_rejections()
        world.model.check_undoable(change.position, found)
        common = self._common()
        made = compensation(
            found, group, self.owner, id=common["id"], at=common["at"], origin=common["origin"]
        )
        await self._write(msgspec.structs.replace(made, add=pack(_known(found.removed - group.records))))

    async def _undo_own(self, place: GroupId) -> None:
        """The newest of one who acts in these lists, whatever others have done since."""
        world, actor = self._world, self._actor()

        async def newest(engine: Engine) -> tuple[Undoable, GroupState]:
            hot = await engine.hot_owner(self.owner)
            group = find_group(hot.state, place)
            return await find_undoable(world.effects(engine), hot, group, None, actor), group

        try:
            found, group = await world.ask(newest)
        except (SertantaiError, Crashed):
            return
        world.model.check_own(found, actor, place)
        common = {**self._common(), "origin": Origin(actor, "session", "127.0.0.1")}
        made = compensation(
            found, group, self.owner, id=common["id"], at=common["at"], origin=common["origin"]
        )
        await self._write(msgspec.structs.replace(made, add=pack(_known(found.removed - group.records))))

    def _actor(self) -> UserId:
        """The owner, or now and then somebody else who works in these lists."""
        return COLLEAGUE if self._rng.random() < 0.25 else UserId(self.owner)

    async def _write(self, operation: Operation) -> None:
        world = self._world
        tries = 2 if self._rng.random() < 0.2 else 1
        for _ in range(tries):
            before = world.model.times_durable[operation.id]
            try:
                change = await world.ask(lambda engine: engine.perform(operation))
            except SertantaiError as error:
                if made_nothing(error) and world.model.times_durable[operation.id] > before:
                    raise Violation(f"refused but made: {operation}") from error
                world.learn_rejections()
                world.model.check_refused(operation, error, before)
                if isinstance(error, NotFound | Conflict | Forbidden):
                    return
            except Crashed:
                continue
            else:
                self._learn(change)
                return

    def _learn(self, change: Change) -> None:
        world = self._world
        world.acknowledged += 1
        world.learn_rejections()
        world.model.check_change(change)
        self._last = change
        if change.changed:
            self._done.append(change)
        if change.group is not None:
            self._seen[change.group.id] = max(
                self._seen.get(change.group.id, Position(0)), change.group.version
            )
        if isinstance(change.operation, CreateGroup):
            self._lists.append(change.operation.group)
        if isinstance(change.operation, DeleteGroup):
            self._restorable[change.operation.group] = change

    def _operation(self) -> Operation:
        world, rng = self._world, self._rng
        makers: list[tuple[int, Callable[[dict[str, Any]], Operation]]] = [
            (30, lambda common: Select(record=self._record(), **common)),
            (14, lambda common: Deselect(record=self._record(), **common)),
            (14, lambda common: BulkSelect(records=self._records(), **common)),
            (7, lambda common: BulkDeselect(records=self._records(), **common)),
            (3, lambda common: ClearAll(**common)),
            (7, lambda common: Annotate(records=self._records(), changes=self._note(), **common)),
            (3, self._careful_note),
            (7, self._undo),
            (
                7,
                lambda common: CreateGroup(
                    name=self._name(), **{**common, "group": GroupId(world.new_uuid())}
                ),
            ),
            (5, lambda common: UpdateGroup(description=self._name(), **common)),
            (3, self._rename),
            (4, lambda common: DeleteGroup(**common)),
            (4, self._restore),
            (2, lambda common: PurgeGroup(**common)),
        ]
        make = rng.choices([m for _, m in makers], [w for w, _ in makers])[0]
        operation = make(self._common())
        if (
            isinstance(operation, BulkSelect) and operation.id.int % 4 == 0
        ):  # no dice: stories stay what they were
            operation = self._copy(operation)
        if (
            isinstance(operation, Deselect | BulkDeselect | ClearAll | DeleteGroup)
            and operation.id.int % 3 == 0
        ):
            operation = msgspec.structs.replace(operation, reason="site closed")
        if world.chaos.happens("poison"):
            operation = Select(record=RecordNo(UNKNOWN_RECORD + rng.randrange(3)), **self._common())
            if rng.random() < 0.3:
                records = pack(bitmap((*range(1, RECORDS), UNKNOWN_RECORD)))
                operation = BulkSelect(records=records, **self._common())
        return operation

    def _copy(self, wished: BulkSelect) -> Operation:
        """Records with the notes they have in the owner's other lists."""
        common = {name: getattr(wished, name) for name in ("id", "owner", "group", "at", "origin")}
        return Amend(add=wished.records, remove=pack(bitmap(())), notes_of=tuple(self._lists), **common)

    def _common(self) -> dict[str, Any]:
        return {
            "id": OperationId(self._world.new_uuid()),
            "owner": self.owner,
            "group": self._rng.choice(self._lists),
            "at": self._world.clock.now(),
            "origin": Origin(self._actor(), "session", "127.0.0.1"),
        }

    def _undo(self, common: dict[str, Any]) -> Operation:
        last = self._last
        if last is None or last.group is None:
            return ClearAll(**common)
        common["group"] = last.operation.group
        return Amend(
            add=pack(_known(last.removed)),
            remove=pack(last.added),
            undoes=last.operation.id,
            annotations=dict(last.dropped),
            annotate={number: dict(before) for number, before in last.before.items()},
            **common,
        )

    def _rename(self, common: dict[str, Any]) -> Operation:
        if common["group"] == self._lists[0]:
            return UpdateGroup(description="", **common)
        return UpdateGroup(name=self._name(), **common)

    def _restore(self, common: dict[str, Any]) -> Operation:
        if not self._restorable:
            return RestoreGroup(records=self._records(), **common)
        group = self._rng.choice(list(self._restorable))
        change = self._restorable[group]
        common["group"] = group
        return RestoreGroup(records=pack(_known(change.removed)), annotations=dict(change.dropped), **common)

    def _record(self) -> RecordNo:
        return RecordNo(self._rng.randrange(1, RECORDS))

    def _records(self) -> bytes:
        return pack(bitmap(self._rng.sample(range(1, RECORDS), self._rng.randrange(1, RECORDS - 1))))

    def _careful_note(self, common: dict[str, Any]) -> Operation:
        """Of what was there, or was not, when somebody looked."""
        return Annotate(records=self._records(), changes=self._note(), expected=self._note(), **common)

    def _note(self) -> dict[str, Any]:
        return {self._rng.choice(("note", "rank")): self._rng.choice((None, 1, 2))}

    def _name(self) -> str:
        return f"list {self._rng.randrange(6)}"
