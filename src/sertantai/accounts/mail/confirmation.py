"""Confirming an e-mail address with the link that was sent to it."""

from collections.abc import Callable
from typing import Any

from sertantai.accounts import sql
from sertantai.accounts.errors import SignInToConfirm
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.accounts.mail.links import MailLinks
from sertantai.accounts.model import User
from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, RateLimited
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Database, Role

ASK_AGAIN_AFTER_S = 3600


class Confirmation:
    """``comes_first``: nobody signs in before. Else whoever made the account has it already, and need not be
    whose address it is: then the link confirms it for who is signed in to that account, and for nobody else.
    """

    def __init__(
        self,
        database: Database,
        links: MailLinks,
        clock: Clock,
        events: SecurityEvents,
        on_mail: Callable[[], None],
        people: PeopleTold,
        *,
        comes_first: bool,
    ) -> None:
        self._database = database
        self._links = links
        self._clock = clock
        self._events = events
        self._on_mail = on_mail
        self._people = people
        self._comes_first = comes_first

    def may_be_asked(self, user: User) -> bool:
        """Whether ``user`` has an address to confirm, and there is a mail server to do it by."""
        return user.email is not None and user.confirmed_at is None and self._links.has_server

    async def ask(self, user: User) -> None:
        """Send the link to the user's address. Raises `Conflict`, and `RateLimited` for too many."""
        if not self.may_be_asked(user):
            raise Conflict("There is no e-mail address to confirm.")
        if not await self._links.send(user, Purpose.CONFIRM_EMAIL):
            raise RateLimited(
                "Enough e-mails have been sent. Look into your mailbox.", retry_after_s=ASK_AGAIN_AFTER_S
            )
        self._on_mail()

    async def look_at(self, link: str, by: UserId | None, ip: str | None = None) -> None:
        """Raise `LinkRefused` unless the link is still good, `SignInToConfirm` unless it is for ``by``.

        Programs that look into mails open links too.
        """
        self._require(await self._links.look_at(Purpose.CONFIRM_EMAIL, link, ip), by)

    async def confirm(self, link: str, by: UserId | None, ip: str | None) -> UserId:
        """The address is its user's; raises as `look_at`, and then the link stays good."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            user_id = await self._links.use(connection, Purpose.CONFIRM_EMAIL, link, ip)
            self._require(user_id, by)
            await connection.execute(sql.CONFIRM_EMAIL, user_id, self._clock.now())
            said: dict[str, Any] = {"way": Way.THEMSELVES, "by": user_id}
            await self._people.tell(connection, What.CONFIRMED, user_id, **said)
        self._events.record(SecurityEventKind.EMAIL_CONFIRMED, user_id, ip)
        return user_id

    def _require(self, whose: UserId, by: UserId | None) -> None:
        if not self._comes_first and whose != by:
            raise SignInToConfirm(is_somebody=by is not None)
