"""What must be true, said plainly: dicts and sets, and the durable operations applied one by one.

The model shares no code with the fold. It learns of an operation when the disk holds it for good, so it knows
before anyone is told what every answer, every read and every row must be.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import msgspec

from sertantai.core.access_state import rights_in
from sertantai.core.errors import Conflict, NotFound, PreconditionFailed, SertantaiError
from sertantai.core.fold import Change, Outcome
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.operations import (
    AccessOperation,
    DeleteGroup,
    HandOver,
    ListOperation,
    Operation,
    SuggestionOperation,
    TakeOver,
    decode,
)
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.errors import AccessEnded
from sertantai.lists.undo import Undoable
from tests.simulation.list_model import (
    Lists,
    ModelList,
    Records,
    change_list,
    change_records,
    change_suggestions,
    is_past,
    undone,
    unpacked,
    written_out,
)
from tests.simulation.possible import could_be_done, is_about_nobody, notes_lacking_laws
from tests.simulation.rights_model import House, Said, change_house, is_allowed, said_of


class Violation(Exception):
    """A promise was broken."""


class Effect(msgspec.Struct, frozen=True):
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()
    annotated: frozenset[int] = frozenset()
    list_changed: bool = False
    dropped: Records = {}
    """What was written beside the removed records, which an undo must bring back."""
    before: Records = {}
    """What stood under the keys that were changed beside the annotated records."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.annotated or self.list_changed)


NOTHING = Effect()
Undone = tuple[frozenset[int], frozenset[int], Records, Records]
"""Added, removed, what was written beside the removed, and what stood where something was written."""


def _to_undo(effect: Effect) -> Undone:
    return effect.added, effect.removed, effect.dropped, effect.before


def _to_undo_in_all(done: Sequence[Effect]) -> Undone:
    """Of one operation that was done several times."""
    dropped: Records = {}
    before: Records = {}
    for effect in reversed(done):
        dropped |= effect.dropped
        before |= effect.before
    added = frozenset[int]().union(*(effect.added for effect in done))
    removed = frozenset[int]().union(*(effect.removed for effect in done))
    return added, removed, dropped, before


class Model:
    def __init__(self) -> None:
        self.history: dict[Position, Operation] = {}
        self.effects: dict[Position, Effect] = {}
        self.lists: dict[OwnerId, Lists] = {}
        self.houses: dict[OwnerId, House] = {}
        """Owners that are organizations, as they are now."""
        self.forbidden: set[Position] = set()
        """What stands where whoever asked had not, or no longer, the right to it."""
        self.could_not: set[Position] = set()
        """What could not be done at all: its list was not there, or the name or the right that it needed."""
        self.lacked: dict[Position, frozenset[int]] = {}
        """The laws beside which something was to be written, and which were not in the list."""
        self.built_on: set[Position] = set()
        """Of the rejected those that could not be done, or not wholly, as others had been rejected before."""
        self.told_done: dict[Position, frozenset[int]] = {}
        """What was acknowledged as done, with the laws beside which something was written."""
        self.learn: Callable[[], None] = lambda: None
        """Brings `rejected` up to date."""
        self._said: dict[Position, Said] = {}
        """Who might do what after an operation that changed it."""
        self._first: dict[OwnerId, tuple[Lists, House | None]] = {}
        """What was there before the first operation."""
        self.views: dict[GroupId, dict[Position, frozenset[int]]] = defaultdict(dict)
        """The laws of a list as of each version it had."""
        self.defaults: dict[OwnerId, GroupId] = {}
        self.deleted_users: set[OwnerId] = set()
        self.rejected: dict[Position, Effect] = {}
        """Rejected operations, with the part of them that reached the database before."""
        self.once_rejected: set[OwnerId] = set()
        """Owners of such, and of those whose rejection was lost with a primary and comes again."""
        self.times_durable: dict[OperationId, int] = defaultdict(int)
        self.last = Position(0)

    def add_user(self, owner: OwnerId, default: GroupId) -> None:
        self._add(owner, {default: ModelList("default", is_default=True)}, None)

    def add_organization(self, owner: OwnerId, lists: Lists, house: House) -> None:
        self._add(owner, lists, house)

    def _add(self, owner: OwnerId, lists: Lists, house: House | None) -> None:
        self.defaults[owner] = next(id for id, item in lists.items() if item.is_default)
        self._first[owner] = lists, house
        self._begin(owner)
        for group in lists:
            self.views[group][Position(0)] = frozenset()

    def _begin(self, owner: OwnerId) -> None:
        lists, house = deepcopy(self._first[owner])
        self.lists[owner] = lists
        if house is not None:
            self.houses[owner] = house

    def durable(self, position: Position, body: bytes) -> None:
        if position <= self.last:
            raise Violation(f"position {position} was given out twice")
        operation = decode(body)
        if isinstance(operation, TakeOver):
            self._check_taken(operation)
        self._check_pair(position, operation)
        self.last = position
        self.history[position] = operation
        self.times_durable[operation.id] += 1
        self._apply(position, operation)

    def _check_taken(self, operation: TakeOver) -> None:
        """What comes is what is there at that very place: nothing that was acknowledged is left behind."""
        self.learn()
        if self._was_rejected(operation.giver) or operation.giver in self.deleted_users:
            return
        item = self.lists[operation.giver].get(operation.group)
        if item is None or item.deleted_name is not None or item.is_default:
            raise Violation(f"a list was handed over that was not there: {operation}")
        came = {n: _plain(operation.annotations.get(n, {})) for n in unpacked(operation.records)}
        if came != {number: _plain(note) for number, note in item.records.items()}:
            raise Violation(f"handed over was {came}, not {item.records}")

    def _check_pair(self, position: Position, operation: Operation) -> None:
        """Both or none, one behind the other."""
        before = self.history.get(Position(position - 1))
        expected = isinstance(before, TakeOver)
        if isinstance(operation, HandOver) != expected:
            raise Violation(f"half of a move: {before}, {operation}")
        if isinstance(operation, HandOver) and isinstance(before, TakeOver):
            one = (before.group, before.giver, before.owner)
            if one != (operation.group, operation.owner, operation.receiver):
                raise Violation(f"halves of two moves: {before}, {operation}")

    def reject(self, position: Position, part: Effect) -> None:
        """Everything the owner did is worked out again, without this operation."""
        if position in self.could_not or self.lacked.get(position):
            self.built_on.add(position)
        self.rejected[position] = part
        owner = self.history[position].owner
        self._begin(owner)
        for at, operation in self.history.items():
            if operation.owner == owner:
                self._apply(at, operation)

    def is_of_who_is_gone(self, position: Position) -> bool:
        """Of somebody who was deleted, or a list that went from or to them, or built on what had to go so."""
        one = self.history[position]
        concerned = {one.owner}
        if isinstance(one, TakeOver | HandOver):
            concerned.add(one.giver if isinstance(one, TakeOver) else one.receiver)
        built_on = position in self.built_on and bool(self.deleted_users)
        return built_on or not concerned.isdisjoint(self.deleted_users)

    def came_back(self, owner: OwnerId) -> int:
        """How many operations were set aside that ended a list of the owner's."""
        aside = (self.history[position] for position in self.rejected)
        return sum(one.owner == owner and isinstance(one, DeleteGroup | HandOver) for one in aside)

    def _apply(self, position: Position, operation: Operation) -> None:
        lists, house = self.lists[operation.owner], self.houses.get(operation.owner)
        item = lists.get(operation.group)
        before = None if item is None else (item.name, dict(item.records))
        self.forbidden.discard(position)
        self.could_not.discard(position)
        self.lacked.pop(position, None)
        if position in self.rejected:
            effect = self.rejected[position]
            if item is not None:
                for record in effect.removed:
                    item.records.pop(record, None)
                item.records.update({record: {} for record in effect.added if record not in item.records})
        elif not self._is_allowed(operation):
            self.forbidden.add(position)
            self.could_not.add(position)
            effect = NOTHING
        else:
            was = deepcopy(item)
            effect = _perform(lists, house, operation, position, before)
            is_late = was is not None and is_past(was, operation)
            is_moot = house is not None and not effect and is_about_nobody(house, operation)
            if is_late or is_moot or not could_be_done(lists, operation, was=was):
                self.could_not.add(position)
            elif lacked := notes_lacking_laws(lists, operation):
                self.lacked[position] = lacked
        self.effects[position] = effect
        if effect and operation.group in lists:
            self.views[operation.group][position] = frozenset(lists[operation.group].records)
            if not isinstance(operation, AccessOperation):
                lists[operation.group].version = position
        if effect and house is not None and isinstance(operation, AccessOperation):
            self._said[position] = house.said()

    def _is_allowed(self, operation: Operation) -> bool:
        house = self.houses.get(operation.owner)
        if house is None:
            return not isinstance(operation, AccessOperation | SuggestionOperation)
        return is_allowed(house, self.lists[operation.owner], operation)

    # What is checked

    def check_change(self, change: Change) -> None:
        """An acknowledged change must be durable, where it says it is, and be what the model says."""
        position, operation = change.position, change.operation
        held = self.history.get(position)
        if held is None or held.id != operation.id:
            raise Violation(f"acknowledged but not durable: {operation.id} at {position}")
        if change.outcome is Outcome.APPLIED:
            self.told_done[position] = frozenset(change.annotated)
        if self._was_rejected(operation.owner):
            return
        if position in self.forbidden:
            raise Violation(f"position {position}: done, but not allowed: {operation}")
        effect = self.effects[position]
        if (change.outcome is Outcome.APPLIED) != bool(effect):
            raise Violation(f"position {position}: told {change.outcome}, must be {effect}: {operation}")
        if change.access is not None and said_of(change.access) != self._said[position]:
            raise Violation(f"position {position}: {said_of(change.access)}, not {self._said[position]}")
        told = (frozenset(change.added), frozenset(change.removed), frozenset(change.annotated))
        if told != (effect.added, effect.removed, effect.annotated):
            raise Violation(f"position {position}: told {told}, must be {effect}")

    def check_none_lost(self) -> None:
        """What was acknowledged is written, or set aside; nothing is passed over without a word."""
        for position, noted in self.told_done.items():
            operation = self.history[position]
            if position in self.rejected or operation.owner in self.deleted_users:
                continue
            if position in self.could_not or noted & self.lacked.get(position, frozenset()):
                raise Violation(f"{position} was acknowledged, neither written nor set aside: {operation}")

    def check_refused(self, operation: Operation, error: SertantaiError, before: int) -> None:
        """Who was too late is told so, and nobody else. ``before``: how often it had been durable then."""
        if self._was_rejected(operation.owner) or operation.owner in self.deleted_users:
            return
        held = [at for at, one in self.history.items() if one.id == operation.id]
        late = [at for at in held if at in self.forbidden]
        if isinstance(error, AccessEnded):
            if not late:
                raise Violation(f"told that its right had ended, but it was allowed: {operation}")
        elif before == 0 and late and isinstance(error, NotFound | Conflict | PreconditionFailed):
            raise Violation(f"not allowed, but told {error.code}: {operation}")

    def check_undoable(self, position: Position, found: Undoable) -> None:
        """What an undo is told of an operation, from memory or from the audit, is what it did.

        One that is sent again after its answer was lost may be done twice: memory knows what it did last, the
        trail what it did in all.
        """
        operation = self.history[position]
        if self._was_rejected(operation.owner):
            return
        if found.actor != operation.origin.actor:
            raise Violation(f"position {position} was done by {operation.origin.actor}, not {found.actor}")
        notes = {number: edit.before for number, edit in found.annotated.items()}
        told = (frozenset(found.added), frozenset(found.removed), found.dropped, notes)
        done = [self.effects[at] for at, one in self.history.items() if one.id == operation.id]
        if told not in (_to_undo(self.effects[position]), _to_undo_in_all(done)):
            raise Violation(f"position {position}: to undo is {told}, must be {self.effects[position]}")

    def check_own(self, found: Undoable, actor: UserId, group: GroupId) -> None:
        made = [one for one in self.history.values() if one.id == found.operation]
        if not all(one.origin.actor == actor and one.group == group for one in made):
            raise Violation(f"{actor} would undo what is not theirs: {made}")

    def check_nothing_to_undo(self, position: Position) -> None:
        effect, owner = self.effects[position], self.history[position].owner
        if (effect.added or effect.removed or effect.annotated) and not self._was_rejected(owner):
            raise Violation(f"position {position}: nothing to undo was found of {effect}")

    def check_read(self, state: OwnerState) -> None:
        """What was read must have been true at the version it carries, and be durable."""
        if state.owner in self.deleted_users or self._was_rejected(state.owner):
            return
        for group in state.groups.values():
            expected = self.views[group.id].get(group.version)
            if expected is None:
                raise Violation(f"list {group.id} was shown at version {group.version}, which is not durable")
            if expected != frozenset(group.records):
                raise Violation(f"list at version {group.version}: {set(group.records)}, not {set(expected)}")

    def check_state(self, owner: OwnerId, state: OwnerState, where: str) -> None:
        """Everything of an owner, to the letter."""
        expected = self.lists[owner]
        if state.groups.keys() != expected.keys():
            raise Violation(f"{where}: lists {set(state.groups)}, not {set(expected)}")
        for key, group in state.groups.items():
            item = expected[key]
            records = {r: dict(group.annotations.get(r, {})) for r in group.records}
            if records != item.records:
                raise Violation(f"{where}, list {key}: {records}, not {item.records}")
            if (group.deleted, group.description) != (item.deleted_name is not None, item.description):
                raise Violation(f"{where}, list {key}: {group}, not {item}")
            if not group.deleted and group.name != item.name:
                raise Violation(f"{where}, list {key}: named {group.name}, not {item.name}")
            _check_shared(group, item, where)
        self._check_house(owner, state, where)

    def _check_house(self, owner: OwnerId, state: OwnerState, where: str) -> None:
        house, access = self.houses.get(owner), state.access
        if house is None or access is None:
            if house is not None or access is not None:
                raise Violation(f"{where}: {owner} is an organization, or is none: {access}, {house}")
            return
        for group in state.groups.values():
            unsigned = [
                n
                for n in group.annotations.values()
                if len({"note", "note_by", "note_at"} & n.keys()) in (1, 2)
            ]
            if unsigned:
                raise Violation(
                    f"{where}, list {group.id}: a note without its writer, or the reverse: {unsigned}"
                )
        if said_of(access) != house.said():
            raise Violation(f"{where}, organization: {said_of(access)}, not {house.said()}")
        for person in {house.founder, *house.members}:
            places = [
                (None, None, None),
                *((id, state.groups[id].access, self.lists[owner][id]) for id in state.groups),
            ]
            for id, list_, item in places:
                for _ in range(2):  # what is remembered of the first time is asked for, too
                    found = set(map(str, rights_in(access, person, list_)))
                    if found != house.rights(person, id, item):
                        must_be = house.rights(person, id, item)
                        raise Violation(f"{where}: {person} may {found} in {id}, must be {must_be}")

    def _was_rejected(self, owner: OwnerId) -> bool:
        """Memory may show what PostgreSQL refused until it is read anew; at rest it must be right again."""
        return owner in self.once_rejected


def _plain(note: dict[str, Any]) -> dict[str, Any]:
    """Without who wrote it."""
    return {
        key: value
        for key, value in note.items()
        if key not in ("note_by", "note_at", "ranked_by", "reviewed_by")
    }


def _check_shared(group: GroupState, item: ModelList, where: str) -> None:
    told = (group.made_by, group.restricted, group.four_eyes)
    if told != (item.made_by, item.restricted, item.four_eyes):
        raise Violation(f"{where}, list {group.id}: {told}, not {item}")
    told_suggestions = {
        id: (one.by, set(unpacked(one.add)), set(unpacked(one.remove)), one.reason)
        for id, one in group.suggestions.items()
    }
    suggestions = {id: (one.by, one.add, one.remove, one.reason) for id, one in item.suggestions.items()}
    if told_suggestions != suggestions:
        raise Violation(f"{where}, list {group.id}: {told_suggestions}, not {suggestions}")


def _perform(
    lists: Lists,
    house: House | None,
    operation: Operation,
    position: Position,
    before: tuple[str, Records] | None,
) -> Effect:
    changed_otherwise, item = False, lists.get(operation.group)
    if isinstance(operation, HandOver):
        if item is None or item.deleted_name is not None or item.is_default:
            return NOTHING
        if house is not None:
            house.grants.pop(operation.group, None)
        del lists[operation.group]
        return Effect(removed=frozenset(item.records), list_changed=True)
    if isinstance(operation, ListOperation):
        changed_otherwise = change_list(lists, operation, of_several=house is not None)
        if house is not None and operation.group not in lists:
            house.grants.pop(operation.group, None)
    elif isinstance(operation, AccessOperation):
        assert house is not None
        changed_otherwise = change_house(house, lists, operation, position)
    elif item is not None and item.deleted_name is None:
        if isinstance(operation, SuggestionOperation):
            changed_otherwise = change_suggestions(item, operation)
        elif not is_past(item, operation):
            change_records(item.records, written_out(lists, operation), signed=house is not None)
    had = before[1] if before else {}
    has = lists[operation.group].records if operation.group in lists else {}
    dropped = {record: note for record in had.keys() - has.keys() if (note := had[record])}
    noted = {record: undone(had[record], has[record]) for record in had.keys() & has.keys()}
    noted = {record: was for record, was in noted.items() if was}
    added, removed = frozenset(has.keys() - had.keys()), frozenset(had.keys() - has.keys())
    return Effect(added, removed, frozenset(noted), changed_otherwise, dropped, noted)
