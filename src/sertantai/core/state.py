"""What an owner has: lists (groups) of selected records. Immutable; `fold` makes the next one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.access_state import AccessState, ListAccess, access_bytes
from sertantai.core.bitmaps import EMPTY
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.links import LINK_PREFIX
from sertantai.core.notes import notes_bytes, settings_bytes, text_bytes
from sertantai.core.operations import EXCEPTION_PREFIX, Annotation, CopiedFrom
from sertantai.core.suggestion import SUGGESTION_BYTES, Suggestion

NOTE_OVERHEAD_BYTES = 300
"""What Python needs beside the text of one annotation."""
LIST_OVERHEAD_BYTES = 700
CAME_FROM: Final = "handed_over_from"
CAME_AT: Final = "handed_over_at"
CAME_POSITION: Final = "handed_over_position"
CAME: Final = frozenset({CAME_FROM, CAME_AT, CAME_POSITION})
"""What a list's metadata say of how it came to its owner from another; the fold alone sets them."""

COPIED_FROM: Final = "copied_from"
"""What a list's metadata say of the list that it was made as a copy of; the fold alone sets it."""

OTHERWISE_TOLD: Final = (EXCEPTION_PREFIX, LINK_PREFIX, "deleted_", *CAME, COPIED_FROM)
"""Names in the metadata of what has words of its own in the trail: laws against the filter, links, that the
list was set aside, handed over, copied."""


class GroupState(msgspec.Struct, frozen=True):
    """One list. ``version`` is the position of the last operation that changed it. Of an organization's,
    ``made_by`` says who made it, and ``restricted`` that only who is granted it may see it."""

    id: GroupId
    name: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    is_default: bool = False
    version: Position = Position(0)
    metadata: Mapping[str, Any] = {}
    records: BitMap = EMPTY
    annotations: Mapping[int, Annotation] = {}
    restricted: bool = False
    made_by: UserId | None = None
    four_eyes: bool = False
    suggestions: Mapping[OperationId, Suggestion] = {}
    """Not decided yet."""

    @property
    def count(self) -> int:
        return len(self.records)

    @property
    def deleted(self) -> bool:
        return "deleted_at" in self.metadata

    @property
    def came_from(self) -> UUID | None:
        """The owner who handed it over to the one of now."""
        giver = self.metadata.get(CAME_FROM)
        return None if giver is None else UUID(str(giver))

    @property
    def came_at(self) -> Position:
        """Versions up to here were those of another owner; 0: there are none."""
        return Position(int(self.metadata.get(CAME_POSITION, 0)))

    @property
    def copied_from(self) -> CopiedFrom | None:
        """The list that it was made as a copy of; who looks may not know of that one."""
        found = self.metadata.get(COPIED_FROM)
        return None if found is None else msgspec.convert(found, CopiedFrom)

    @property
    def access(self) -> ListAccess:
        return ListAccess(self.id, self.restricted, self.made_by, self.four_eyes)


class OwnerState(msgspec.Struct, frozen=True):
    """``access``: who may do what with the lists of an organization; None: they are a person's."""

    owner: OwnerId
    groups: Mapping[GroupId, GroupState]
    access: AccessState | None = None

    def default_group(self) -> GroupState | None:
        return next((group for group in self.groups.values() if group.is_default), None)

    def with_group(self, group: GroupState) -> "OwnerState":
        groups = dict(self.groups)
        groups[group.id] = group
        return OwnerState(self.owner, groups, self.access)

    def without_group(self, group_id: GroupId) -> "OwnerState":
        groups = {key: group for key, group in self.groups.items() if key != group_id}
        access = self.access
        if access is not None and group_id in access.grants:
            left = {list_: granted for list_, granted in access.grants.items() if list_ != group_id}
            access = msgspec.structs.replace(access, grants=left)
        return OwnerState(self.owner, groups, access)

    def with_access(self, access: AccessState) -> "OwnerState":
        return OwnerState(self.owner, self.groups, access)


def settings_said(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """All of the metadata that has no other words in the trail, so that nothing is left out of it."""
    return {name: value for name, value in metadata.items() if not name.startswith(OTHERWISE_TOLD)}


def said_of_itself(group: GroupState) -> dict[str, Any]:
    return {
        "name": group.name,
        "description": group.description,
        "restricted": group.restricted,
        "four_eyes": group.four_eyes,
        **settings_said(group.metadata),
    }


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What stood ``before`` under each name under which something else stands ``after``; None: nothing."""
    names = [*before, *(name for name in after if name not in before)]
    return {name: before.get(name) for name in names if before.get(name) != after.get(name)}


def weight_bytes(state: OwnerState) -> int:
    """About how much memory a state takes; what the hot tier's bound and an owner's budget count."""
    return 400 + access_bytes(state.access) + sum(map(group_weight_bytes, state.groups.values()))


def group_weight_bytes(group: GroupState) -> int:
    statistics = group.records.get_statistics()
    containers = statistics["n_bytes_array_containers"] + statistics["n_bytes_run_containers"]
    written = notes_bytes(group.annotations) + settings_bytes(group.metadata)
    if group.description:
        written += text_bytes(group.description)
    for one in group.suggestions.values():
        written += SUGGESTION_BYTES + len(one.add) + len(one.remove) + text_bytes(one.reason)
    notes = NOTE_OVERHEAD_BYTES * len(group.annotations)
    return LIST_OVERHEAD_BYTES + containers + statistics["n_bytes_bitset_containers"] + notes + written
