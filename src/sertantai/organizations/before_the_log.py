"""What PostgreSQL is asked before the log is: for the row of an organization, with its first name and slug,
which is there before it; and whether the owners that it knows can sign in.
"""

from typing import Final

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.operations import AccessOperation, ChangeMember, Expel
from sertantai.core.rights import Role
from sertantai.core.sealing.entries import microseconds
from sertantai.engine.engine import Engine
from sertantai.organizations import sql
from sertantai.organizations.errors import OwnersShut, SlugTaken
from sertantai.organizations.slugs import parse_slug, slug_of
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.new_ids import new_id
from sertantai.sealing.notices import Kind, Notices

SLUGS_TRIED: Final = 20


class BeforeTheLog:
    def __init__(
        self, database: Database, engine: Engine, clock: Clock, notices: Notices | None = None
    ) -> None:
        """``notices``: of the log that is told when an organization was made."""
        self._notices = notices
        self._database = database
        self._engine = engine
        self._clock = clock

    async def principal(self, founder: UserId, name: str, slug: str | None) -> OwnerId:
        if slug is not None:
            return await self._insert(founder, name, parse_slug(slug))
        first = slug_of(name) or "organization"
        for number in range(1, SLUGS_TRIED):
            tried = first if number == 1 else f"{first}-{number}"
            try:
                return await self._insert(founder, name, parse_slug(tried))
            except (SlugTaken, InvalidInput):
                continue
        return await self._insert(founder, name, f"{first[:40]}-{new_id().hex[-8:]}")

    async def _insert(self, founder: UserId, name: str, slug: str) -> OwnerId:
        id, now = OwnerId(new_id()), self._clock.now()
        try:
            async with self._database.transaction(DatabaseRole.ACCOUNTS, founder) as connection:
                await connection.execute(sql.INSERT_PRINCIPAL, id, now)
                await connection.execute(sql.INSERT_ORGANIZATION, id, name, slug, founder, now)
                if self._notices is not None:
                    body = {"what": "organization_made", "made_at": microseconds(now)}
                    await self._notices.tell(connection, Kind.PERSON, subject=id, by=founder, body=body)
        except Conflict:
            return await self._unfinished(founder, slug)
        return id

    async def _unfinished(self, founder: UserId, slug: str) -> OwnerId:
        """One whose making was broken off goes on; any other has the slug."""
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            found = await connection.fetchval(sql.UNFINISHED, slug, founder)
        access = None if found is None else (await self._engine.state(OwnerId(found))).access
        if found is None or (access is not None and access.members):  # PostgreSQL may not know of them yet
            raise SlugTaken(slug)
        return OwnerId(found)

    async def take_slug(self, organization: OwnerId, slug: str) -> None:
        """Before it is said in the log: who has it is decided by PostgreSQL, for all organizations."""
        try:
            async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
                await connection.execute(sql.RENAME_SLUG, organization, slug)
        except Conflict:
            raise SlugTaken(slug) from None

    async def require_able_owner(self, operation: AccessOperation) -> None:
        """Before an owner goes, or is none any more: that another owner is left whose account is open.

        An owner whose own account is shut takes nothing away. Where there is no other owner at all the fold
        refuses it. Raises `OwnersShut`; `DatabaseUnavailable` where an owner is to go and it cannot be asked.
        """
        member = _taken_away(operation)
        access = None if member is None else (await self._engine.state(operation.owner)).access
        if member is None or access is None:
            return
        owners = [id for id, one in access.members.items() if one.role is Role.OWNER and not one.suspended]
        if member not in owners or len(owners) == 1:
            return
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            able = {UserId(id) for id in await connection.fetchval(sql.OPEN_ACCOUNTS, owners)}
        if able == {member}:
            raise OwnersShut


def _taken_away(operation: AccessOperation) -> UserId | None:
    """Who can do less by it than everything."""
    match operation:
        case Expel(member=member) | ChangeMember(member=member, suspended=True):
            return member
        case ChangeMember(member=member, role=role) if role not in (None, Role.OWNER):
            return member
        case _:
            return None
