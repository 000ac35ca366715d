"""The fold of suggestions: made, decided law by law, withdrawn."""

from sertantai.core.bitmaps import EMPTY, pack, unpack
from sertantai.core.changes import APPLIED, Change, Outcome, Step, evolve, live, replace
from sertantai.core.ids import Position
from sertantai.core.notes import noted, without_notes
from sertantai.core.operations import Decide, Suggest, Withdraw
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.suggestion import Suggestion

_Stepped = tuple[OwnerState, Change]


def _suggest(state: OwnerState, position: Position, operation: Suggest) -> _Stepped:
    group = live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    add = unpack(operation.add) - group.records
    remove = unpack(operation.remove) & group.records
    if operation.id in group.suggestions or not (add or remove):
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    add.run_optimize()
    remove.run_optimize()
    made = Suggestion(
        operation.origin.actor, operation.at, position, pack(add), pack(remove), operation.reason
    )
    after = evolve(group, position, operation, suggestions={**group.suggestions, operation.id: made})
    return state.with_group(after), Change(position, operation, APPLIED, after)


def _decide(state: OwnerState, position: Position, operation: Decide) -> _Stepped:
    group = live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    suggestion = group.suggestions.get(operation.suggestion)
    if suggestion is None:
        return state, Change(position, operation, Outcome.SUGGESTION_GONE, group)
    decided = unpack(operation.records)
    add, remove = unpack(suggestion.add), unpack(suggestion.remove)
    if decided.isdisjoint(add | remove):
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    left = replace(suggestion, add=pack(add - decided), remove=pack(remove - decided))
    pending = {id: one for id, one in group.suggestions.items() if id != operation.suggestion}
    if not (add | remove) <= decided:
        pending[operation.suggestion] = left
    added = (add & decided) - group.records if operation.accepted else EMPTY
    removed = remove & decided & group.records if operation.accepted else EMPTY
    dropped = {number: group.annotations[number] for number in noted(group.annotations, removed)}
    after = evolve(
        group,
        position,
        operation,
        records=(group.records - removed) | added,
        annotations=without_notes(group.annotations, removed),
        suggestions=pending,
    )
    return state.with_group(after), Change(
        position, operation, APPLIED, after, added, removed, dropped=dropped
    )


def _withdraw(state: OwnerState, position: Position, operation: Withdraw) -> _Stepped:
    group = live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if operation.suggestion not in group.suggestions:
        return state, Change(position, operation, Outcome.SUGGESTION_GONE, group)
    after = _without(group, position, operation)
    return state.with_group(after), Change(position, operation, APPLIED, after)


def _without(group: GroupState, position: Position, operation: Withdraw) -> GroupState:
    pending = {id: one for id, one in group.suggestions.items() if id != operation.suggestion}
    return evolve(group, position, operation, suggestions=pending)


SUGGESTION_STEPS: dict[type, Step] = {Suggest: _suggest, Decide: _decide, Withdraw: _withdraw}
