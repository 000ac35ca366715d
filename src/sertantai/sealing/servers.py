"""Other servers on the database, each with a data directory and a log of its own: what the log of this one
was told of them.

A row of the database says nothing of them, as anybody who has its passwords writes one. A server announces
itself, signed with the key of its log; each other one that meets that tells its own log of it, from then on.
Rows of a journal that a log was not told of are nobody's. What was there when a log was first told of servers
is told as it was found.
"""

import base64
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.sealing.entries import microseconds, time_of
from sertantai.core.sealing.notes import ED25519, NotANote, parse_key, strict_base64
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres.roles import Role
from sertantai.process.logs import logger
from sertantai.sealing import sql
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.heads_file import heads_at
from sertantai.sealing.keys import HeadSigner, verifies
from sertantai.sealing.log import SealedLog
from sertantai.sealing.notices import Kind, Notices

log = logger(__name__)

SERVER: Final = "server"
"""In a notice of kind `key`: who announces itself."""
SERVERS: Final = "servers"
"""In such a notice: whom the log is told of."""
SLACK: Final = timedelta(minutes=10)
"""Clocks of two servers differ, and a tick may be older than the database's knowledge of it."""


class Server(msgspec.Struct, frozen=True, array_like=True):
    """``since``: nothing of it is older, in microseconds since 1970; None: it was there when the log was
    first told of any, and what it is called was not known."""

    journal: UUID
    origin: str | None = None
    key: str | None = None
    since: int | None = None

    def why_not(self, at: datetime) -> str | None:
        """Why a row of then cannot be one of its; None: it may."""
        if self.since is None or at >= time_of(self.since) - SLACK:
            return None
        return (
            f"claims to be of {self.origin}, of which nothing was known before {time_of(self.since):%Y-%m-%d}"
        )


class Servers(msgspec.Struct, frozen=True):
    """``told``: by journal; None: the log was never told of any, as by a server of before that."""

    told: Mapping[UUID, Server] | None

    async def are_there(self, connection: Connection, own: Collection[UUID]) -> bool:
        """Whether some of what is there may be others'."""
        if self.told is not None:
            return bool(self.told.keys() - set(own))
        return bool(await connection.fetchval(sql.OTHER_SERVERS, list(own)))

    def why_not(self, journal: UUID, at: datetime) -> str | None:
        """Why a row of that journal, which is not ours, is nobody's; None: it may be another server's."""
        if self.told is None:
            return None
        server = self.told.get(journal)
        return (
            f"is of a server ({journal}) that this log was not told of"
            if server is None
            else server.why_not(at)
        )


def servers_in(files: TrailFiles) -> Servers:
    """As the log tells."""
    told: dict[UUID, Server] | None = None
    for line in files.notice_lines():
        if f'"{SERVERS}":' in line:
            told = {} if told is None else told
            for one in msgspec.json.decode(line)["body"].get(SERVERS, ()):
                server = msgspec.convert(one, Server)
                told.setdefault(server.journal, server)
    return Servers(told)


def announced(body: Mapping[str, Any]) -> Server | None:
    """Who announces itself in a notice, if its key has signed that."""
    try:
        journal, key, signature = body[SERVER]
        parsed = parse_key(key)
        is_true = parsed.kind == ED25519 and verifies(
            parsed.public, strict_base64(signature), _text(UUID(journal), key)
        )
        return Server(UUID(journal), parsed.name, key) if is_true else None
    except (KeyError, TypeError, ValueError, NotANote):
        return None


def _text(journal: UUID, key: str) -> bytes:
    return f"sertantai server\n{journal}\n{key}\n".encode()


class OtherServers:
    """Who writes to the database beside this one."""

    def __init__(
        self, database: Database, sealed: SealedLog, journal: UUID, notices: Notices, clock: Clock
    ) -> None:
        self._database = database
        self._sealed = sealed
        self._journal = journal
        self._notices = notices
        self._clock = clock
        self._seen_at = _last_signed_at(sealed.files) or clock.now()
        self._known = servers_in(sealed.files)

    async def tell(self) -> None:
        """Announces this one, and tells its log who was there before it was ever told of any. Once. Raises
        `DatabaseUnavailable`."""
        signer, own = self._sealed.signer, [str(self._journal), str(self._sealed.signer.key)]
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.LOCK_SERVERS)
            body: dict[str, Any] = {}
            told: list[Server] = []
            if not await connection.fetchval(sql.IS_ANNOUNCED, *own):
                body[SERVER] = [*own, _signature(signer, self._journal)]
            if self._known.told is None:
                found = await connection.fetch(sql.JOURNALS_OF_OTHERS, list(self._journals))
                told = [Server(row["journal_id"]) for row in found]
                body[SERVERS] = [_row(one) for one in told]
            if body:
                body["what"] = "server"
                await self._notices.tell(connection, Kind.KEY, body=body)
        if SERVERS in body:
            self._known = Servers({one.journal: one for one in told})

    @property
    def _journals(self) -> list[UUID]:
        return list(dict.fromkeys([*self._sealed.journals, self._journal]))

    async def explain(self, notices: Sequence[Record], connection: Connection) -> bool:
        """Whether notices that this server did not write may be others'. Whoever announces itself in them is
        told to the log. Raises `DatabaseUnavailable`."""
        known = self._known.told
        if known is not None:
            fresh = [one for row in notices if (one := announced(row["body"])) and one.journal not in known]
            fresh = [one for one in fresh if one.journal not in self._journals]
            if fresh:
                await self._take_up(fresh, known)
        self._seen_at = self._clock.now()
        return await self._known.are_there(connection, self._journals)

    async def _take_up(self, fresh: Sequence[Server], known: Mapping[UUID, Server]) -> None:
        since = microseconds(self._seen_at)
        told = {one.journal: msgspec.structs.replace(one, since=since) for one in fresh}
        async with self._database.transaction(Role.SYNC) as connection:
            body = {SERVERS: [_row(one) for one in told.values()], "what": "server"}
            await self._notices.tell(connection, Kind.KEY, body=body)
        for one in told.values():
            log.warning("another_server", origin=one.origin, journal=str(one.journal), signed_with=one.key)
        self._known = Servers({**told, **known})


def _row(server: Server) -> list[Any]:
    return [str(server.journal), server.origin, server.key, server.since]


def _signature(signer: HeadSigner, journal: UUID) -> str:
    return base64.b64encode(signer.sign_bytes(_text(journal, str(signer.key)))).decode()


def _last_signed_at(files: TrailFiles) -> datetime | None:
    """When this log was last looked after: what came since is not older. None: it begins."""
    times = [head.at for head in heads_at(files.folder / "heads") if head.at is not None]
    return times[-1] if times else None
