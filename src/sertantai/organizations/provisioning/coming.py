"""How somebody whom a directory names comes into its organization.

At an address in one of its proven domains that nobody has yet: with a new account, at once. Whom the
directory itself had put out: as they were. Anybody else, also who has an account there, is asked by mail.
"""

from typing import Final

import msgspec

from sertantai.accounts.errors import EmailTaken
from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.service import Accounts
from sertantai.core.clock import Clock
from sertantai.core.ids import TeamId, UserId
from sertantai.core.rights import Role
from sertantai.organizations import domains_sql
from sertantai.organizations import letters as texts
from sertantai.organizations.domain_names import domain_of
from sertantai.organizations.giving import require_may_be_given, require_over
from sertantai.organizations.invitation_rows import NewInvitation, link_of, new_secret, save
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.provisioning import sql
from sertantai.organizations.provisioning.house import Asking, House
from sertantai.organizations.provisioning.people import Being, Person
from sertantai.organizations.provisioning.rows import save_person
from sertantai.organizations.provisioning.wanted import shown_name
from sertantai.organizations.settings import WaysSaid
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole

WAY: Final = "directory"
TEAMS_INVITED_TO_MAX: Final = 50
"""As many as an invitation may have."""


class Coming:
    def __init__(
        self,
        database: Database,
        organizations: Organizations,
        accounts: Accounts,
        clock: Clock,
        said: WaysSaid,
    ) -> None:
        self._said = said
        self._database = database
        self._organizations = organizations
        self._accounts = accounts
        self._letters: Letters = accounts.letters
        self._clock = clock

    async def come(self, asking: Asking, house: House, person: Person, email: str) -> Person:
        """At once, or asked by mail. ``person`` is as they are to be, but for that."""
        require_may_be_given(house.maker, given_role(person.role), ())
        made = await self._made(asking, email)
        if made is None:
            own = await self._own(asking, email)
            if own is None:
                return await self._invite(asking, house, person, email)
            return await self._admit(asking, house, msgspec.structs.replace(person, user_id=own))
        after = await self._admit(asking, house, msgspec.structs.replace(person, user_id=made))
        await self._tell(house, after, email)
        return after

    async def come_again(self, asking: Asking, house: House, person: Person) -> Person:
        """Whom the directory has put out, as they were then; to what it has shut they sign in anew."""
        assert person.user_id is not None, "they were a member"
        require_over(house.maker, person.role)
        await self._accounts.provisioned.open(asking.organization, person.user_id, asking.ip)
        return await self._admit(asking, house, person)

    async def shut_out(self, asking: Asking, person: Person) -> None:
        """Of the account that the directory has made for them, if it has."""
        provisioned = self._accounts.provisioned
        user = person.user_id or await provisioned.find(asking.organization, person.email_key)
        if user is not None:
            await provisioned.shut(asking.organization, user, asking.ip)

    async def _made(self, asking: Asking, email: str) -> UserId | None:
        """A new account, where the address is the organization's own and nobody has it."""
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            if not await connection.fetchval(domains_sql.IS_PROVEN, asking.organization, domain_of(email)):
                return None
        try:
            made = await self._accounts.provisioned.make(asking.organization, email, asking.ip)
        except EmailTaken:
            return None
        return made.user_id

    async def _own(self, asking: Asking, email: str) -> UserId | None:
        """An account that this directory has made before. Who has left by themselves is asked."""
        organization, provisioned = asking.organization, self._accounts.provisioned
        user = await provisioned.find(organization, email)
        if user is None:
            return None
        await provisioned.open(organization, user, asking.ip)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            left = await connection.fetchval(sql.LEFT_BY_THEMSELVES, organization, user)
        return None if left else user

    async def _admit(self, asking: Asking, house: House, person: Person) -> Person:
        assert person.user_id is not None
        await self._organizations.require_room_for(person.user_id)
        await self._organizations.admit(
            asking.organization,
            asking.by,
            person.user_id,
            role=given_role(person.role) or Role.ADMIN,
            name=shown_name(person.attributes, person.email_key),
            given_by=asking.caller.maker,
            way=WAY,
            teams=sorted(person.teams & house.access.teams.keys()),
        )
        return msgspec.structs.replace(person, being=Being.MEMBER)

    async def _invite(self, asking: Asking, house: House, person: Person, email: str) -> Person:
        """What the directory says is saved with it, or neither."""
        organization, now, secret = asking.organization, self._clock.now(), new_secret()
        after = msgspec.structs.replace(person, user_id=None, being=Being.INVITED)
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            invitation = NewInvitation(
                given_role(person.role) or Role.ADMIN,
                email,
                first(person.teams),
                right_of=asking.caller.maker,
                directory_token=asking.caller.token,
            )
            made = await save(
                connection, now, organization, asking.by, invitation, digest(secret), self._said
            )
            await save_person(connection, organization, after)
            link = link_of(self._letters, secret)
            text = texts.invitation("", house.access.name, made.role, link, made.expires_at)
            await self._letters.put(connection, email, text)
        self._letters.put_in()
        return after

    async def _tell(self, house: House, person: Person, email: str) -> None:
        """That there is an account, and how to get into it."""
        text = texts.provisioned(
            house.access.name,
            (given_role(person.role) or Role.ADMIN).value,
            self._letters.url("/sign-in"),
            self._letters.url("/forgot-password"),
        )
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await self._letters.put(connection, email, text)
        self._letters.put_in()


def given_role(role: Role) -> Role | None:
    """Never an owner's: ownership is offered, and taken."""
    return None if role is Role.OWNER else role


def first(teams: frozenset[TeamId]) -> tuple[TeamId, ...]:
    return tuple(sorted(teams)[:TEAMS_INVITED_TO_MAX])
