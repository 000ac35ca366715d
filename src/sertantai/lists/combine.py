"""A list made of lists: looked at before it is saved, and saved as one change that one undo takes back."""

from typing import Literal

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, OperationId
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.actions import Actions
from sertantai.lists.groups import Groups
from sertantai.lists.set_algebra import Expression, evaluate, names

SaveMode = Literal["replace", "add", "remove"]
"""The list becomes the result, gets it in addition, or loses it."""


class Combined(msgspec.Struct, frozen=True):
    """The set, and of each list in the expression how many it holds."""

    records: BitMap
    operands: dict[str, GroupState]


class Saved(msgspec.Struct, frozen=True):
    """``operation_id`` undoes what was done to the list's records; None when nothing had to be."""

    group: GroupId
    added: int
    removed: int
    count: int
    version: int
    operation_id: OperationId | None


def combine(lists: Lists, expression: Expression) -> Combined:
    """Raises `GroupNotFound` for a list that the owner does not have."""
    operands = {name: lists.named(name).group for name in names(expression)}
    sets = {name: group.records for name, group in operands.items()}
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
    id: OperationId | None = None,
) -> Saved:
    """One operation. Notes and tags come along, of each record from the first list that has some."""
    target = found.group
    add, remove = effect(target, combined.records, mode)
    if not add and not remove:
        return Saved(target.id, 0, 0, target.count, target.version, None)
    sources = tuple(dict.fromkeys(group.id for group in combined.operands.values()))
    done = await actions.amend(found, add, remove, notes_of=sources, id=id)
    return Saved(target.id, len(add), len(remove), done.count, done.version, done.operation_id)


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
    made = await groups.create(lists, name, id=group_id)
    return await save_into(actions, lists.one(made, Right.TICK), combined, "add")
