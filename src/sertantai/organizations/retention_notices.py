"""A shorter time for which an organization's trail is kept: its owners are told, two weeks before it counts.

The database lets it count by what is noted here, so that nobody's trail is cut who was not told.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from sertantai.accounts.mail.letters import Letters
from sertantai.core.errors import NotFound
from sertantai.core.ids import OwnerId
from sertantai.core.lasting.retention import Period, Retention
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.organizations import letters, sql
from sertantai.organizations.shown import name_in
from sertantai.postgres import Database, Record
from sertantai.postgres import Role as DatabaseRole
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

TOGETHER_MAX: Final = 200

log = logger(__name__)


class RetentionNotices(RegularTurns):
    """Looks every ten minutes."""

    task_name = "retention-notices"
    every_s: ClassVar[float] = 600.0

    def __init__(self, database: Database, engine: Engine, post: Letters, settled: SettledTime) -> None:
        self._database = database
        self._engine = engine
        self._post = post
        self._settled = settled

    async def turn(self) -> None:
        if told := await self.tell_all():
            log.info("retention_told", organizations=told)

    async def tell_all(self) -> int:
        """Tell the owners of each organization whose shorter period nobody was told of; returns how many."""
        now = await self._settled.now()
        failures = Failures()
        told, after = 0, None
        while found := await self._untold(after):
            for row in found:
                after = OwnerId(row["organization_id"])
                work = self._tell(after, row["in_force_from"], now)
                told += (
                    await failures.sparing(work, log, "retention_not_told", organization=str(after)) is True
                )
        return told

    async def _untold(self, after: OwnerId | None) -> Sequence[Record]:
        async with self._database.transaction(DatabaseRole.SYNC, readonly=True) as connection:
            return await connection.fetch(sql.UNTOLD_RETENTION, after, self._engine.journal.id, TOGETHER_MAX)

    async def _tell(self, organization: OwnerId, in_force_from: datetime, now: datetime) -> bool:
        """Its log is asked: there it may have been called off since."""
        try:
            access = (await self._engine.state(organization)).access
        except (NotFound, KeptElsewhere):
            return False
        retention = None if access is None else access.retention
        period = _of(retention, in_force_from)
        if access is None or retention is None or period is None:
            return False
        owners = [id for id, one in access.members.items() if one.role is Role.OWNER and not one.suspended]
        text = letters.kept_shorter(
            access.name,
            name_in(access, period.by),
            period.months,
            period.in_force_from,
            self._post.url(f"/organizations/{access.slug}/settings"),
        )
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            if await connection.fetchval(sql.TELL_RETENTION, organization, in_force_from, now) is None:
                return False
            for row in await connection.fetch(sql.ADDRESSES, owners):
                if row["email"] is not None and not row["disabled"]:
                    await self._post.put(connection, row["email"], text)
        self._post.put_in()
        return True


def _of(retention: Retention | None, in_force_from: datetime) -> Period | None:
    if retention is None:
        return None
    periods = (retention.next, retention.now)
    return next((one for one in periods if one is not None and one.in_force_from == in_force_from), None)
