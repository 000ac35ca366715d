"""The way to the operation that makes somebody who went what they were. Whether they are asked others say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import msgspec

from sertantai.core.access_state import AccessState, Departure
from sertantai.core.clock import Clock
from sertantai.core.ids import GroupId, OwnerId, TeamId, UserId
from sertantai.core.operations import Origin, TakeBack
from sertantai.core.rights import Role
from sertantai.core.sharing.leaving_steps import TAKEN_BACK_WITHIN, TakenBack, taken_back
from sertantai.engine.engine import Engine
from sertantai.engine.errors import MemberBack, MemberNotFound, TooLate
from sertantai.organizations import sql
from sertantai.organizations.display_names import name_of_address
from sertantai.organizations.errors import AccountShut, OrganizationNotFound
from sertantai.organizations.going.laws import take_back_with_laws
from sertantai.organizations.organizations import Organizations, by_itself
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole


class Departed(msgspec.Struct, frozen=True):
    """Somebody who went, and can be taken back ``until`` then."""

    id: UserId
    departure: Departure
    until: datetime

    @property
    def must_be_asked(self) -> bool:
        """They left of their own accord."""
        return self.departure.by == self.id


class Returned(msgspec.Struct, frozen=True):
    """``what`` is so again, or would be, and so many ``laws`` of lists they answer for again; ``asked``:
    whoever it is about was invited, and decides."""

    person: Departed
    what: TakenBack
    asked: bool = False
    laws: Mapping[GroupId, int] = MappingProxyType({})


def departed_from(access: AccessState, now: datetime) -> Sequence[Departed]:
    """Who went last first."""
    found = [_departed(id, one) for id, one in access.departed.items()]
    return [one for one in reversed(found) if one.until >= now]


def departed_in_time(access: AccessState, person: UserId, now: datetime) -> Departed:
    """Raises `MemberBack`, `MemberNotFound`, `TooLate`."""
    if person in access.members:
        raise MemberBack
    departure = access.departed.get(person)
    if departure is None:
        raise MemberNotFound
    found = _departed(person, departure)
    if found.until < now:
        raise TooLate
    return found


def _departed(id: UserId, departure: Departure) -> Departed:
    return Departed(id, departure, departure.at + TAKEN_BACK_WITHIN)


class Returning:
    def __init__(
        self, database: Database, engine: Engine, organizations: Organizations, clock: Clock
    ) -> None:
        self._database = database
        self._engine = engine
        self._organizations = organizations
        self._clock = clock

    async def by_operator(self, organization: OwnerId, person: UserId) -> Returned:
        """In the organization's own name, which asks nobody. Raises `OrganizationNotFound`, `AccountShut`,
        and what `departed_in_time` and `bring_back` raise."""
        access = (await self._engine.state(organization)).access
        if access is None:
            raise OrganizationNotFound
        found = departed_in_time(access, person, self._clock.now())
        await self.open_account(person)
        by = by_itself(organization)
        what = await self.bring_back(organization, by, person, found.departure, given_by=by.actor)
        return Returned(found, what)

    async def accept(
        self,
        by: Origin,
        organization: OwnerId,
        role: Role,
        email: str | None,
        *,
        given_by: UserId,
        way: str,
        teams: Sequence[TeamId],
        as_before: bool,
    ) -> None:
        """Lets in whoever accepts an invitation. ``as_before``: to what they were, if they left within 30
        days, and not to what is said here. Raises what `bring_back` and `Organizations.admit` raise."""
        access = (await self._engine.state(organization)).access
        went = None if access is None else access.departed.get(by.actor)
        if as_before and went is not None and self._clock.now() - went.at <= TAKEN_BACK_WITHIN:
            await self.bring_back(organization, by, by.actor, went, given_by=given_by)
            return
        name = name_of_address(email or "")
        await self._organizations.admit(
            organization, by, by.actor, role=role, name=name, given_by=given_by, way=way, teams=teams
        )

    async def bring_back(
        self, organization: OwnerId, by: Origin, person: UserId, went: Departure, *, given_by: UserId
    ) -> TakenBack:
        """``given_by``: whose right it is; the organization's own id: it does itself. Raises `MemberBack`,
        `MemberNotFound`, `TooLate`, `AccessEnded`, and `Conflict` for more than may be."""
        await self._organizations.require_room_for(person)
        await self._organizations.require_room_in(organization, person)
        groups = (await self._engine.state(organization)).groups
        change = await (
            take_back_with_laws(self._engine, organization, by, person, went, given_by, self._clock.now())
            if went.laws
            else self._organizations.perform(
                TakeBack, by, organization, member=person, left=went.position, given_by=given_by
            )
        )
        assert isinstance(change.operation, TakeBack)
        assert change.access is not None, "it was done"
        return taken_back(went, groups, change.access, change.operation, change.position)

    async def open_account(self, person: UserId) -> str:
        """The address of an account that can be signed in with. Raises `AccountShut` where there is none,
        `DatabaseUnavailable`."""
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            email: str | None = await connection.fetchval(sql.OPEN_ACCOUNT, person)
        if email is None:
            raise AccountShut
        return email
