"""Saved reports, sent by mail when they are due: who gets one, and what they see in it, is asked then."""

from datetime import datetime, timedelta
from typing import ClassVar, Final
from urllib.parse import urlencode

from sertantai.accounts.mail.letters import Letters
from sertantai.core.errors import NotFound, PermissionNeeded, SertantaiError
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.lists.access import Access, Asking, Lists
from sertantai.postgres import Database, Role, asks_as
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.reporting import saved_sql as sql
from sertantai.reporting.asked import asked_of
from sertantai.reporting.questions import question_named
from sertantai.reporting.report import Shown
from sertantai.reporting.report_mail import report_mail
from sertantai.reporting.reports import Reports
from sertantai.reporting.saved import SavedReport, saved_in
from sertantai.reporting.schedules import next_after
from sertantai.reporting.sight import Sight

TAKEN_FOR: Final = timedelta(minutes=10)
AGAIN_AFTER: Final = timedelta(hours=1)
ERROR_CHARACTERS_MAX: Final = 500
SOURCE: Final = "system"

log = logger(__name__)


class ReportsSent(RegularTurns):
    """Looks every minute, at most one mail a recipient and turn of its schedule."""

    task_name = "reports-sent"
    every_s: ClassVar[float] = 60.0

    def __init__(
        self, database: Database, access: Access, reports: Reports, post: Letters, events: SecurityEvents
    ) -> None:
        self._database = database
        self._access = access
        self._reporting, self._sights = reports.reporting, reports.sights
        self._post = post
        self._events = events

    async def turn(self) -> None:
        while (report := await self._due()) is not None:
            await self.send(report)

    async def _due(self) -> SavedReport | None:
        now = self._reporting.clock.now()
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.TAKE_DUE, now, now + TAKEN_FOR)
        return None if row is None else saved_in(row)

    async def send(self, report: SavedReport) -> int:
        """To each recipient who may see it; returns to how many. What fails is an event, and tried again in
        an hour, until it is due the next time."""
        now = self._reporting.clock.now()
        due = next_after(report.schedule, now, report.days)
        try:
            texts = {
                person: report_mail(report.name, found, self._link(report, found))
                for person in report.recipients
                if (found := await self._found(report, person, now)) is not None
            }
            async with self._database.transaction(Role.ACCOUNTS) as connection:
                await connection.execute(sql.SENT, report.owner, report.id, due, now)
                rows = await connection.fetch(sql.ADDRESSES_OF, list(texts))
                for row in rows:
                    await self._post.put(connection, row["email"], texts[UserId(row["id"])])
                body = {"what": "report_sent", "question": report.question, "recipients": len(rows)}
                await self._reporting.told(connection, report.owner, body, report.owner)
        except SertantaiError as error:
            await self._failed(report, error.message, min(filter(None, (due, now + AGAIN_AFTER))))
            return 0
        self._post.put_in()
        return len(rows)

    async def _found(self, report: SavedReport, person: UserId, now: datetime) -> Shown | None:
        """What that person sees; None: nothing is to be known of it to them by now."""
        token = asks_as.set(person)
        try:
            organization, given = report.given
            if not organization and person != report.owner:
                return None  # one's own lists are nobody else's
            sight = await self._sight(person, organization)
            asked = asked_of(question_named(report.question), given, now, report.days)
            return await self._reporting.report(sight, asked).shown()
        except (NotFound, PermissionNeeded):
            return None
        finally:
            asks_as.reset(token)

    async def _sight(self, person: UserId, organization: str) -> Sight:
        asking = Asking(Origin(person, source=SOURCE))

        async def now() -> Lists:
            return await self._access.lists_in(asking, organization)

        if organization:
            return await self._sights.member(now)
        return self._sights.own(await self._access.lists_of(asking), "I")

    def _link(self, report: SavedReport, found: Shown) -> str:
        """With the days that it is about, so that it shows the same later."""
        organization, parameters = report.given
        given = {name: value for name, value in parameters.items() if name != "period"}
        if organization:
            given["organization"] = organization
        if found.ending.since is not None:
            zone = report.days
            given["since"] = found.ending.since.astimezone(zone).isoformat()
            given["until"] = found.ending.until.astimezone(zone).isoformat()
        given["zone"] = report.zone
        return self._post.url(f"/audit/reports/{report.question}?{urlencode(given)}")

    async def _failed(self, report: SavedReport, reason: str, again_at: datetime) -> None:
        log.warning("report_not_sent", report=str(report.id), reason=reason)
        self._events.record(
            SecurityEventKind.REPORT_NOT_SENT, report.owner, details={"report": report.name, "reason": reason}
        )
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            said = reason[:ERROR_CHARACTERS_MAX]
            await connection.execute(sql.NOT_SENT, report.owner, report.id, again_at, said)
