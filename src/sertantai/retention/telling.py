"""A shorter period: who administers the site, or owns the organization, is told two weeks before."""

from typing import ClassVar, Final

from sertantai.accounts.mail.letters import Letters
from sertantai.core.lasting.policies import Kept
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Database, Role
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.retention import sql
from sertantai.retention.letters import kept_shorter

TOLD_TOGETHER_MAX: Final = 100
RECIPIENTS_MAX: Final = 200

log = logger(__name__)


class PolicyNotices(RegularTurns):
    """Looks every ten minutes. The database lets a shorter period count by what is noted here."""

    task_name = "policy-notices"
    every_s: ClassVar[float] = 600.0

    def __init__(self, database: Database, post: Letters, events: SecurityEvents) -> None:
        self._database = database
        self._post = post
        self._events = events

    async def turn(self) -> None:
        await self.tell_all()

    async def tell_all(self) -> int:
        """How many policies were told of. Where nobody can be written to, event and log tell it."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            untold = await connection.fetch(sql.UNTOLD, TOLD_TOGETHER_MAX)
        for row in untold:
            key = (row["class"], row["organization_id"], row["action"], row["in_force_from"])
            kept = Kept(row["keep_months"], row["keep_days"])
            text = kept_shorter(
                row["class"],
                row["organization"],
                row["action"],
                kept,
                row["in_force_from"],
                self._post.url("/admin/retention"),
            )
            async with self._database.transaction(Role.ACCOUNTS) as connection:
                if await connection.fetchval(sql.TELL, *key) is None:
                    continue
                recipients = await connection.fetch(sql.TOLD, row["organization_id"], RECIPIENTS_MAX)
                for recipient in recipients:
                    await self._post.put(connection, recipient["email"], text)
            said = {"what": row["class"], "kept": str(kept), "from": row["in_force_from"].isoformat()}
            self._events.record(SecurityEventKind.RETENTION_SHORTENED, details=said)
            log.warning("retention_shortened", recipients=len(recipients), **said)
        if untold:
            self._post.put_in()
        return len(untold)
