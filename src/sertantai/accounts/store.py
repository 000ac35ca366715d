"""Users and sessions in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from msgspec import Struct

from sertantai.accounts import guest_sql, sql
from sertantai.accounts.caller import ALL_SCOPES
from sertantai.accounts.errors import EmailTaken
from sertantai.accounts.live_sessions import LiveSession
from sertantai.accounts.model import Session, SessionKind, User
from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.core.email_keys import email_spellings
from sertantai.core.errors import Conflict
from sertantai.core.ids import SessionId, UserId
from sertantai.postgres import Connection, Database, Role, plain_uuid
from sertantai.process.asked_together import AskedTogether

SESSIONS_SHOWN_MAX: Final = 200
SAME_MAILBOX_MAX: Final = 4
TOUCHED_TOGETHER: Final = 100
BEFORE_ALL: Final = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


class Row(Protocol):
    """A row of an answer, by column."""

    def __getitem__(self, column: str) -> Any: ...


class Account(Struct, frozen=True):
    """A user, and what proves that somebody is them; None: they have no password."""

    user: User
    password_hash: str | None


class AccountStore:
    """What is kept about users and sessions. Every change of a session tells all servers (NOTIFY)."""

    def __init__(self, database: Database, people: PeopleTold) -> None:
        self._database = database
        self._people = people
        # A transaction for each would take everybody who comes back after a restart some seconds in all.
        self._bearers = AskedTogether(self._touch_bearers, keys_max=TOUCHED_TOGETHER)
        self._cookies = AskedTogether(self._touch_cookies, keys_max=TOUCHED_TOGETHER)

    async def add_user(
        self,
        user_id: UserId,
        email: str,
        password_hash: str | None,
        role: str,
        confirmed_at: datetime | None,
        now: datetime,
        way: Way,
    ) -> User:
        """``way``: by whom it is made. Raises `EmailTaken`."""
        try:
            async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
                row = await connection.fetchrow(
                    sql.INSERT_USER,
                    user_id,
                    email,
                    password_hash,
                    role,
                    confirmed_at,
                    now,
                    email_spellings(email),
                )
                if row is None:
                    raise EmailTaken  # in the other spelling of its domain
                by = user_id if way is Way.THEMSELVES else None
                said: dict[str, Any] = {"way": way, "by": by, "email": row["email"], "role": row["role"]}
                await self._people.tell(connection, What.MADE, user_id, made_at=row["created_at"], **said)
        except Conflict:
            raise EmailTaken from None
        return user_of_row(row)

    async def add_guest(self, guest: User, expires_at: datetime) -> None:
        """Add a user without address and password, and until when it is kept."""
        async with self._database.transaction(Role.ACCOUNTS, guest.user_id) as connection:
            now = guest.created_at
            await connection.execute(sql.INSERT_USER, guest.user_id, None, None, guest.role, None, now, [])
            await connection.execute(guest_sql.INSERT_GUEST, guest.user_id, now, expires_at)
            said: dict[str, Any] = {"way": Way.GUEST, "by": guest.user_id, "role": guest.role}
            await self._people.tell(connection, What.MADE, guest.user_id, made_at=now, **said)

    async def find_by_email(self, email: str) -> list[Account]:
        """Who has that address, however it is spelled here or there; the one of the same spelling first."""
        spellings = email_spellings(email)
        if not spellings:
            return []
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.FIND_BY_EMAIL, spellings, SAME_MAILBOX_MAX)
        return [Account(user_of_row(row), row["hashed_password"]) for row in rows]

    async def find_user(self, user_id: UserId) -> User | None:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND_USER, user_id)
        return user_of_row(row) if row else None

    async def list_users(self, after: User | None, limit: int) -> list[User]:
        """Users with an address, in the order they came."""
        start = (after.created_at, after.user_id) if after else BEFORE_ALL
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.LIST_USERS, *start, limit)
        return [user_of_row(row) for row in rows]

    async def upgrade_password(self, user_id: UserId, old_hash: str, new_hash: str, now: datetime) -> None:
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            await connection.execute(sql.UPGRADE_HASH, user_id, old_hash, new_hash, now)

    async def add_session(self, session: Session, token_hash: bytes | None, sessions_max: int) -> None:
        """Add it; revoke the longest idle ones where the user has more than ``sessions_max``."""
        async with self._database.transaction(Role.ACCOUNTS, session.user_id) as connection:
            await connection.execute(
                sql.INSERT_SESSION,
                session.session_id,
                session.user_id,
                token_hash,
                session.kind,
                session.created_at,
                session.expires_at,
                session.ip,
                session.user_agent,
            )
            crowded_out = await connection.fetch(
                sql.REVOKE_BEYOND, session.user_id, session.created_at, sessions_max
            )
            for row in crowded_out:
                await notify(connection, session_id=row["id"])

    async def touch_bearer(self, session_id: SessionId, now: datetime) -> LiveSession | None:
        """The session if it is live; notes that it is in use."""
        if (found := await self._bearers.get((session_id, now))) is not None:
            return found
        # None, or somebody is changing it at this moment.
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.TOUCH_BY_ID, session_id, now)
        return _live(row) if row else None

    async def touch_cookie(self, token_hash: bytes, now: datetime) -> LiveSession | None:
        """Like `touch_bearer`, by the hash of a cookie's token."""
        if (found := await self._cookies.get((token_hash, now))) is not None:
            return found
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.TOUCH_BY_TOKEN, token_hash, now)
        return _live(row) if row else None

    async def _touch_bearers(
        self, asked: Sequence[tuple[SessionId, datetime]]
    ) -> Mapping[tuple[SessionId, datetime], LiveSession]:
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            ids, now = [id for id, _ in asked], max(now for _, now in asked)
            rows = await connection.fetch(sql.TOUCH_MANY_BY_ID, ids, now)
        found = {row["id"]: _live(row) for row in rows}
        return {one: found[one[0]] for one in asked if one[0] in found}

    async def _touch_cookies(
        self, asked: Sequence[tuple[bytes, datetime]]
    ) -> Mapping[tuple[bytes, datetime], LiveSession]:
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            hashes, now = [token_hash for token_hash, _ in asked], max(now for _, now in asked)
            rows = await connection.fetch(sql.TOUCH_MANY_BY_TOKEN, hashes, now)
        found = {row["token_hash"]: _live(row) for row in rows}
        return {one: found[one[0]] for one in asked if one[0] in found}

    async def revoke_session(self, user_id: UserId, session_id: SessionId, now: datetime) -> bool:
        """Whether that user had that live session."""
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            status = await connection.execute(sql.REVOKE_SESSION, session_id, user_id, now)
            await notify(connection, session_id=session_id)
        return bool(status.endswith(" 1"))

    async def revoke_token(self, token_hash: bytes, now: datetime) -> None:
        """End the session whose cookie holds that token, if there is one."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.REVOKE_BY_COOKIE, token_hash, now)
            if row is not None:
                await notify(connection, session_id=row["id"])

    async def revoke_sessions(self, user_id: UserId, now: datetime, keep: SessionId | None = None) -> None:
        """End all sessions of a user but ``keep``."""
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            await revoke_all_in(connection, user_id, now, keep)

    async def list_sessions(self, user_id: UserId, now: datetime) -> list[Session]:
        """Live sessions, the last used first."""
        async with self._database.transaction(Role.ACCOUNTS, user_id, readonly=True) as connection:
            rows = await connection.fetch(sql.LIST_SESSIONS, user_id, now, SESSIONS_SHOWN_MAX)
        return [_session(row) for row in rows]


async def revoke_all_in(
    connection: Connection, user_id: UserId, now: datetime, keep: SessionId | None = None
) -> None:
    """Part of a transaction that changes something after which old sessions must not go on."""
    await connection.execute(sql.REVOKE_SESSIONS, user_id, now, keep)
    await notify(connection, user_id=user_id)


async def notify(
    connection: Connection, *, user_id: UserId | None = None, session_id: SessionId | None = None
) -> None:
    """Tell all servers, once the transaction commits, to forget what they know of a user or session."""
    payload = f"user:{user_id}" if user_id else f"session:{session_id}"
    await connection.execute(sql.NOTIFY, payload)


def user_of_row(row: Row) -> User:
    return User(
        user_id=UserId(plain_uuid(row["id"])),
        email=row["email"],
        role=row["role"],
        created_at=row["created_at"],
        confirmed_at=row["confirmed_at"],
        disabled_at=row["disabled_at"],
    )


def _session(row: Row) -> Session:
    return Session(
        session_id=SessionId(plain_uuid(row["id"])),
        user_id=UserId(plain_uuid(row["user_id"])),
        kind=SessionKind(row["kind"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_seen_at=row["last_seen_at"],
        ip=row["ip"],
        user_agent=row["user_agent"],
    )


def _live(row: Row) -> LiveSession:
    return LiveSession(
        user_id=UserId(plain_uuid(row["user_id"])),
        email=row["email"],
        role=row["role"],
        session_id=SessionId(plain_uuid(row["id"])),
        scopes=ALL_SCOPES,
        expires_at=row["expires_at"],
    )
