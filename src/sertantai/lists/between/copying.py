"""A new list as a copy of another, such as of the baseline that every site begins with.

It is a snapshot: of what whoever asks could read at that place in the log, and nothing of it changes with the
list that it was made of. It remembers which one that was, so that both can be compared.
"""

from collections.abc import Mapping, Sequence

import msgspec

from sertantai.core.access_state import rights_in
from sertantai.core.bitmaps import pack
from sertantai.core.clock import Clock
from sertantai.core.ids import GroupId, UserId
from sertantai.core.notes import SIGNATURES, Notes
from sertantai.core.operations import Annotation, CopiedFrom, CreateGroup, Operation
from sertantai.core.rights import Right
from sertantai.core.sharing.hand_over_steps import signed_by
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.engine import Engine
from sertantai.engine.large_operations import beside
from sertantai.lists.access import Allowed, Lists, find_group, hot_now
from sertantai.lists.actions import operation_id
from sertantai.lists.between.receiving import require_may_come, require_room
from sertantai.lists.between.taken_out import COPY, require_taking_out, taking_along
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.groups import display_name, fitting_name, require_free, spelled_name
from sertantai.organizations.settings import comes_restricted
from sertantai.process.new_ids import new_id


class CopyWanted(msgspec.Struct, frozen=True):
    """What of the list goes into the copy beside its laws. ``name`` None: that of the list, with a number
    where it is taken; ``restricted`` None: as new lists of the organization are."""

    name: str | None = None
    notes: bool = True
    tags: bool = True
    order: bool = True
    restricted: bool | None = None

    @property
    def keys(self) -> frozenset[str]:
        """Of annotations; who wrote something goes along with it."""
        wanted = {"note": self.notes, "tags": self.tags, "rank": self.order}
        keys = {key for key, goes_along in wanted.items() if goes_along}
        return frozenset(keys | {signature for signature, of in SIGNATURES.items() if of in keys})


class Copying:
    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def copy(self, found: Allowed, to: Lists, wanted: CopyWanted) -> Allowed:
        """The copy; asked for again under the same key, the one that there is. That it leaves an organization
        stands in its trail with the copy, or neither is.

        Raises `GroupNotFound` when the list may not be read any more, `PermissionNeeded` where nothing may be
        created or the list may not be taken out of its organization, `Conflict` for a name that is taken and
        for one list too many.
        """
        id = GroupId(new_id()) if to.key is None else GroupId(to.key)
        if (made := to.state.groups.get(id)) is not None and not made.deleted:
            return to.one(made)
        name = None if wanted.name is None else spelled_name(wanted.name)
        restricted = self._restricted(to, wanted)

        async def make(states: Sequence[OwnerState]) -> Sequence[Operation]:
            receiver, giver = states[0], states[-1]
            source = _still_readable(found, giver, to)
            require_room(receiver, self._engine.bounds.groups_max)
            if name is not None:
                require_free(receiver, name)
            notes = await beside(
                len(source.annotations), self._notes, source, wanted.keys, giver, receiver, found.actor
            )
            made = CreateGroup(
                id=operation_id(),
                owner=to.owner,
                group=id,
                at=self._clock.now(),
                origin=to.by,
                name=fitting_name(receiver, display_name(source)) if name is None else name,
                metadata=_looks(source, wanted),
                restricted=restricted,
                records=pack(source.records),
                annotations=notes,
                # Where nobody ticks alone, nobody does in what was made of it.
                four_eyes=source.four_eyes and giver.owner == receiver.owner,
                copied_from=CopiedFrom(source.id, giver.owner, source.version),
            )
            if giver.access is None or giver.owner == receiver.owner:
                return [made]
            return [made, taking_along(found, source, source.count, COPY)]

        owners = [to.owner] if found.owner == to.owner else [to.owner, found.owner]
        await self._engine.together(owners, found.actor, make)
        hot = await hot_now(self._engine, to)
        return msgspec.structs.replace(to, hot=hot).one(find_group(hot.state, id))

    def _restricted(self, to: Lists, wanted: CopyWanted) -> bool:
        restricted = comes_restricted(to.access, wanted.restricted)
        if to.access is not None:
            require_may_come(to, restricted=restricted)
        return restricted

    def _notes(
        self,
        source: GroupState,
        keys: frozenset[str],
        giver: OwnerState,
        receiver: OwnerState,
        person: UserId,
    ) -> Notes:
        """What goes along, with who wrote it where that is known and is theirs to know."""
        if giver.owner != receiver.owner:
            keys = keys - SIGNATURES.keys()
        kept = {
            number: said
            for number, annotation in source.annotations.items()
            if (said := {key: value for key, value in annotation.items() if key in keys})
        }
        made: Mapping[int, Annotation] = kept
        if receiver.access is not None and giver.access is None:
            made = signed_by(person, self._clock.now(), kept)
        return Notes(made)


def _still_readable(found: Allowed, giver: OwnerState, to: Lists) -> GroupState:
    """The list as it is when the copy's turn comes. Raises as if it were asked for then."""
    group, access = find_group(giver, found.group.id), giver.access
    if access is None or found.actor == giver.owner:
        return group
    rights = rights_in(access, found.actor, group.access, found.now())
    if Right.READ not in rights:
        raise GroupNotFound("This list does not exist.", field="group")
    if giver.owner != to.owner:
        require_taking_out(access, found.actor, rights)
    return group


def _looks(source: GroupState, wanted: CopyWanted) -> dict[str, object]:
    """Its colour, and how it is sorted; no filter: a copy does not follow anything."""
    keys = ("colour", "sort") if wanted.order else ("colour",)
    return {key: source.metadata[key] for key in keys if source.metadata.get(key) is not None}
