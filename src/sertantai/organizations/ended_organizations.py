"""The end of an organization: its owners are told of it in time, and after its last day it goes.

Its lists go with it, as a guest's do; what was done in it stays in the trail.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from sertantai.accounts.mail.letters import Letters
from sertantai.core.access_state import AccessState
from sertantai.core.errors import NotFound
from sertantai.core.ids import OwnerId
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.organizations import letters, sql
from sertantai.organizations.memberships import Memberships
from sertantai.postgres import Database, Record
from sertantai.postgres import Role as DatabaseRole
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

TOLD_DAYS_BEFORE: Final = (1, 7, 30)
TOGETHER_MAX: Final = 200
LATER: Final = timedelta(minutes=5)
"""What was on its way on the last day has arrived by then."""
SYNC_WAIT_S: Final = 30.0
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

log = logger(__name__)


class EndedOrganizations(RegularTurns):
    """Looks every ten minutes."""

    task_name = "ended-organizations"
    every_s: ClassVar[float] = 600.0

    def __init__(
        self,
        database: Database,
        engine: Engine,
        memberships: Memberships,
        post: Letters,
        settled: SettledTime,
    ) -> None:
        self._database = database
        self._engine = engine
        self._memberships = memberships
        self._post = post
        self._settled = settled

    async def turn(self) -> None:
        if ended := await self.sweep():
            log.info("organizations_ended", organizations=ended)

    async def sweep(self) -> int:
        """Tell the owners of those that will end, and end those whose last day is over; returns how many."""
        now = await self._settled.now()
        failures = Failures()
        ended, after = 0, (BEGINNING, UUID(int=0))
        while found := await self._ending(after):
            for row in found:
                after = (row["ends_at"], row["id"])
                organization = OwnerId(UUID(int=row["id"].int))
                said = {"organization": str(organization)}
                work = self._look_at(organization, now)
                ended += await failures.sparing(work, log, "organization_not_ended", **said) is True
        return ended

    async def _ending(self, after: tuple[datetime, UUID]) -> Sequence[Record]:
        async with self._database.transaction(DatabaseRole.SYNC, readonly=True) as connection:
            return await connection.fetch(sql.ENDING, *after, TOGETHER_MAX, self._engine.journal.id)

    async def _look_at(self, organization: OwnerId, now: datetime) -> bool:
        """Whether it has ended. Its log is asked: there it may have been called off since."""
        try:
            hot = await self._engine.hot_owner(organization)
        except (NotFound, KeptElsewhere):
            return False
        access = hot.state.access
        if access is None or access.ends_at is None:
            return False
        if access.ends_at > now:
            await self._tell(organization, access, access.ends_at, now)
        if access.ends_at > now - LATER:
            return False
        # Nothing that was done in it is missing in the trail.
        await self._engine.reached(hot.last, SYNC_WAIT_S)
        return hot.state.access == access and await self._end(organization, now)

    async def _tell(
        self, organization: OwnerId, access: AccessState, ends_at: datetime, now: datetime
    ) -> None:
        due = next((days for days in TOLD_DAYS_BEFORE if ends_at - now <= timedelta(days=days)), None)
        if due is None:
            return
        owners = [id for id, one in access.members.items() if one.role is Role.OWNER and not one.suspended]
        text = letters.ending(access.name, ends_at, self._post.url(f"/organizations/{access.slug}"))
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            if await connection.fetchval(sql.TELL, organization, ends_at, due, now) is None:
                return
            for row in await connection.fetch(sql.ADDRESSES, owners):
                if row["email"] is not None and not row["disabled"]:
                    await self._post.put(connection, row["email"], text)
        self._post.put_in()

    async def _end(self, organization: OwnerId, now: datetime) -> bool:
        async with self._database.transaction(DatabaseRole.ACCOUNTS, organization) as connection:
            gone = await connection.fetchval(sql.DELETE_ENDED, organization, now - LATER)
        if gone is None:
            return False
        await self._engine.forget(organization)
        self._memberships.forget(organization)
        log.info("organization_ended", organization=str(organization))
        return True
