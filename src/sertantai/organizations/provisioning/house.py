"""An organization as its directory finds it: read anew for each request, changed by one request at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.email_keys import email_key
from sertantai.core.ids import OwnerId, TeamId, UserId
from sertantai.core.operations import ChangeMember, Expel, JoinTeam, Origin, SetTeam
from sertantai.engine.engine import Engine
from sertantai.http.turns import sliced
from sertantai.organizations import sql as organization_sql
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.memberships import settled
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.provisioning import sql
from sertantai.organizations.provisioning.people import Leavings, Person, of_member, of_row
from sertantai.organizations.provisioning.tokens import DirectoryCaller
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database, Record
from sertantai.postgres import Role as DatabaseRole


class House(msgspec.Struct, frozen=True, dict=True):
    """``people``: by the ids that the directory knows. ``maker``: who has made its token, as they stand
    there."""

    access: AccessState
    people: Mapping[UUID, Person]
    maker: Standing

    @cached_property
    def by_team(self) -> Mapping[TeamId, Sequence[Person]]:
        """Who is in each, by their ids."""
        found: dict[TeamId, list[Person]] = {}
        for one in sorted(self.people.values(), key=lambda one: one.id):
            for team in one.teams:
                found.setdefault(team, []).append(one)
        return found


class Asking(msgspec.Struct, frozen=True):
    """A directory that asks, and from where: what it does the organization does itself, by the right of who
    has made the directory's token."""

    caller: DirectoryCaller
    ip: str | None = None
    user_agent: str | None = None

    @property
    def organization(self) -> OwnerId:
        return self.caller.organization

    @property
    def by(self) -> Origin:
        return Origin(UserId(self.caller.organization), None, self.ip, self.user_agent, "system")


class Houses:
    def __init__(self, database: Database, engine: Engine, organizations: Organizations) -> None:
        self._database = database
        self._engine = engine
        self._organizations = organizations
        self._turns: WeakValueDictionary[OwnerId, asyncio.Lock] = WeakValueDictionary()

    async def now(self, asking: Asking) -> House:
        """Raises `DatabaseUnavailable` rather than show less; `DirectoryTokenRefused`."""
        organization = asking.organization
        state = await self._engine.state(organization)
        access = state.access
        if access is None:
            raise OrganizationNotFound
        asking.caller.require_good(access)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.USERS, organization)
            found = await connection.fetch(organization_sql.ADDRESSES, list(access.members))
            left = _leavings(await connection.fetch(sql.LEAVINGS, organization))
        addresses = {UserId(row["id"]): row["email"] async for row in sliced(found) if row["email"]}
        come = {key: id async for id, email in sliced(addresses.items()) if (key := email_key(email))}
        kept = [of_row(row, access, come, left) async for row in sliced(rows)]
        known = {one.user_id for one in kept}
        new = [
            of_member(id, member, addresses[id])
            async for id, member in sliced(access.members.items())
            if id not in known and id in addresses
        ]
        maker = Standing(msgspec.structs.replace(asking.by, actor=asking.caller.maker), state)
        return House(access, {one.id: one for one in (*kept, *new)}, maker)

    @asynccontextmanager
    async def turn(self, asking: Asking) -> AsyncIterator[House]:
        """One after the other: what was looked at is so until it is done."""
        organization = asking.organization
        lock = self._turns.get(organization)
        if lock is None:
            lock = self._turns[organization] = asyncio.Lock()
        async with lock:
            # Who has gone is asked of PostgreSQL: it must know of all who have.
            await settled(self._engine, organization)
            yield await self.now(asking)

    async def perform(
        self,
        asking: Asking,
        kind: type[ChangeMember] | type[Expel] | type[SetTeam] | type[JoinTeam],
        **fields: Any,
    ) -> None:
        """By the right of the token's maker, which the fold asks for at the operation's own place."""
        maker = asking.caller.maker
        await self._organizations.perform(kind, asking.by, asking.organization, right_of=maker, **fields)


def _leavings(rows: Sequence[Record]) -> Leavings:
    of_address = {key: row["left_at"] for row in rows if (key := email_key(row["email"] or ""))}
    return Leavings({UserId(row["user_id"]): row["left_at"] for row in rows}, of_address)
