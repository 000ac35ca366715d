"""An organization for tests: who is in it, and what they do, each at the next position."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sertantai.core.access_state import AccessState
from sertantai.core.changes import Change, Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, TeamId, UserId
from sertantai.core.operations import Admit, CreateGroup, JoinTeam, Operation, Origin, SetTeam, of_no_list
from sertantai.core.rights import Role
from sertantai.core.state import GroupState, OwnerState

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOUSE = OwnerId(UUID(int=900))
DEFAULT = GroupId(UUID(int=901))
OWNER, ADMIN, MEMBER, VIEWER, STRANGER = (UserId(UUID(int=number)) for number in range(1, 6))
PEOPLE = {OWNER: Role.OWNER, ADMIN: Role.ADMIN, MEMBER: Role.MEMBER, VIEWER: Role.VIEWER}
TEAM = TeamId(UUID(int=700))


class Organization:
    """Founded by `OWNER`, with one member of each role, a team of the viewer, and an open list `DEFAULT`."""

    def __init__(self) -> None:
        default = GroupState(DEFAULT, "default", AT, AT, is_default=True)
        self.state = OwnerState(HOUSE, {DEFAULT: default}, AccessState(OWNER, "Works", "works"))
        self.position = 0
        self.at = AT
        for person, role in PEOPLE.items():
            assert self.admit(OWNER, person, role).outcome is Outcome.APPLIED
        assert self.do(OWNER, SetTeam, team=TEAM, name="Sites").outcome is Outcome.APPLIED
        assert self.do(OWNER, JoinTeam, team=TEAM, member=VIEWER).outcome is Outcome.APPLIED

    @property
    def access(self) -> AccessState:
        assert self.state.access is not None
        return self.state.access

    def operation(
        self, actor: UserId, kind: type[Operation], group: GroupId | None = None, **fields: Any
    ) -> Operation:
        id = OperationId(UUID(int=10_000 + self.position))
        place = group or of_no_list(HOUSE)
        return kind(id=id, owner=HOUSE, group=place, at=self.at, origin=Origin(actor), **fields)

    def do(self, actor: UserId, kind: type[Operation], group: GroupId | None = None, **fields: Any) -> Change:
        self.position += 1
        operation = self.operation(actor, kind, group, **fields)
        self.state, change = fold(self.state, Position(self.position), operation)
        return change

    def outcome(
        self, actor: UserId, kind: type[Operation], group: GroupId | None = None, **fields: Any
    ) -> Outcome:
        """Of what is tried, and not kept."""
        operation = self.operation(actor, kind, group, **fields)
        return fold(self.state, Position(self.position + 1), operation)[1].outcome

    def admit(self, actor: UserId, person: UserId, role: Role, **fields: Any) -> Change:
        given = {"given_by": actor, "name": f"Person {person.int}", **fields}
        return self.do(actor, Admit, member=person, role=role, **given)

    def make_list(self, actor: UserId, name: str, *, restricted: bool = False) -> GroupId:
        group = GroupId(UUID(int=1_000 + self.position))
        change = self.do(actor, CreateGroup, group, name=name, restricted=restricted)
        assert change.outcome is Outcome.APPLIED
        return group
