"""Changing a password, and setting a new one with a link when the old one is forgotten."""

from collections.abc import Callable, Set

from sertantai.accounts import sql
from sertantai.accounts.errors import SignInDelayed, WrongPassword
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.mail import sql as mail_sql
from sertantai.accounts.mail import texts as mail_texts
from sertantai.accounts.mail.links import MailLinks
from sertantai.accounts.model import User
from sertantai.accounts.passwords.hash_forms import HashForms
from sertantai.accounts.passwords.hasher import PasswordHasher
from sertantai.accounts.passwords.hashes import Verdict
from sertantai.accounts.passwords.strength import require_good_password
from sertantai.accounts.sessions.api_tokens import end_all_in, note_ended
from sertantai.accounts.store import AccountStore, revoke_all_in
from sertantai.accounts.throttling.throttle import Key, KeyKind
from sertantai.accounts.throttling.throttling import Throttling
from sertantai.core.clock import Clock
from sertantai.core.email_keys import email_key
from sertantai.core.errors import NotFound, Unavailable
from sertantai.core.ids import SessionId, UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Database, Role


class PasswordChanges:
    """Both ways end sessions in the transaction that sets the password."""

    def __init__(
        self,
        database: Database,
        store: AccountStore,
        hasher: PasswordHasher,
        forms: HashForms,
        links: MailLinks,
        live: LiveSessions,
        throttling: Throttling,
        clock: Clock,
        events: SecurityEvents,
        common_passwords: Set[str],
        on_mail: Callable[[], None],
    ) -> None:
        self._database = database
        self._store = store
        self._hasher = hasher
        self._forms = forms
        self._links = links
        self._live = live
        self._throttling = throttling
        self._clock = clock
        self._events = events
        self._common = common_passwords
        self._on_mail = on_mail

    async def has_one(self, user_id: UserId) -> bool:
        """False for who signs in with a provider only."""
        async with self._database.transaction(Role.ACCOUNTS, user_id, readonly=True) as connection:
            return await connection.fetchval(sql.FIND_HASH, user_id) is not None

    async def require_password(self, user_id: UserId, password: str) -> None:
        """Prove again that it is its owner who sits there; raises `WrongPassword`, `SignInDelayed`."""
        async with self._database.transaction(Role.ACCOUNTS, user_id, readonly=True) as connection:
            stored = await connection.fetchval(sql.FIND_HASH, user_id)
        keys = (Key(KeyKind.KNOWN, user_id),)
        wait_s = await self._throttling.begin(keys)
        if wait_s > 0:
            raise SignInDelayed(wait_s)
        try:
            verdict = await self._hasher.check(password, stored, await self._forms.form())
        except Unavailable:
            self._throttling.undecided(keys)
            raise
        if verdict is Verdict.WRONG:
            await self._throttling.failed(keys)
            raise WrongPassword
        await self._throttling.succeeded(keys, "", None)

    async def change(
        self,
        user: User,
        current: str,
        new: str,
        keep: SessionId | None,
        ip: str | None,
        *,
        end_tokens: bool = False,
    ) -> None:
        """Set a new password; all other sessions end, with ``end_tokens`` the API tokens too.

        Raises `WrongPassword`, `PasswordRefused`.
        """
        form = await self._forms.form()
        require_good_password(
            new,
            email=user.email,
            common=self._common,
            field="new_password",
            bytes_max=form.password_bytes_max,
        )
        await self.require_password(user.user_id, current)
        new_hash = await self._hasher.hash(new, form)
        now = self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, user.user_id) as connection:
            await connection.execute(sql.SET_HASH, user.user_id, new_hash, now)
            await connection.execute(mail_sql.USE_ALL_LINKS, user.user_id, Purpose.RESET_PASSWORD, now)
            ended = await end_all_in(connection, user.user_id, now) if end_tokens else []
            await revoke_all_in(connection, user.user_id, now, keep)
            if user.email:
                await self._links.put(
                    connection, user, mail_texts.password_changed(self._links.url("/forgot-password"))
                )
        self._live.forget_user(user.user_id)
        self._on_mail()
        self._events.record(SecurityEventKind.PASSWORD_CHANGED, user.user_id, ip)
        note_ended(self._events, user.user_id, ended, ip)

    async def look_at(self, link: str, ip: str | None = None) -> None:
        """Raise `LinkRefused` unless the link is still good."""
        await self._links.look_at(Purpose.RESET_PASSWORD, link, ip)

    async def reset(self, link: str, new: str, ip: str | None) -> User:
        """Set a new password with a link; all sessions and API tokens end.

        Raises `LinkRefused`, `PasswordRefused`; a refused password leaves the link good.
        """
        user = await self._store.find_user(await self._links.look_at(Purpose.RESET_PASSWORD, link, ip))
        if user is None:
            raise NotFound("This account no longer exists.")
        form = await self._forms.form()
        require_good_password(new, email=user.email, common=self._common, bytes_max=form.password_bytes_max)
        new_hash = await self._hasher.hash(new, form)
        now = self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, user.user_id) as connection:
            await self._links.use(connection, Purpose.RESET_PASSWORD, link, ip)
            await connection.execute(sql.SET_HASH, user.user_id, new_hash, now)
            # The link came through the mailbox: that is all that confirming an address asks for.
            await connection.execute(sql.CONFIRM_EMAIL, user.user_id, now)
            await connection.execute(mail_sql.USE_ALL_LINKS, user.user_id, Purpose.RESET_PASSWORD, now)
            ended = await end_all_in(connection, user.user_id, now)
            await revoke_all_in(connection, user.user_id, now)
        self._live.forget_user(user.user_id)
        await self._throttling.forgive(email_key(user.email or "") or "")
        self._events.record(SecurityEventKind.PASSWORD_RESET, user.user_id, ip)
        note_ended(self._events, user.user_id, ended, ip)
        return user
