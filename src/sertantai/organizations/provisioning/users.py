"""People of a directory: taken, brought in, changed, and put out at once, everywhere.

Who is a member already is taken as they are; how anybody else comes is said in `coming`. Who is deactivated
leaves at once; an account that the directory has made is shut, too. `deactivate` is the only way to that,
whatever asks for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from sertantai.core.access_state import Member
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict
from sertantai.core.ids import TeamId
from sertantai.core.operations import ChangeMember, Expel
from sertantai.core.rights import Role
from sertantai.organizations.giving import require_may_be_given, require_over
from sertantai.organizations.invitation_rows import Invitation, invitation_of, tell
from sertantai.organizations.organizations import MEMBERS_MAX
from sertantai.organizations.provisioning import sql
from sertantai.organizations.provisioning.coming import Coming, first, given_role
from sertantai.organizations.provisioning.errors import NotUnique, ResourceNotFound, ScimInvalid
from sertantai.organizations.provisioning.house import Asking, House, Houses
from sertantai.organizations.provisioning.patches import patched
from sertantai.organizations.provisioning.people import Being, Person, resource
from sertantai.organizations.provisioning.resources import Fits
from sertantai.organizations.provisioning.rows import save_person
from sertantai.organizations.provisioning.wanted import OF_USERS, WantedUser, wanted_user
from sertantai.organizations.settings import WaysSaid
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.new_ids import new_id


class DirectoryUsers:
    def __init__(
        self, database: Database, houses: Houses, coming: Coming, clock: Clock, said: WaysSaid
    ) -> None:
        self._said = said
        self._database = database
        self._houses = houses
        self._coming = coming
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
        want = wanted_user(given)
        if want.active is None:
            want = msgspec.structs.replace(want, active=True)
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
            return await self._changed(asking, house, person, wanted_user(given))

    async def patch(self, asking: Asking, id: UUID, operations: Any, fits: Fits) -> tuple[House, Person]:
        async with self._houses.turn(asking) as house:
            person = _found(house, id)
            await fits(house, person)
            before = resource(person, house.access)
            # Nothing is said of it but by the patch.
            unsaid = {name: value for name, value in before.items() if name != "active"}
            after = patched(unsaid, operations, OF_USERS)
            if after.get("roles") == before["roles"]:
                after.pop("roles", None)
            return await self._changed(asking, house, person, wanted_user(after))

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

        Of a member what they were is kept, so that they can come back as that. Asked again it does what was
        left undone.
        """
        require_over(house.maker, person.role)
        being = Being.PUT_OUT if person.being in (Being.MEMBER, Being.PUT_OUT) else Being.AWAY
        if person.being is Being.MEMBER:
            await self._houses.perform(asking, Expel, member=person.user_id)
        await self._coming.shut_out(asking, person)
        await self._withdraw(asking, person.email_key)
        return msgspec.structs.replace(person, being=being)

    async def put_into(self, asking: Asking, person: Person, teams: frozenset[TeamId]) -> None:
        """Of who is no member: with which teams they come."""
        after = msgspec.structs.replace(person, teams=teams, updated_at=self._clock.now())
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await save_person(connection, asking.organization, after)
            rows = await connection.fetch(
                sql.INVITE_INTO, asking.organization, person.email_key, list(first(teams))
            )
            for now in map(invitation_of, rows):
                was = msgspec.structs.replace(now, teams=list(first(person.teams)))
                if was != now:
                    await self._tell(asking, was, now)

    # ------------------------------------------------------------------------------------- inside here

    def _new(self, asking: Asking, want: WantedUser) -> Person:
        now, role = self._clock.now(), given_role(want.role or asking.caller.role) or asking.caller.role
        return Person(
            new_id(),
            None,
            Being.AWAY,
            want.user_name,
            want.email_key,
            want.external_id,
            want.attributes,
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
        wished = self._as_wanted(house, person, want)
        match person.being, want.active:
            case _, False:
                after = await self.deactivate(asking, house, wished)
            case Being.MEMBER, _:
                await self._change_member(asking, house, person, want, wished.role)
                after = wished
            case Being.PUT_OUT, True:
                after = await self._coming.come_again(asking, house, wished)
            case Being.INVITED, _ if person.email_key == wished.email_key:
                after = wished
            case ((Being.PUT_OUT | Being.AWAY), None):
                after = wished
            case _:  # nobody yet, or invited at another address
                await self._withdraw(asking, person.email_key)
                after = await self._coming.come(asking, house, wished, want.email)
        # After what was done of it: who goes later than this is gone by themselves.
        after = msgspec.structs.replace(after, updated_at=self._clock.now())
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await save_person(connection, asking.organization, after)
        house = await self._houses.now(asking)
        return house, _found(house, person.id)

    def _as_wanted(self, house: House, person: Person, want: WantedUser) -> Person:
        """What is said of them, and their role; what they are is another matter."""
        role = _role_of(person, want)
        if role is not person.role:
            require_over(house.maker, person.role)
            require_may_be_given(house.maker, role, ())
        # Somebody who has come is known by the address of their account.
        has_come = person.being in (Being.MEMBER, Being.PUT_OUT)
        return msgspec.structs.replace(
            person,
            user_name=want.user_name,
            email_key=person.email_key if has_come else want.email_key,
            external_id=want.external_id,
            attributes=want.attributes,
            role=role,
            kept=True,
        )

    async def _change_member(
        self, asking: Asking, house: House, person: Person, want: WantedUser, role: Role
    ) -> None:
        assert person.user_id is not None
        member = house.access.members[person.user_id]
        name = _name_to_be(person, want, member)
        if role is not member.role or name is not None:
            require_over(house.maker, member.role)
            await self._houses.perform(
                asking,
                ChangeMember,
                member=person.user_id,
                role=None if role is member.role else role,
                name=name,
            )

    async def _withdraw(self, asking: Asking, email_key: str) -> None:
        """What the directory has invited to there is worth nothing any more."""
        now = self._clock.now()
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            rows = await connection.fetch(sql.REVOKE_INVITATION, asking.organization, email_key, now)
            for was in map(invitation_of, rows):
                await self._tell(asking, was, None)

    async def _tell(self, asking: Asking, before: Invitation, after: Invitation | None) -> None:
        maker = asking.caller.maker
        await tell(self._said, asking.by, asking.organization, before, after, right_of=maker, is_sent=False)


def _found(house: House, id: UUID) -> Person:
    person = house.people.get(id)
    if person is None:
        raise ResourceNotFound(str(id))
    return person


def _is_same(one: Person, want: WantedUser) -> bool:
    return one.user_name.casefold() == want.user_name.casefold() or one.email_key == want.email_key


def _name_to_be(person: Person, want: WantedUser, member: Member) -> str | None:
    """None: a member keeps the name that they have, as where the directory says none, or only repeats it."""
    repeats = want.attributes.get("displayName") == person.attributes.get("displayName")
    if not want.attributes or want.name == member.name or (repeats and not person.kept):
        return None
    return want.name


def _role_of(person: Person, want: WantedUser) -> Role:
    """What they are to be. Raises `ScimInvalid` for an owner's, be it to give or to take away."""
    if want.role is None or want.role is person.role:
        return person.role
    if Role.OWNER in (want.role, person.role):
        raise ScimInvalid("roles: owners are made, and unmade, in the organisation only.", field="roles")
    return want.role
