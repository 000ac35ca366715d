"""Confirming an e-mail address with the link that was sent to it."""

from sertantai.accounts import sql
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.accounts.mail.links import MailLinks
from sertantai.core.clock import Clock
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Database, Role


class Confirmation:
    def __init__(self, database: Database, links: MailLinks, clock: Clock, events: SecurityEvents) -> None:
        self._database = database
        self._links = links
        self._clock = clock
        self._events = events

    async def look_at(self, link: str, ip: str | None = None) -> None:
        """Raise `LinkRefused` unless the link is still good. Programs that look into mails open links too."""
        await self._links.look_at(Purpose.CONFIRM_EMAIL, link, ip)

    async def confirm(self, link: str, ip: str | None) -> UserId:
        """The address is its user's; raises `LinkRefused`."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            user_id = await self._links.use(connection, Purpose.CONFIRM_EMAIL, link, ip)
            await connection.execute(sql.CONFIRM_EMAIL, user_id, self._clock.now())
        self._events.record(SecurityEventKind.EMAIL_CONFIRMED, user_id, ip)
        return user_id
