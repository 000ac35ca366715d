"""Lists: made, renamed, set aside and brought back through the same log as their records."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from sertantai.audit.effects import Effects
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, Forbidden, InvalidInput, SertantaiError
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, RecordNo, UserId
from sertantai.core.list_steps import free_name
from sertantai.core.notes import Notes, notes_bytes
from sertantai.core.operations import (
    EXCEPTION_PREFIX,
    Annotation,
    CreateGroup,
    DeleteGroup,
    Origin,
    PurgeGroup,
    RestoreGroup,
    UpdateGroup,
)
from sertantai.core.spelling import compared, lines, one_line
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.storable import require_storable
from sertantai.engine.engine import Engine
from sertantai.engine.large_operations import beside
from sertantai.lists.access import Allowed, Lists, group_now, hot_now
from sertantai.lists.actions import operation_id, reason_for
from sertantai.lists.errors import GroupNotFound, NothingToUndo
from sertantai.lists.exceptions import shown_settings
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

log = logger(__name__)

NAME_CHARACTERS_MAX = 200
NUMBER_CHARACTERS = 8
"""What " (2)" and its like may take of them."""
DESCRIPTION_CHARACTERS_MAX = 5_000
METADATA_BYTES_MAX = 64 * 1024
DELETED_KEPT = timedelta(days=30)
"""How long a deleted list can be brought back."""
METADATA_KEYS = frozenset({"colour", "rank", "archived_at", "filter", "frozen", "sort"})
"""What a list may carry beside its name: kept with the list, and said in its history."""

OPEN: Literal["open"] = "open"
RESTRICTED: Literal["restricted"] = "restricted"
ListAccessWord = Literal["open", "restricted"]


class GroupFacts(msgspec.Struct, frozen=True):
    """A list as callers see it."""

    id: GroupId
    name: str
    description: str | None
    is_default: bool
    count: int
    version: int
    created_at: datetime
    updated_at: datetime
    metadata: dict[str, Any]
    copied_from: GroupId | UnsetType = UNSET
    """The list that it was made as a copy of, to whoever may know of that one; else there is none."""


def facts_of(group: GroupState) -> GroupFacts:
    return GroupFacts(
        group.id,
        group.name,
        group.description,
        group.is_default,
        group.count,
        group.version,
        group.created_at,
        group.updated_at,
        shown_settings(group.metadata),
        UNSET if group.copied_from is None else group.copied_from.list,
    )


class ListOwner(msgspec.Struct, frozen=True):
    """Whose an organization's list is."""

    id: OwnerId
    kind: Literal["organization"]
    slug: str
    name: str


class SharedGroupFacts(GroupFacts, frozen=True, kw_only=True):
    """``my_level``: what whoever asks may do with it. ``made_by``: who made it, if they are a member."""

    owner: ListOwner
    access: ListAccessWord
    my_level: str
    made_by: UserId | None
    four_eyes: bool
    """Nobody ticks there alone."""


def shown(lists: Lists, group: GroupState) -> GroupFacts:
    """What whoever asks is told of a list: of their own what it was always; of an organization's more."""
    facts, access = facts_of(group), lists.access
    if access is None:
        return facts
    level = lists.level(group)
    owner = ListOwner(lists.owner, "organization", access.slug, access.name)
    made_by = group.made_by if group.made_by in access.members else None
    if not _may_know_source(lists, group):
        facts = msgspec.structs.replace(facts, copied_from=UNSET)
    return SharedGroupFacts(
        **msgspec.structs.asdict(facts),
        owner=owner,
        access=RESTRICTED if group.restricted else OPEN,
        my_level="" if level is None else level.word,
        made_by=made_by,
        four_eyes=group.four_eyes,
    )


def _may_know_source(lists: Lists, group: GroupState) -> bool:
    """Whether it is a copy of a list that whoever asks may read, or had themselves."""
    source = group.copied_from
    if source is None or source.owner == lists.actor:
        return True
    there = lists.state.groups.get(source.list)
    return there is not None and lists.may_read(there)


def listed(state: OwnerState) -> list[GroupState]:
    """An owner's lists in their order: by rank, the default first, then by name; without deleted ones."""
    return sorted((g for g in state.groups.values() if not g.deleted), key=_order)


def deleted(state: OwnerState, now: datetime) -> list[GroupState]:
    """Lists that can still be brought back, the last deleted first."""
    kept = [g for g in state.groups.values() if g.deleted and deleted_at(g) > now - DELETED_KEPT]
    return sorted(kept, key=deleted_at, reverse=True)


def deleted_at(group: GroupState) -> datetime:
    return datetime.fromisoformat(str(group.metadata["deleted_at"]))


def _order(group: GroupState) -> tuple[float, bool, str, str]:
    rank = group.metadata.get("rank")
    return (
        float(rank) if isinstance(rank, int | float) else 0.0,
        not group.is_default,
        group.name.casefold(),
        group.name,
    )


class Groups:
    """Everything that changes a list itself."""

    def __init__(self, engine: Engine, effects: Effects, clock: Clock) -> None:
        self._engine = engine
        self._effects = effects
        self._clock = clock

    @property
    def journal_id(self) -> JournalId:
        """Of the journal that all changes here go through."""
        return self._engine.journal.id

    async def create(
        self,
        lists: Lists,
        name: str,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        *,
        id: GroupId | None = None,
        restricted: bool | None = None,
    ) -> GroupState:
        """A new, empty list, or the one that has this ``id`` already. Raises `Conflict` for a taken name.

        ``restricted``: of an organization, and only who is granted it sees it; None: as its new lists are.
        """
        made = None if id is None else lists.state.groups.get(id)
        if made is not None and not made.deleted:
            return made
        name = spelled_name(name)
        require_free(lists.state, name)
        operation = CreateGroup(
            id=operation_id(),
            owner=lists.owner,
            group=id or GroupId(new_id()),
            at=self._clock.now(),
            origin=lists.by,
            name=name,
            description=_description(description) or None,
            metadata=_metadata(metadata or {}),
            restricted=lists.comes_restricted(restricted),
        )
        return _group(await self._engine.perform(operation))

    async def update(
        self,
        found: Allowed,
        *,
        name: str | None = None,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        restricted: bool | None = None,
        four_eyes: bool | None = None,
    ) -> GroupState:
        """Rename, describe, colour … None leaves a field as it is; an empty description takes it away.

        ``restricted``: whether only who is granted an organization's list sees it; ``four_eyes``: whether
        nobody ticks there alone. Raises `InvalidInput` for a person's.
        """
        if found.access is None and (restricted, four_eyes) != (None, None):
            field = "four_eyes" if restricted is None else "access"
            raise InvalidInput(f"{field}: nobody but you works in a list of your own.", field=field)
        target = await group_now(self._engine, found)
        if name is not None:
            require_free(found.state, name := spelled_name(name), target)
        operation = UpdateGroup(
            id=operation_id(),
            owner=found.owner,
            group=target.id,
            at=self._clock.now(),
            origin=found.by,
            name=name,
            description=_description(description),
            metadata=_metadata(metadata or {}),
            restricted=restricted,
            four_eyes=four_eyes,
        )
        return _group(await self._engine.perform(operation))

    async def delete(self, found: Allowed, reason: str | None = None) -> OperationId:
        """Set a list aside with its records, for 30 days. The default list stays. Raises as `reason_for`.

        Of more deleted lists than there may be living ones, the one that was deleted first ends.
        """
        target = await group_now(self._engine, found)
        if target.is_default:
            raise Forbidden("The default list cannot be deleted; clear it instead.")
        operation = DeleteGroup(
            id=operation_id(),
            owner=found.owner,
            group=target.id,
            at=self._clock.now(),
            origin=found.by,
            reason=reason_for(found, reason, target.records),
        )
        done = (await self._engine.perform(operation)).operation.id
        try:
            await self._end_oldest(found.owner)
        except SertantaiError as error:  # this list is deleted all the same; the next deletion ends them too
            log.warning("oldest_deleted_list_not_ended", owner=str(found.owner), reason=error.message)
        return done

    async def restore(self, lists: Lists, group: GroupId) -> GroupState:
        """Bring a deleted list back, with the records, notes and tags it had."""
        hot = await hot_now(self._engine, lists)
        target = hot.state.groups.get(group)
        if target is None:
            raise GroupNotFound("This list does not exist.", field="group")
        if not target.deleted:
            raise Conflict("This list is not deleted.")
        deletion = OperationId(msgspec.convert(target.metadata["deleted_by"], OperationId))
        change = hot.find(deletion, group)
        if change is not None:
            records, annotations = pack(change.removed), Notes(change.dropped, notes_bytes(change.dropped))
        else:
            effect = (await self._effects.of(lists.owner, deletion, hot.last)).answer
            removed = effect.removed if effect and effect.group == group else {}
            records, annotations = await beside(len(removed), _brought_back, removed)
        operation = RestoreGroup(
            id=operation_id(),
            owner=lists.owner,
            group=group,
            at=self._clock.now(),
            origin=lists.by,
            records=records,
            annotations=annotations,
            name=fitting_name(hot.state, str(target.metadata["deleted_name"])),
        )
        return _group(await self._engine.perform(operation))

    async def purge_expired(self, owner: OwnerId, now: datetime) -> int:
        """End an owner's lists that were deleted more than 30 days before ``now``. Returns how many."""
        state = await self._engine.state(owner)
        expired = [g for g in state.groups.values() if g.deleted and deleted_at(g) <= now - DELETED_KEPT]
        return await self._purge(owner, expired)

    async def _end_oldest(self, owner: OwnerId) -> None:
        state = await self._engine.state(owner)
        kept = sorted((g for g in state.groups.values() if g.deleted), key=deleted_at, reverse=True)
        await self._purge(owner, kept[self._engine.bounds.groups_max :])

    async def _purge(self, owner: OwnerId, ended: list[GroupState]) -> int:
        for group in ended:
            await self._engine.perform(
                PurgeGroup(
                    id=operation_id(),
                    owner=owner,
                    group=group.id,
                    at=self._clock.now(),
                    origin=Origin(UserId(owner), source="system"),
                )
            )
        return len(ended)


def _brought_back(removed: Mapping[RecordNo, Annotation]) -> tuple[bytes, Notes]:
    """Records, and what stood with them."""
    return pack(bitmap(removed)), Notes({int(number): note for number, note in removed.items() if note})


def _group(change: Change) -> GroupState:
    if change.group is None:
        raise NothingToUndo("The list no longer exists.")
    return change.group


def display_name(group: GroupState) -> str:
    """The list every user begins with has a technical name until it is renamed."""
    return "My selection" if group.is_default and group.name == "default" else group.name


def fitting_name(state: OwnerState, name: str, behind: str = "") -> str:
    """``name`` with ``behind`` it, and a number where a list is called so: cut to what a name may have."""
    whole = name + behind
    if len(whole) <= NAME_CHARACTERS_MAX and free_name(state, whole) == whole:
        return whole
    return free_name(state, name[: NAME_CHARACTERS_MAX - len(behind) - NUMBER_CHARACTERS].rstrip() + behind)


def require_free(state: OwnerState, name: str, renamed: GroupState | None = None) -> None:
    """The fold compares names to the letter; a name that only reads like another's is refused here."""
    for group in state.groups.values():
        if group is not renamed and compared(name) in (compared(group.name), compared(display_name(group))):
            whose = "You already have" if state.access is None else "The organisation already has"
            raise Conflict(f"{whose} a list with this name.", field="name")


def spelled_name(name: str) -> str:
    """As it is kept. Raises `InvalidInput`."""
    name = one_line(name, "name")
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"name: 1 to {NAME_CHARACTERS_MAX} characters.", field="name")
    return name


def _description(description: str | None) -> str | None:
    if description is None:
        return None
    kept = lines(description, "description")
    if len(kept) > DESCRIPTION_CHARACTERS_MAX:
        raise InvalidInput(
            f"description: at most {DESCRIPTION_CHARACTERS_MAX:,} characters.", field="description"
        )
    return kept


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    ended = {key for key, value in metadata.items() if key.startswith(EXCEPTION_PREFIX) and value is None}
    unknown = metadata.keys() - METADATA_KEYS - ended
    if unknown:
        raise InvalidInput(f"metadata: {min(unknown)[:40]!r} is not a setting of a list.", field="metadata")
    require_storable(metadata, "metadata", bytes_max=METADATA_BYTES_MAX)
    return metadata
