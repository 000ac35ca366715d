"""Coming into an organization by the domain of one's address, which must be known to be one's own."""

from typing import Final

import msgspec

from sertantai.accounts.model import Session, User
from sertantai.core.access_state import AccessState
from sertantai.core.errors import NotFound, SertantaiError
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.organizations import domains_sql as sql
from sertantai.organizations.display_names import name_of_address
from sertantai.organizations.domain_names import domain_of
from sertantai.organizations.domains import Mode
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.memberships import settled
from sertantai.organizations.organizations import Organizations
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.logs import logger

WAY: Final = "domain"

log = logger(__name__)


class Joinable(msgspec.Struct, frozen=True):
    """An organization that somebody may join: nothing of what is in it but its name."""

    id: OwnerId
    slug: str
    name: str
    mode: Mode


class Joining:
    def __init__(self, database: Database, engine: Engine, organizations: Organizations) -> None:
        self._database = database
        self._engine = engine
        self._organizations = organizations

    async def offered(self, user: User) -> list[Joinable]:
        """Those that ``user`` may join and is no member of. An address that nobody confirmed says nothing of
        where somebody is from."""
        domain = domain_of(user.email or "")
        if user.confirmed_at is None or user.is_disabled or not domain:
            return []
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.TO_JOIN, domain, user.user_id, None)
        found = [await self._joinable(row["organization_id"], user.user_id, row["mode"]) for row in rows]
        return [one for one in found if one is not None]

    async def join(self, by: Origin, user: User, reference: str) -> OwnerId:
        """Raises `OrganizationNotFound` for whatever is not offered."""
        for one in await self.offered(user):
            if reference in (one.slug, str(one.id)):
                await self._admit(by, user, one.id)
                return one.id
        raise OrganizationNotFound

    async def at_sign_in(self, user: User, session: Session) -> None:
        """Let ``user`` into what admits by itself. Whatever fails here keeps nobody from signing in."""
        by = Origin(user.user_id, str(session.session_id), session.ip, session.user_agent)
        try:
            for one in await self.offered(user):
                if one.mode is Mode.ADMIT:
                    await self._admit(by, user, one.id)
        except SertantaiError as error:
            log.warning("not_joined_by_domain", user_id=str(user.user_id), reason=error.message)

    async def _admit(self, by: Origin, user: User, organization: OwnerId) -> None:
        """Raises `OrganizationNotFound` for who was removed a moment ago, also where PostgreSQL learns of it
        only now."""
        await settled(self._engine, organization)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            email = user.email or ""
            if not await connection.fetch(sql.TO_JOIN, domain_of(email), user.user_id, organization):
                raise OrganizationNotFound
        await self._organizations.require_room_for(by.actor)
        await self._organizations.admit(
            organization,
            by,
            user.user_id,
            role=Role.MEMBER,
            name=name_of_address(user.email or ""),
            given_by=UserId(organization),
            way=WAY,
        )

    async def _joinable(self, organization: OwnerId, person: UserId, mode: str) -> Joinable | None:
        access = await self._access(organization)
        if access is None or access.ends_at is not None or person in access.members or not access.members:
            return None
        return Joinable(organization, access.slug, access.name, Mode(mode))

    async def _access(self, organization: OwnerId) -> AccessState | None:
        try:
            return (await self._engine.state(organization)).access
        except NotFound:
            return None
