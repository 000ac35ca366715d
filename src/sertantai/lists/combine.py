"""A list made of lists: looked at before it is saved, and saved as one change that one undo takes back."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, OperationId, OwnerId
from sertantai.core.notes import SIGNATURES, taken_along
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.engine.large_operations import beside
from sertantai.lists.access import Access, Allowed, Asking, Lists
from sertantai.lists.actions import Actions
from sertantai.lists.between.taken_out import COMBINATION, Given, make_known
from sertantai.lists.groups import Groups
from sertantai.lists.set_algebra import Expression, evaluate, names

SaveMode = Literal["replace", "add", "remove"]
"""The list becomes the result, gets it in addition, or loses it."""


class Combined(msgspec.Struct, frozen=True):
    """The set, and each list in the expression; an organization's may be among them."""

    records: BitMap
    operands: dict[str, Allowed]


class Saved(msgspec.Struct, frozen=True):
    """``operation_id`` undoes what was done to the list's records; None when nothing had to be."""

    group: GroupId
    added: int
    removed: int
    count: int
    version: int
    operation_id: OperationId | None


async def combine(access: Access, asking: Asking, expression: Expression) -> Combined:
    """Raises `GroupNotFound` for a list that whoever asks may not read."""
    operands = {name: await access.list_of(asking, name, Right.READ) for name in names(expression)}
    sets = {name: found.group.records for name, found in operands.items()}
    return Combined(evaluate(expression, sets), operands)


def effect(target: GroupState, result: BitMap, mode: SaveMode) -> tuple[BitMap, BitMap]:
    """What saving adds to the list and removes from it."""
    match mode:
        case "replace":
            return result - target.records, target.records - result
        case "add":
            return result - target.records, BitMap()
        case "remove":
            return BitMap(), result & target.records


async def save_into(
    actions: Actions,
    found: Allowed,
    combined: Combined,
    mode: SaveMode,
    *,
    reason: str | None = None,
    id: OperationId | None = None,
) -> Saved:
    """One operation. Notes and tags come along, of each record from the first list that has some.

    Out of an organization's list into another's it is a copy as it is now: it needs the right to export, and
    stands in that organization's trail before. So does a list by which others are narrowed: that tells of it.
    """
    target = found.group
    add, remove = effect(target, combined.records, mode)
    if not add and not remove:
        return Saved(target.id, 0, 0, target.count, target.version, None)
    same = [one for one in combined.operands.values() if one.owner == found.owner]
    others = _taken_out(combined, found.owner)
    for one in others:
        await make_known(actions.engine, Given(one, len(add) + len(remove)), COMBINATION)
    sources = tuple(dict.fromkeys(one.group.id for one in same))
    notes = await beside(sum(len(one.group.annotations) for one in others), _along, others, add)
    done = await actions.amend(found, add, remove, annotations=notes, notes_of=sources, reason=reason, id=id)
    return Saved(target.id, len(add), len(remove), done.count, done.version, done.operation_id)


def _taken_out(combined: Combined, to: OwnerId) -> list[Allowed]:
    """Lists of others than whose it becomes. Raises `PermissionNeeded`."""
    others = {one.group.id: one for one in combined.operands.values() if one.owner != to}
    for one in others.values():
        one.require(Right.EXPORT, one.group)
    return [*others.values()]


def _along(others: Sequence[Allowed], records: BitMap) -> dict[int, Annotation]:
    """What the lists of other owners say of the records, the first of them first; not who wrote it there."""
    found: dict[int, Annotation] = {}
    for one in reversed(others):
        for number, note in taken_along(one.group.annotations, records).items():
            found[number] = {name: value for name, value in note.items() if name not in SIGNATURES}
    return found


async def save_as(
    actions: Actions,
    groups: Groups,
    lists: Lists,
    name: str,
    combined: Combined,
    *,
    group_id: GroupId | None = None,
) -> Saved:
    """A new list. Raises `Conflict` when its name is taken."""
    if not combined.records:
        raise InvalidInput("The result is empty, so no list was created.", field="expression")
    _taken_out(combined, lists.owner)  # before there is a list
    made = await groups.create(lists, name, id=group_id)
    return await save_into(actions, lists.one(made, Right.TICK), combined, "add")
