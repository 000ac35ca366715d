"""Who somebody of a provider is here: an account linked before, or a new one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sertantai.accounts import provider_sql as sql
from sertantai.accounts import sql as accounts_sql
from sertantai.accounts.errors import EmailTaken
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.model import USER_ROLE, User
from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.accounts.providers.id_tokens import Identity
from sertantai.accounts.reclaiming import reclaim_in
from sertantai.accounts.sessions.api_tokens import note_ended
from sertantai.accounts.store import user_of_row
from sertantai.core.clock import Clock
from sertantai.core.email_keys import email_spellings
from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id


class Identities:
    def __init__(
        self,
        database: Database,
        live: LiveSessions,
        clock: Clock,
        events: SecurityEvents,
        people: PeopleTold,
    ) -> None:
        self._database = database
        self._people = people
        self._live = live
        self._clock = clock
        self._events = events

    async def find(self, provider: UUID, identity: Identity) -> User | None:
        now = self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.FIND_USER, provider, identity.issuer, identity.subject, now)
        return None if row is None else user_of_row(row)

    async def make(self, provider: UUID, identity: Identity, email: str, ip: str | None) -> User:
        """A new account without a password, whose address the provider has confirmed. Raises `EmailTaken`."""
        id, now = UserId(new_id()), self._clock.now()
        try:
            async with self._database.transaction(Role.ACCOUNTS, id) as connection:
                row = await connection.fetchrow(
                    accounts_sql.INSERT_USER, id, email, None, USER_ROLE, now, now, email_spellings(email)
                )
                if row is None:
                    raise EmailTaken
                linked = await connection.fetchval(
                    sql.LINK, provider, identity.issuer, identity.subject, id, now
                )
                if linked is None:
                    raise EmailTaken  # the same person, at the same moment in another tab
                said: dict[str, Any] = {
                    "way": Way.PROVIDER,
                    "by": provider,
                    "email": email,
                    "role": USER_ROLE,
                    "made_at": now,
                }
                await self._people.tell(connection, What.MADE, id, **said)
        except Conflict:
            raise EmailTaken from None
        self._events.record(SecurityEventKind.SIGNED_UP, id, ip, _by(provider))
        return user_of_row(row)

    async def link(
        self, provider: UUID, issuer: str, subject: str, user: User, ip: str | None, *, by_mail: bool
    ) -> None:
        """The address is the user's: the provider has confirmed it, and its password or, ``by_mail``, its
        mailbox was shown. Linked to somebody already, it stays theirs.

        Whoever shows the mailbox alone need not be who set the password: see `reclaim_in`.
        """
        now = self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, user.user_id) as connection:
            linked = await connection.fetchval(sql.LINK, provider, issuer, subject, user.user_id, now)
            ended = await reclaim_in(connection, user.user_id, now) if by_mail else None
            if linked is not None:
                await connection.execute(accounts_sql.CONFIRM_EMAIL, user.user_id, now)
        if ended is not None:
            self._live.forget_user(user.user_id)
            note_ended(self._events, user.user_id, ended, ip)
        if linked is not None:
            details = {**_by(provider), "reclaimed": ended is not None}
            self._events.record(SecurityEventKind.IDENTITY_LINKED, user.user_id, ip, details)

    async def unlink_all(self, provider: UUID) -> None:
        """Of a provider that is another from now on."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(sql.UNLINK_ALL, provider)


def _by(provider: UUID) -> Mapping[str, Any]:
    return {"provider": str(provider)}
