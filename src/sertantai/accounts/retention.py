"""Takes away what is of no use any more: sessions, links and tokens long ended, mail of last week."""

from datetime import timedelta
from typing import ClassVar, Final

import msgspec

from sertantai.accounts import provider_sql, sql
from sertantai.accounts.mail import sql as mail_sql
from sertantai.accounts.mail.outbox import KEPT as MAIL_KEPT
from sertantai.accounts.old_rows import remove_old
from sertantai.accounts.sessions import api_token_sql
from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.process.settings import Settings

log = logger(__name__)

SESSIONS_KEPT: Final = timedelta(days=30)
LINKS_KEPT: Final = timedelta(days=7)
TOKENS_KEPT: Final = timedelta(days=30)
BEGUN_KEPT: Final = timedelta(hours=1)


class Kept(msgspec.Struct, frozen=True):
    """How long each is kept after its end; nothing of it is evidence."""

    sessions: timedelta = SESSIONS_KEPT
    links: timedelta = LINKS_KEPT
    mail: timedelta = MAIL_KEPT
    tokens: timedelta = TOKENS_KEPT


def kept_by(settings: Settings) -> Kept:
    return Kept(
        timedelta(days=settings.sessions_kept_days),
        timedelta(days=settings.links_kept_days),
        timedelta(days=settings.mail_kept_days),
        timedelta(days=settings.api_tokens_kept_days),
    )


class Retention(RegularTurns):
    """Background service."""

    task_name = "accounts-retention"
    every_s: ClassVar[float] = 6 * 3600.0

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settled: SettledTime | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._database = database
        kept = kept or Kept()
        self._old = (
            ("sessions", sql.DELETE_OLD_SESSIONS, kept.sessions),
            ("links", mail_sql.DELETE_OLD_LINKS, kept.links),
            ("mails", mail_sql.DELETE_OLD_MAIL, kept.mail),
            ("provider sign-ins", provider_sql.DELETE_OLD, BEGUN_KEPT),
            ("api tokens", api_token_sql.DELETE_OLD, kept.tokens),
        )
        self._settled = settled or SettledTime(database, clock)

    async def turn(self) -> None:
        await self.sweep()

    async def sweep(self) -> int:
        """One turn; how many rows went. What fails is raised when the rest is done."""
        now = await self._settled.now()
        removed, failed = 0, None
        for what, statement, kept in self._old:
            try:
                rows = await remove_old(self._database, statement, now - kept)
            except SertantaiError as error:
                log.warning("old_rows_not_removed", what=what, reason=error.message)
                failed = error
                continue
            removed += rows
            if rows:
                log.info("old_rows_removed", what=what, rows=rows, days_kept=kept.days)
        if failed is not None:
            raise failed
        return removed
