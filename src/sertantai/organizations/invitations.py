"""Invitations: by e-mail to one address, or by a link to several people. A way in, and no right.

Whoever accepts is let in by the right of who invited them, as it is then: when an inviter has left, or may
not invite any more, what they have sent is worth nothing. Secrets are shown or sent once, and kept as hashes.
Nothing here looks for an account with an address that is invited.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.model import User
from sertantai.core.access_state import AccessState
from sertantai.core.clock import Clock
from sertantai.core.email_keys import email_key
from sertantai.core.errors import InvalidInput, NotFound, SertantaiError
from sertantai.core.ids import OwnerId
from sertantai.core.operations import Origin
from sertantai.core.rights import Right, Role
from sertantai.engine.engine import Engine
from sertantai.engine.errors import AccessEnded, MemberNotFound
from sertantai.organizations import invitations_sql as sql
from sertantai.organizations import letters as texts
from sertantai.organizations.errors import InvitationRefused
from sertantai.organizations.giving import require_may_be_given
from sertantai.organizations.going.returning import Returning
from sertantai.organizations.invitation_rows import (
    INVITATIONS_OPEN_MAX,
    LIFETIME,
    Invitation,
    NewInvitation,
    checked,
    invitation_of,
    is_backed,
    link_of,
    new_secret,
    require_room,
    save,
    spend,
    tell,
)
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.settings import WaysSaid
from sertantai.organizations.standing import Standing
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres import Role as DatabaseRole

TOKEN_CHARACTERS_MAX: Final = 200


class Offered(msgspec.Struct, frozen=True):
    """What somebody is invited to, before they accept."""

    organization_id: OwnerId
    organization: str
    invited_by: str
    role: str
    email: str | None
    expires_at: datetime


class Invitations:
    def __init__(
        self,
        database: Database,
        engine: Engine,
        organizations: Organizations,
        returning: Returning,
        letters: Letters,
        clock: Clock,
        said: WaysSaid,
    ) -> None:
        self._database = database
        self._engine = engine
        self._organizations = organizations
        self._returning = returning
        self._letters = letters
        self._clock = clock
        self._said = said

    # -------------------------------------------------------------------------------------- by members

    async def invite(
        self, standing: Standing, wanted: NewInvitation, own_address: str | None
    ) -> tuple[Invitation, str | None]:
        """The invitation, and of a link its secret, shown this once. An address that is invited already gets
        a new secret, and the old one is worth nothing any more.

        Raises `PermissionNeeded`, `InvalidInput`, `Conflict` and `RateLimited` for too many.
        """
        standing.require(Right.INVITE)
        require_may_be_given(standing, wanted.role, ())
        if wanted.teams:
            standing.require(Right.TEAMS)
        wanted = checked(wanted)
        if any(team not in standing.access.teams for team in wanted.teams):
            raise MemberNotFound
        if wanted.email is not None and email_key(wanted.email) == email_key(own_address or ""):
            raise InvalidInput("This is your own address.", field="email")
        token = new_secret()
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            made = await save(
                connection,
                self._clock.now(),
                standing.organization,
                standing.by,
                wanted,
                digest(token),
                self._said,
            )
            await self._write(connection, standing.access, standing.member.name, made, token)
        return made, self._sent(made, token)

    async def resend(self, standing: Standing, id: UUID) -> tuple[Invitation, str | None]:
        """With a new secret and a new end; the old secret is worth nothing any more."""
        standing.require(Right.INVITE)
        organization, now, token = standing.organization, self._clock.now(), new_secret()
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(sql.LOCK, organization)
            found = await connection.fetchrow(sql.FIND, organization, id, now)
            if found is None:
                raise _no_such_invitation()
            require_may_be_given(standing, Role(found["role"]), ())
            await require_room(connection, now, organization, found["email"], is_new=False)
            row = await connection.fetchrow(
                sql.RENEW, organization, id, digest(token), standing.actor, now, now + LIFETIME
            )
            if row is None:
                raise _no_such_invitation()
            made = invitation_of(row)
            await tell(self._said, standing.by, organization, invitation_of(found), made)
            await self._write(connection, standing.access, standing.member.name, made, token)
        return made, self._sent(made, token)

    async def pending(self, standing: Standing) -> list[Invitation]:
        """Those that are still good, the newest first."""
        standing.require(Right.INVITE)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(
                sql.LIST, standing.organization, self._clock.now(), INVITATIONS_OPEN_MAX
            )
        return [invitation_of(row) for row in rows]

    async def revoke(self, standing: Standing, id: UUID) -> None:
        standing.require(Right.INVITE)
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            ended = await connection.fetchrow(sql.REVOKE, standing.organization, id, self._clock.now())
            if ended is None:
                raise _no_such_invitation()
            await tell(self._said, standing.by, standing.organization, invitation_of(ended), None)

    # ----------------------------------------------------------------------------------- by the invited

    async def look_at(self, token: str) -> Offered:
        """Who invites to what; raises `InvitationRefused`. It is not used by that."""
        row, access = await self._found(token)
        inviter = access.members.get(row["invited_by"])
        return Offered(
            row["organization_id"],
            access.name,
            "" if inviter is None else inviter.name,
            row["role"],
            row["email"],
            row["expires_at"],
        )

    async def accept(self, by: Origin, user: User, token: str) -> OwnerId:
        """The organization that ``user`` is a member of now. A member stays what they are.

        Raises `InvitationRefused` for whatever is not, or no longer, good for them.
        """
        row, access = await self._found(token)
        organization: OwnerId = row["organization_id"]
        if row["email_key"] not in (None, email_key(user.email or "")) or not _is_within(
            row["domains"], user
        ):
            raise InvitationRefused
        if by.actor in access.members:
            return organization
        await self._organizations.require_room_for(by.actor)
        now = self._clock.now()
        if not await spend(self._database, self._engine, organization, token, now, by.actor):
            raise InvitationRefused
        try:
            await self._returning.accept(
                by,
                organization,
                Role(row["role"]),
                user.email,
                given_by=row["right_of"] or row["invited_by"],
                way="invitation" if row["email"] else "link",
                teams=row["teams"],
                as_before=row["as_before"],
            )
        except SertantaiError as error:
            await self._give_back(organization, row["id"])
            if isinstance(error, AccessEnded | NotFound):
                raise InvitationRefused from None
            raise
        return organization

    async def _found(self, token: str) -> tuple[Record, AccessState]:
        """An invitation that is good still, whose inviter may still invite."""
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise InvitationRefused
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND_BY_HASH, digest(token), self._clock.now())
        if row is None:
            raise InvitationRefused
        try:
            access = (await self._engine.state(row["organization_id"])).access
        except NotFound:
            access = None
        if access is None or access.ends_at is not None or not is_backed(row, access):
            raise InvitationRefused
        return row, access

    async def _give_back(self, organization: OwnerId, id: UUID) -> None:
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(sql.GIVE_BACK, organization, id)

    def url(self, token: str) -> str:
        return link_of(self._letters, token)

    # ------------------------------------------------------------------------------------- inside here

    async def _write(
        self, connection: Connection, access: AccessState, inviter: str, made: Invitation, token: str
    ) -> None:
        if made.email is not None:
            link = self.url(token)
            text = texts.invitation(
                inviter, access.name, made.role, link, made.expires_at, as_before=made.as_before
            )
            await self._letters.put(connection, made.email, text)

    def _sent(self, made: Invitation, token: str) -> str | None:
        """Of what goes by mail nobody but its recipient learns the secret."""
        if made.email is None:
            return token
        self._letters.put_in()
        return None


def _is_within(domains: Sequence[str], user: User) -> bool:
    """Only an address that is known to be theirs says where somebody is from."""
    if not domains:
        return True
    domain = (email_key(user.email or "") or "").rpartition("@")[2]
    return user.confirmed_at is not None and domain in domains


def _no_such_invitation() -> NotFound:
    return NotFound("This invitation does not exist, or is no longer open.", field="invitation")
