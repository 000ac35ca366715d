"""Whether somebody may be told: asked of each message anew, from memory."""

from uuid import UUID

from sertantai.core.access_state import is_member, rights_in
from sertantai.core.clock import Clock
from sertantai.core.ids import GroupId, UserId
from sertantai.core.rights import Right
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.engine import Engine
from sertantai.live.screens import Channel
from sertantai.live.topics import Kind


class ListeningRights:
    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def may_listen(self, channel: Channel) -> bool:
        """As things stand now. Of an owner who is not in memory nothing has changed since the last time."""
        owner, actor = channel.owner, channel.screen.caller.user_id
        # By their numbers: to compare ids takes three times as long, and each write asks.
        if owner is None or owner.int == actor.int:
            return True
        state = self._engine.in_sight(owner)
        if state is None:
            return True
        if channel.topic.kind is Kind.LIST:
            return self.may_read(state, living(state, channel.topic.id), actor)
        return state.access is not None and is_member(state.access, actor)

    def may_read(self, state: OwnerState, group: GroupState | None, actor: UserId) -> bool:
        if group is None:
            return False
        if state.access is None:
            return state.owner == actor
        return Right.READ in rights_in(state.access, actor, group.access, self._clock.now())

    def may_know_of(self, channel: Channel, list_: UUID) -> bool:
        """Of a list of the owner whose lists somebody listens to, one that was deleted included."""
        owner, actor = channel.owner, channel.screen.caller.user_id
        state = None if owner is None or owner == actor else self._engine.in_sight(owner)
        return owner == actor or (
            state is not None and self.may_read(state, state.groups.get(GroupId(list_)), actor)
        )


def living(state: OwnerState | None, id: UUID | None) -> GroupState | None:
    group = None if state is None or id is None else state.groups.get(GroupId(id))
    return None if group is None or group.deleted else group
