"""Links in mails: signed, for one purpose, good once, for a while, and only for the address they went to."""

from datetime import timedelta
from typing import Final, NoReturn
from urllib.parse import quote

from msgspec import Struct

from sertantai.accounts.errors import LinkRefused
from sertantai.accounts.keys.purpose_tokens import Purpose, PurposeToken, sign, verify
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.accounts.mail import sql
from sertantai.accounts.mail import texts as mail_texts
from sertantai.accounts.mail.outbox import put_mail
from sertantai.accounts.mail.texts import MailText
from sertantai.accounts.model import User
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Connection, Database, Role
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

log = logger(__name__)

LINKS_PER_HOUR_MAX: Final = 5
BY_HAND_PER_HOUR_MAX: Final = 1_000
"""Links that an operator makes on the host."""
AN_HOUR: Final = timedelta(hours=1)
LIFETIME_OF: Final = {Purpose.RESET_PASSWORD: AN_HOUR, Purpose.CONFIRM_EMAIL: timedelta(days=3)}
PATH_OF: Final = {Purpose.RESET_PASSWORD: "/reset-password", Purpose.CONFIRM_EMAIL: "/confirm-email"}
_TEXT_OF: Final = {
    Purpose.RESET_PASSWORD: mail_texts.reset_password,
    Purpose.CONFIRM_EMAIL: mail_texts.confirm_email,
}


class Post(Struct, frozen=True):
    """How mail leaves: ``public_url`` begins every link; without a mail server only its subject is kept."""

    public_url: str
    has_server: bool


class MailLinks:
    def __init__(
        self, database: Database, keys: SigningKeys, clock: Clock, events: SecurityEvents, post: Post
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._events = events
        self._post = post

    @property
    def has_server(self) -> bool:
        return self._post.has_server

    def url(self, path: str) -> str:
        return self._post.public_url.rstrip("/") + path

    async def send(self, user: User, purpose: Purpose) -> bool:
        """Write the mail with a new link; False: there were too many in the last hour."""
        async with self._database.transaction(Role.ACCOUNTS, user.user_id) as connection:
            link = await self._make(connection, user, purpose, LINKS_PER_HOUR_MAX)
            if link is None:
                return False
            await self.put(connection, user, _TEXT_OF[purpose](link, LIFETIME_OF[purpose]))
        return True

    async def by_hand(self, user: User, purpose: Purpose) -> str:
        """A new link for an operator on the host to hand over; no mail is written. Raises `Conflict`."""
        async with self._database.transaction(Role.ACCOUNTS, user.user_id) as connection:
            link = await self._make(connection, user, purpose, BY_HAND_PER_HOUR_MAX)
        if link is None:
            raise Conflict("Too many links have been sent for this account in the last hour.")
        return link

    async def _make(self, connection: Connection, user: User, purpose: Purpose, most: int) -> str | None:
        """A new link, unless there were ``most`` of them in the last hour."""
        assert user.email is not None
        now = self._clock.now()
        token = PurposeToken(purpose, user.user_id, new_id(), now + LIFETIME_OF[purpose])
        added = await connection.fetchrow(
            sql.INSERT_LINK,
            token.token_id,
            user.user_id,
            purpose,
            user.email,
            now,
            token.expires_at,
            now - AN_HOUR,
            most,
        )
        if added is None:
            return None
        return self.url(f"{PATH_OF[purpose]}?token={quote(sign(self._keys, token))}")

    async def write(self, user: User, text: MailText) -> None:
        """Write a mail without a link of its own."""
        async with self._database.transaction(Role.ACCOUNTS, user.user_id) as connection:
            await self.put(connection, user, text)

    async def put(self, connection: Connection, user: User, text: MailText) -> None:
        """The same, as part of a transaction."""
        assert user.email is not None
        await self.put_to(connection, user.email, text, user.user_id)

    async def put_to(
        self, connection: Connection, recipient: str, text: MailText, user_id: UserId | None = None
    ) -> None:
        """The same, to an address that may be nobody's."""
        await put_mail(connection, user_id, recipient, text, self._clock.now(), is_sent=self.has_server)
        if not self.has_server:
            # Never its text: a link in it is as good as a password, and logs have many readers.
            log.info("mail_not_sent_without_server", recipient=recipient, subject=text.subject)

    async def look_at(self, purpose: Purpose, text: str, ip: str | None = None) -> UserId:
        """Whose link it is, if it is still good; raises `LinkRefused`. Using it is another step."""
        token = self._verified(purpose, text, ip)
        user_id = UserId(token.subject)
        async with self._database.transaction(Role.ACCOUNTS, user_id, readonly=True) as connection:
            found = await connection.fetchrow(
                sql.FIND_LINK, token.token_id, user_id, purpose, self._clock.now()
            )
        if found is None:
            self._refuse(user_id, ip)
        return user_id

    async def use(self, connection: Connection, purpose: Purpose, text: str, ip: str | None = None) -> UserId:
        """Part of a transaction: the link is good once, and this is the time; raises `LinkRefused`."""
        token = self._verified(purpose, text, ip)
        user_id = UserId(token.subject)
        used = await connection.fetchrow(sql.USE_LINK, token.token_id, user_id, purpose, self._clock.now())
        if used is None:
            self._refuse(user_id, ip)
        return user_id

    def _verified(self, purpose: Purpose, text: str, ip: str | None) -> PurposeToken:
        token = verify(self._keys, purpose, text, self._clock.now())
        if token is None:
            self._refuse(None, ip)
        return token

    def _refuse(self, user_id: UserId | None, ip: str | None) -> NoReturn:
        self._events.record(SecurityEventKind.LINK_REFUSED, user_id, ip)
        raise LinkRefused
