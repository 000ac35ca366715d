"""For how long what is kept: as the settings, organizations and single policies say."""

from datetime import datetime
from uuid import UUID

import msgspec

from sertantai.audit.months_sql import SET_POLICY
from sertantai.core.errors import NotFound
from sertantai.core.ids import UserId, parse_uuid
from sertantai.core.lasting.policies import Kept
from sertantai.postgres import Database, Role
from sertantai.process.logs import logger
from sertantai.retention import sql
from sertantai.retention.asked import SinglePolicy, single_policy
from sertantai.retention.notices import Tell, tell_nobody

log = logger(__name__)


class Policy(msgspec.Struct, frozen=True):
    """``in_force_from`` None: it counts now; else it waits. ``organization``: what it is called."""

    about: str
    organization_id: UUID | None
    organization: str | None
    action: str | None
    kept: Kept
    in_force_from: datetime | None
    reason: str


class Policies:
    def __init__(self, database: Database, tell: Tell = tell_nobody) -> None:
        self._database = database
        self._tell = tell

    async def all(self) -> list[Policy]:
        """What counts now, and what waits, with what it is about."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(sql.POLICIES)
        return [
            Policy(
                row["class"],
                row["organization_id"],
                row["organization"],
                row["action"],
                Kept(row["keep_months"], row["keep_days"]),
                row["in_force_from"],
                row["reason"],
            )
            for row in rows
            if not (row["keep_months"] == 0 and row["in_force_from"] is None)
        ]

    async def set(self, policy: SinglePolicy, by: UserId | None) -> datetime | None:
        """From when on it is in force; None: that was asked before."""
        async with self._database.transaction(Role.SYNC) as connection:
            found: datetime | None = await connection.fetchval(
                SET_POLICY,
                policy.about,
                policy.organization,
                policy.action,
                policy.kept.months,
                policy.kept.days,
                by,
                policy.reason,
            )
            if found is not None:
                await self._tell.policy(connection, policy, found, by)
        if found is not None:
            log.info("retention_policy_set", about=policy.about, kept=str(policy.kept), from_=str(found))
        return found

    async def asked(
        self,
        about: str,
        organization: str | None,
        action: str | None,
        months: int | None,
        *,
        for_ever: bool,
        reason: str,
    ) -> SinglePolicy:
        """``organization``: its slug or its id. Raises `InvalidInput`, `NotFound`."""
        id = await self._organization(organization) if organization else None
        return single_policy(about, id, action or None, months, for_ever=for_ever, reason=reason)

    async def _organization(self, text: str) -> UUID:
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            found = await connection.fetchval(sql.ID_OF["organization"], text)
            if found is None:
                id = parse_uuid(text, "organization")
                found = id if await connection.fetchval(sql.IS_KNOWN["organization"], id) else None
        if found is None:
            raise NotFound("There is no such organisation.")
        return UUID(int=found.int)
