"""People of a directory: taken, invited, let in again, and put out at once, everywhere.

Who is a member already is taken as they are; anybody else is invited by mail, and comes when they accept. Who
is deactivated leaves at once; an account that the directory has made is shut, too. `deactivate` is the only
way to that, whatever asks for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.service import Accounts
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict
from sertantai.core.ids import TeamId, UserId
from sertantai.core.operations import ChangeMember, Expel
from sertantai.core.rights import Role
from sertantai.organizations import letters as texts
from sertantai.organizations.giving import require_may_be_given, require_over
from sertantai.organizations.invitation_rows import NewInvitation, link_of, new_secret, save
from sertantai.organizations.organizations import MEMBERS_MAX, Organizations
from sertantai.organizations.provisioning import sql
from sertantai.organizations.provisioning.errors import NotUnique, ResourceNotFound, ScimInvalid
from sertantai.organizations.provisioning.house import Asking, House, Houses
from sertantai.organizations.provisioning.patches import patched
from sertantai.organizations.provisioning.people import Person, resource
from sertantai.organizations.provisioning.resources import Fits
from sertantai.organizations.provisioning.wanted import OF_USERS, WantedUser, shown_name, wanted_user
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.new_ids import new_id

WAY: Final = "directory"


class DirectoryUsers:
    def __init__(
        self,
        database: Database,
        houses: Houses,
        organizations: Organizations,
        accounts: Accounts,
        clock: Clock,
    ) -> None:
        self._database = database
        self._houses = houses
        self._organizations = organizations
        self._accounts = accounts
        self._letters: Letters = accounts.letters
        self._clock = clock

    async def all(self, asking: Asking) -> tuple[House, Sequence[Person]]:
        """In an order that lasts."""
        house = await self._houses.now(asking)
        return house, sorted(house.people.values(), key=lambda one: (one.created_at, one.id))

    async def one(self, asking: Asking, id: UUID) -> tuple[House, Person]:
        """Raises `ResourceNotFound`."""
        house = await self._houses.now(asking)
        return house, _found(house, id)

    async def create(self, asking: Asking, given: Mapping[str, Any]) -> tuple[House, Person]:
        """Raises `NotUnique` for whom the directory has already; `RateLimited` for too many invitations."""
        want = wanted_user(given, active=True)
        async with self._houses.turn(asking) as house:
            same = [one for one in house.people.values() if _is_same(one, want)]
            if any(one.kept for one in same):
                raise NotUnique("There is a user with this userName or address.", field="userName")
            if len(house.people) >= MEMBERS_MAX and not same:
                raise Conflict(f"The organisation has {MEMBERS_MAX:,} users, which is the maximum.")
            person = same[0] if same else self._new(asking, want)
            return await self._become(asking, house, person, want)

    async def replace(
        self, asking: Asking, id: UUID, given: Mapping[str, Any], fits: Fits
    ) -> tuple[House, Person]:
        async with self._houses.turn(asking) as house:
            person = _found(house, id)
            await fits(house, person)
            return await self._changed(asking, house, person, wanted_user(given, active=person.active))

    async def patch(self, asking: Asking, id: UUID, operations: Any, fits: Fits) -> tuple[House, Person]:
        async with self._houses.turn(asking) as house:
            person = _found(house, id)
            await fits(house, person)
            before = resource(person, house.access)
            after = patched(before, operations, OF_USERS)
            if after.get("roles") == before["roles"]:
                after.pop("roles", None)
            return await self._changed(asking, house, person, wanted_user(after, active=person.active))

    async def delete(self, asking: Asking, id: UUID, fits: Fits) -> None:
        """Put out, and nothing is kept of what the directory said."""
        async with self._houses.turn(asking) as house:
            person = _found(house, id)
            await fits(house, person)
            await self.deactivate(asking, house, person)
            async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
                await connection.execute(sql.DELETE_USER, asking.organization, person.id)

    def shown(self, house: House, one: Person, *, whole: bool = True) -> dict[str, Any]:  # noqa: ARG002  # see `Resources`
        return resource(one, house.access)

    async def deactivate(self, asking: Asking, house: House, person: Person) -> Person:
        """At once, everywhere: out of the organization, its teams and grants; an account that the directory
        has made is shut, its sessions and tokens end; an invitation is worth nothing. Raises `LastOwner`.

        Of a member what they were is kept, so that they can come back as that.
        """
        require_over(house.maker, person.role)
        if person.user_id is not None and person.user_id in house.access.members:
            await self._houses.perform(asking, Expel, member=person.user_id)
            after = msgspec.structs.replace(person, active=False, put_out=True)
        else:  # who is gone by themselves is asked before they come again
            after = msgspec.structs.replace(person, active=False, user_id=None)
        if person.provisioned and person.user_id is not None:
            await self._accounts.set_disabled(person.user_id, disabled=True, ip=asking.ip)
        now = self._clock.now()
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(sql.REVOKE_INVITATION, asking.organization, person.email_key, now)
        return after

    # ------------------------------------------------------------------------------------- inside here

    def _new(self, asking: Asking, want: WantedUser) -> Person:
        now, role = self._clock.now(), _given(want.role) or asking.caller.role
        return Person(
            new_id(),
            None,
            want.user_name,
            want.email_key,
            want.external_id,
            want.attributes,
            False,
            role,
            frozenset(),
            now,
            now,
            kept=False,
        )

    async def _changed(
        self, asking: Asking, house: House, person: Person, want: WantedUser
    ) -> tuple[House, Person]:
        others = (one for one in house.people.values() if one.id != person.id)
        if any(_is_same(one, want) for one in others):
            raise NotUnique("There is a user with this userName or address.", field="userName")
        return await self._become(asking, house, person, want)

    async def _become(
        self, asking: Asking, house: House, person: Person, want: WantedUser
    ) -> tuple[House, Person]:
        """What is wanted, whatever they are."""
        role = _role_of(person, want)
        if role is not person.role:
            require_may_be_given(house.maker, role, ())
        if person.user_id is not None and person.user_id in house.access.members:
            after = await self._of_member(asking, house, person, want, role)
        elif want.active and person.put_out and person.user_id is not None:
            after = await self._let_in_again(asking, house, person, role)
        elif want.active and (not person.active or person.email_key != want.email_key):
            await self._invite(asking, house, person, want, role)
            after = msgspec.structs.replace(person, active=True, user_id=None, put_out=False)
        elif person.active and not want.active:
            after = await self.deactivate(asking, house, person)
        else:
            after = person
        is_members = after.user_id is not None
        after = msgspec.structs.replace(
            after,
            user_name=want.user_name,
            # Somebody who has come is known by the address of their account.
            email_key=after.email_key if is_members else want.email_key,
            external_id=want.external_id,
            attributes=want.attributes,
            role=role,
            updated_at=self._clock.now(),
            kept=True,
        )
        await self._save(asking, after)
        house = await self._houses.now(asking)
        return house, _found(house, person.id)

    async def _of_member(
        self, asking: Asking, house: House, person: Person, want: WantedUser, role: Role
    ) -> Person:
        assert person.user_id is not None
        if not want.active:
            return await self.deactivate(asking, house, person)
        member = house.access.members[person.user_id]
        said = want.attributes.get("displayName") != person.attributes.get("displayName") or person.kept
        name = want.name if said and want.attributes and want.name != member.name else None
        if role is not member.role or name is not None:
            require_over(house.maker, member.role)
            await self._houses.perform(
                asking,
                ChangeMember,
                member=person.user_id,
                role=None if role is member.role else role,
                name=name,
            )
        return msgspec.structs.replace(person, active=True)

    async def _let_in_again(self, asking: Asking, house: House, person: Person, role: Role) -> Person:
        assert person.user_id is not None
        require_over(house.maker, person.role)
        if person.provisioned:
            await self._accounts.set_disabled(person.user_id, disabled=False, ip=asking.ip)
        await self._organizations.require_room_for(person.user_id)
        await self._organizations.admit(
            asking.organization,
            asking.by,
            person.user_id,
            role=_given(role) or Role.ADMIN,
            name=shown_name(person.attributes, person.email_key),
            given_by=asking.caller.maker,
            way=WAY,
            teams=sorted(person.teams & house.access.teams.keys()),
        )
        return msgspec.structs.replace(person, active=True, put_out=False)

    async def _invite(
        self, asking: Asking, house: House, person: Person, want: WantedUser, role: Role
    ) -> None:
        organization, now, token = asking.organization, self._clock.now(), new_secret()
        require_may_be_given(house.maker, _given(role), ())
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            if person.email_key != want.email_key:
                await connection.execute(sql.REVOKE_INVITATION, organization, person.email_key, now)
            invitation = NewInvitation(_given(role) or Role.ADMIN, want.email, _first(person.teams))
            made = await save(connection, now, organization, UserId(organization), invitation, token)
            link = link_of(self._letters, token)
            text = texts.invitation("", house.access.name, made.role, link, made.expires_at)
            await self._letters.put(connection, want.email, text)
        self._letters.put_in()

    async def _save(self, asking: Asking, person: Person) -> None:
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(
                sql.SAVE_USER,
                asking.organization,
                person.id,
                person.user_id,
                person.user_name,
                person.email_key,
                person.external_id,
                dict(person.attributes),
                person.active,
                person.role.value,
                sorted(person.teams),
                person.provisioned,
                person.created_at,
                person.updated_at,
            )

    async def put_into(self, asking: Asking, person: Person, teams: frozenset[TeamId]) -> None:
        """Of who is invited, or deactivated: with which teams they come."""
        await self._save(asking, msgspec.structs.replace(person, teams=teams, updated_at=self._clock.now()))
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(
                sql.INVITE_INTO, asking.organization, person.email_key, list(_first(teams))
            )


TEAMS_INVITED_TO_MAX: Final = 50
"""As many as an invitation may have."""


def _first(teams: frozenset[TeamId]) -> tuple[TeamId, ...]:
    return tuple(sorted(teams)[:TEAMS_INVITED_TO_MAX])


def _found(house: House, id: UUID) -> Person:
    person = house.people.get(id)
    if person is None:
        raise ResourceNotFound(str(id))
    return person


def _is_same(one: Person, want: WantedUser) -> bool:
    return one.user_name.casefold() == want.user_name.casefold() or one.email_key == want.email_key


def _given(role: Role | None) -> Role | None:
    """Never an owner's: ownership is offered, and taken."""
    return None if role is Role.OWNER else role


def _role_of(person: Person, want: WantedUser) -> Role:
    """What they are to be. Raises `ScimInvalid` for an owner's, be it to give or to take away."""
    if want.role is None or want.role is person.role:
        return person.role
    if Role.OWNER in (want.role, person.role):
        raise ScimInvalid("roles: owners are made, and unmade, in the organisation only.", field="roles")
    return want.role
