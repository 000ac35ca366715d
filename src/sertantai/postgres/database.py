"""The pools, and transactions that carry a role and the id of the user they act for."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal, TypeAlias

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import OwnerId, UserId
from sertantai.postgres import sql
from sertantai.postgres.breaker import Breaker
from sertantai.postgres.errors import RETRY_AFTER_S, DatabaseBusy, translate, translate_connect
from sertantai.postgres.lanes import Lane, Lanes
from sertantai.postgres.roles import Role
from sertantai.process import logs

log = logs.logger(__name__)

# In quotes: generic for the type checker only.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Isolation: TypeAlias = Literal["read_committed", "repeatable_read", "serializable"]

asks_as: Final[ContextVar[UserId | None]] = ContextVar("who asks", default=None)
"""Set once for each request that somebody has proven to be somebody's, and claimed by every transaction from
there: no statement can forget it. What happens by itself reads in the name of those whose rows they are."""

_LANES = {Role.ACCOUNTS: Lane.ACCOUNTS, Role.SYNC: Lane.SYNC}

STOP_TIMEOUT_S = 5.0
AWAY_AFTER_S = 1.0
"""A single failure may be bad luck."""
IDLE_CONNECTION_LIFETIME_S = 300.0

# What an open block may raise that comes from the driver. OSError in general is left alone: the caller's own
# code may be reading a file inside its transaction.
# A connection killed between two messages ends in the driver's own InternalClientError.
_DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)
_CONNECT_ERRORS = (*_DRIVER_ERRORS, OSError)


class Database:
    """A bounded pool of connections to one PostgreSQL, shared by lanes: reading never takes the connections
    of accounts or of the synchroniser (see `Lanes`).

    Connections are made on demand, so it starts while PostgreSQL is away and recovers by itself. Every wait
    is bounded: ``connect_timeout_s`` for a place in the lane, and once more for a connection, and
    ``command_timeout_s`` for a statement. A connection whose statement timed out is thrown away. While
    PostgreSQL is silent, all but an occasional probe are refused at once (see `Breaker`); whoever waits in
    vain behind others of its lane hears `DatabaseBusy`, which says nothing about PostgreSQL.
    """

    def __init__(
        self,
        dsn: str,
        *,
        pool_size_max: int,
        connect_timeout_s: float,
        command_timeout_s: float,
        on_protection: Callable[[str], None] | None = None,
    ) -> None:
        """``on_protection`` is told when PostgreSQL refuses to change rows that are kept for ever."""
        self.dsn = dsn
        self._lanes = Lanes(pool_size_max, wait_s=connect_timeout_s)
        self._connect_timeout_s = connect_timeout_s
        self._command_timeout_s = command_timeout_s
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._breaker = Breaker(time.monotonic)
        self._failing_since: float | None = None
        self._on_protection = on_protection

    @property
    def is_away(self) -> bool:
        """Whether nobody has got through for a while; False again with the first who does."""
        return self._failing_since is not None and time.monotonic() - self._failing_since > AWAY_AFTER_S

    async def start(self, *, require: bool = True) -> None:
        """Opens the pool; with ``require``, raises `DatabaseUnavailable` unless PostgreSQL answers."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self.dsn,
                min_size=0,
                max_size=self._lanes.connections_max,
                max_inactive_connection_lifetime=IDLE_CONNECTION_LIFETIME_S,
                timeout=self._connect_timeout_s,
                command_timeout=self._command_timeout_s,
                init=_set_up,
                reset=_keep_as_it_is,
                server_settings=_server_settings(Role.APP),
            )
        if require:
            await self.ping()

    async def stop(self) -> None:
        """Closes the pool: waits a bounded while for transactions under way, then breaks them off."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    async def ping(self) -> None:
        """Raises `DatabaseUnavailable` unless PostgreSQL answers a statement now, however much is read."""
        async with self.transaction(Role.APP, readonly=True, lane=Lane.ACCOUNTS) as connection:
            await connection.fetchval(sql.PING)

    @asynccontextmanager
    async def transaction(
        self,
        role: Role,
        user_id: UserId | OwnerId | None = None,
        *,
        readonly: bool = False,
        isolation: Isolation = "read_committed",
        lane: Lane | None = None,
        lock: str | None = None,
    ) -> AsyncIterator[Connection]:
        """One transaction as ``role``, for the rows of ``user_id``: row level security shows no others, and
        of those what whoever asks (`asks_as`) may read: of an organization, the lists they may see.

        Commits when the block ends, rolls back when it raises; every driver error becomes one of ours. When
        `DatabaseUnavailable` comes from the commit itself, it may or may not have happened. ``lane`` is whose
        connections it takes; not told: those of its role. ``lock``: a statement that takes one,
        as `Role.APP`, before there is a snapshot. Raises `DatabaseBusy` when no connection is free in time,
        and when what is only read takes too long.
        """
        if not self._breaker.admits():
            raise DatabaseUnavailable("PostgreSQL does not answer.", retry_after_s=RETRY_AFTER_S)
        async with (
            self._lanes.place(lane or _LANES.get(role, Lane.READING), user_id),
            self._transaction(role, user_id, readonly, isolation, lock) as connection,
        ):
            yield connection

    @asynccontextmanager
    async def _transaction(
        self,
        role: Role,
        user_id: UserId | OwnerId | None,
        readonly: bool,
        isolation: Isolation,
        lock: str | None,
    ) -> AsyncIterator[Connection]:
        connection = await self._acquire()
        transaction = connection.transaction(readonly=readonly, isolation=isolation)
        try:
            await self._begin(connection, transaction, role, user_id, lock)
            yield connection
            await transaction.commit()
        except _DRIVER_ERRORS as exc:
            await _break_off(connection, transaction, exc)
            if isinstance(exc, asyncpg.RestrictViolationError) and self._on_protection is not None:
                self._on_protection(str(exc))
            if readonly and isinstance(exc, asyncpg.QueryCanceledError | TimeoutError):
                raise DatabaseBusy("PostgreSQL took too long.", retry_after_s=RETRY_AFTER_S) from exc
            raise translate(exc) from exc
        except BaseException as exc:
            await _break_off(connection, transaction, exc)
            raise
        finally:
            await self._release(connection)

    @asynccontextmanager
    async def session(self, role: Role) -> AsyncIterator[Connection]:
        """A connection of its own as ``role``, outside pool and transaction: LISTEN, COPY, long cursors.

        Statements are not bounded in time. Keep the number of these small: they count against the server's
        max_connections.
        """
        try:
            connection = await asyncpg.connect(
                self.dsn, timeout=self._connect_timeout_s, server_settings=_server_settings(role)
            )
        except _CONNECT_ERRORS as exc:
            self._note_failure()
            raise translate_connect(exc) from exc
        self._failing_since = None
        try:
            await _set_up(connection)
            yield connection
        except _DRIVER_ERRORS as exc:
            raise translate(exc) from exc
        finally:
            await _close(connection)

    async def _acquire(self) -> "PoolConnectionProxy[asyncpg.Record]":
        if self._pool is None:
            raise DatabaseUnavailable("The database pool is not open.")
        try:
            return await self._pool.acquire(timeout=self._connect_timeout_s)
        except _CONNECT_ERRORS as exc:
            self._hear(exc, self._connect_timeout_s)
            raise translate_connect(exc) from exc

    async def _begin(
        self,
        connection: "PoolConnectionProxy[asyncpg.Record]",
        transaction: "asyncpg.transaction.Transaction",
        role: Role,
        user_id: UserId | OwnerId | None,
        lock: str | None,
    ) -> None:
        try:
            await transaction.start()
            if lock is not None:
                await connection.execute(lock)
            whose = str(user_id) if user_id else ""
            who = asks_as.get()
            await connection.fetchrow(sql.SET_CLAIMS, role, whose if who is None else str(who), whose)
        except _DRIVER_ERRORS as exc:
            self._hear(exc, self._command_timeout_s)
            raise
        self._breaker.answered()
        self._failing_since = None

    def _hear(self, failure: BaseException, waited_s: float) -> None:
        """A refusal is an answer too; only silence is not."""
        self._note_failure()
        if isinstance(failure, TimeoutError):
            self._breaker.silent(waited_s)
        else:
            self._breaker.answered()

    def _note_failure(self) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()

    async def _release(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        pool = self._pool
        if pool is None:  # closed meanwhile, and the connection with it
            return
        try:
            await pool.release(connection)
        except _DRIVER_ERRORS as exc:
            # The pool has thrown the connection away; what the block did stands as it is.
            log.info("a connection could not be used again", error=repr(exc))


def _server_settings(role: Role) -> dict[str, str]:
    return {"role": role.value, "application_name": "sertantai", "timezone": "UTC", "search_path": "public"}


async def _set_up(connection: Any) -> None:
    """JSON columns are Python values, in both directions, also in COPY."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
    )


async def _keep_as_it_is(connection: Any) -> None:
    """Nothing to reset: role and claims end with their transaction. Saves a round trip each time."""


async def _break_off(
    connection: "PoolConnectionProxy[asyncpg.Record]",
    transaction: "asyncpg.transaction.Transaction",
    reason: BaseException,
) -> None:
    try:
        if isinstance(reason, TimeoutError | asyncio.CancelledError):
            # The server may be hung: whoever has given up on it does not wait for it a second time.
            connection.terminate()
        elif not connection.is_closed() and connection.is_in_transaction():
            await transaction.rollback()
    except asyncpg.InterfaceError:
        return  # lost before, and already gone from the pool
    except _DRIVER_ERRORS:
        connection.terminate()


async def _close(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    try:
        await connection.close(timeout=STOP_TIMEOUT_S)
    except _CONNECT_ERRORS:
        connection.terminate()
