"""For 30 days somebody who went can be taken back: what they were they are again, and what was handed on by
their going goes back, where nobody has changed it since.

Who was removed is a member again at once. Who left of their own accord is asked, by an invitation, and is by
accepting it what they were: nobody is brought back against their will.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from sertantai.core.clock import Clock
from sertantai.core.errors import PermissionNeeded
from sertantai.core.fold import fold
from sertantai.core.ids import OperationId, Position, UserId
from sertantai.core.operations import Origin, TakeBack, of_no_list
from sertantai.core.rights import Role
from sertantai.core.sharing.leaving_steps import TakenBack, taken_back
from sertantai.core.sharing.permission import TO_TAKE_BACK, missing_to_take_back
from sertantai.organizations.going.laws import laws_back
from sertantai.organizations.going.returning import (
    Departed,
    Returned,
    Returning,
    departed_from,
    departed_in_time,
)
from sertantai.organizations.invitation_rows import NewInvitation
from sertantai.organizations.standing import Standing, who_can_give
from sertantai.process.new_ids import new_id

NOWHERE: Final = Position(0)
"""Where nothing stands that was done."""


class Inviting(Protocol):
    async def invite(self, standing: Standing, wanted: NewInvitation, own_address: str | None) -> object: ...


class TakingBack:
    def __init__(self, returning: Returning, invitations: Inviting, clock: Clock) -> None:
        self._returning = returning
        self._invitations = invitations
        self._clock = clock

    def departed(self, standing: Standing) -> Sequence[Departed]:
        """Raises `PermissionNeeded` for who may take nobody back."""
        _require(standing)
        return departed_from(standing.access, self._clock.now())

    def preview(self, standing: Standing, member: UserId) -> Returned:
        """What taking somebody back would do now. Raises what `take_back` raises, but for their account."""
        person = self._found(standing, member)
        return Returned(
            person, self._tried(standing, person), laws=laws_back(standing.state, person.departure)
        )

    async def take_back(self, standing: Standing, member: UserId, own_address: str | None) -> Returned:
        """Raises `PermissionNeeded`, `MemberNotFound`, `MemberBack`, `TooLate`, `AccountShut`, `Conflict` for
        too many; where they are asked, what inviting raises."""
        person = self._found(standing, member)
        laws = laws_back(standing.state, person.departure)
        address = await self._returning.open_account(member)
        if person.must_be_asked:
            # Their role, should they answer too late to be what they were: ownership is offered, not sent.
            role = min(person.departure.member.role, Role.ADMIN, key=lambda one: one.rank)
            wanted = NewInvitation(role, address, as_before=True)
            await self._invitations.invite(standing, wanted, own_address)
            return Returned(person, self._tried(standing, person), asked=True, laws=laws)
        what = await self._returning.bring_back(
            standing.organization, standing.by, member, person.departure, given_by=standing.actor
        )
        return Returned(person, what, laws=laws)

    def _found(self, standing: Standing, member: UserId) -> Departed:
        _require(standing)
        person = departed_in_time(standing.access, member, self._clock.now())
        missing = missing_to_take_back(standing.access, standing.actor, person.departure)
        if missing is not None:
            raise PermissionNeeded(missing.value, who_can_give(standing.access, standing.actor))
        return person

    def _tried(self, standing: Standing, person: Departed) -> TakenBack:
        """What the fold would make of it; of who must be asked, as if they had said yes."""
        state = standing.state
        operation = TakeBack(
            id=OperationId(new_id()),
            owner=state.owner,
            group=of_no_list(state.owner),
            at=self._clock.now(),
            origin=Origin(person.id) if person.must_be_asked else standing.by,
            member=person.id,
            left=person.departure.position,
            given_by=standing.actor,
        )
        _, change = fold(state, NOWHERE, operation)
        assert change.access is not None, "who may not is refused before"
        return taken_back(person.departure, state.groups, change.access, operation, NOWHERE)


def _require(standing: Standing) -> None:
    for right in sorted(TO_TAKE_BACK):
        standing.require(right)
