"""Links to read one list without an account: made, listed, revoked, and opened by whoever has the secret.

What a link may stands in the list's own log (`core.links`), and is asked each time it is opened: it is worth
what its maker is by then. The table only says to which list a secret leads, which is shown once and kept as a
hash.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound, SertantaiError
from sertantai.core.ids import GroupId, OperationId, OwnerId, UserId
from sertantai.core.links import (
    LINK,
    SECRET,
    Link,
    is_good,
    link_in,
    link_key,
    link_value,
    links_of,
    secret_told,
)
from sertantai.core.operations import Origin, UpdateGroup
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.lists.access import Allowed, group_now
from sertantai.lists.together import links_sql as sql
from sertantai.postgres import Database, Record, Role
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id
from sertantai.sealing.notices import Kind, Notices

PATH: Final = "/shared"
LIFETIME: Final = timedelta(days=30)
LIFETIME_MAX: Final = timedelta(days=366)
LINKS_OF_LIST_MAX: Final = 50
TOKEN_BYTES: Final = 32
TOKEN_CHARACTERS_MAX: Final = 200
REFUSED_AFTER_S: Final = 0.25
"""Whoever brings a secret that is not good waits so long, whatever there was to look at: a link that has
ended cannot be told from one that never was."""

log = logger(__name__)


class LinkRefused(NotFound):
    """Too old, revoked, its maker gone, or never made: nobody is told which."""

    code = "link_not_found"

    def __init__(self) -> None:
        super().__init__("This link does not exist, or is no longer good. Ask for a new one.")


class LinkFacts(msgspec.Struct, frozen=True):
    """As the list's own people see it. ``good``: whether it opens anything by now. ``opened`` null: not known
    just now."""

    id: UUID
    made_by: UserId
    made_at: datetime
    expires_at: datetime
    shows_notes: bool
    good: bool
    opened: int | None = None
    last_opened_at: datetime | None = None


class SharedList(msgspec.Struct, frozen=True):
    """What a link shows: the list as it is now."""

    group: GroupState
    access: AccessState | None
    link: Link


class Links:
    """``url_of`` makes a whole address of a path; its host is a setting, and never the request's.
    ``notices``: of the log that is told where each secret leads."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        clock: Clock,
        url_of: Callable[[str], str],
        notices: Notices | None = None,
    ) -> None:
        self._notices = notices
        self._database = database
        self._engine = engine
        self._clock = clock
        self._url_of = url_of

    def url(self, secret: str) -> str:
        return self._url_of(f"{PATH}/{secret}")

    async def make(
        self, found: Allowed, expires_at: datetime | None = None, *, notes: bool = False
    ) -> tuple[LinkFacts, str]:
        """A new link with its secret, which is shown this once. Raises `PermissionNeeded`, `InvalidInput`,
        `Conflict` for too many and for a list that is restricted."""
        found.require(Right.SHARE, found.group)
        found.require(Right.LINK, found.group)
        group, now = await group_now(self._engine, found), self._clock.now()
        if group.restricted and found.access is not None:
            raise Conflict("Only people and teams it is shared with see this list. Open it to members first.")
        until = now + LIFETIME if expires_at is None else expires_at
        if not now < until <= now + LIFETIME_MAX:
            raise InvalidInput("expires_at: within a year from now.", field="expires_at")
        ended = {link_key(id): None for id, link in links_of(group.metadata) if link.until <= now}
        if sum(1 for _ in links_of(group.metadata)) - len(ended) >= LINKS_OF_LIST_MAX:
            raise Conflict(f"This list has {LINKS_OF_LIST_MAX} links, which is the maximum. Revoke one.")
        id, token, link = new_id(), secrets.token_urlsafe(TOKEN_BYTES), Link(found.actor, now, until, notes)
        async with self._database.transaction(Role.ACCOUNTS, found.owner) as connection:
            await connection.execute(sql.DELETE_OLD, found.owner, now)
            await connection.execute(sql.INSERT, _hash(token), found.owner, group.id, id, now, until)
            if self._notices is not None:
                told = {LINK: str(id), "owner": str(found.owner), SECRET: secret_told(_hash(token))}
                about = {"subject": group.id, "by": found.actor}
                await self._notices.tell(connection, Kind.LIST, **about, body=told)
        try:
            await self._perform(found.owner, group.id, found.by, {**ended, link_key(id): link_value(link)})
        except SertantaiError:
            await self._forget(found.owner, group.id, id)
            raise
        return _facts(id, link, found.access, group, now, {id: (0, None)}), token

    async def links(self, found: Allowed) -> list[LinkFacts]:
        """Those of the list, the newest first; who may share it sees them."""
        found.require(Right.SHARE, found.group)
        group, now = await group_now(self._engine, found), self._clock.now()
        opened = await self._opened(found.owner, group.id)
        facts = [_facts(id, link, found.access, group, now, opened) for id, link in links_of(group.metadata)]
        return sorted(facts, key=lambda one: (one.made_at, one.id), reverse=True)

    async def revoke(self, found: Allowed, id: UUID) -> None:
        """At once, for everybody who has it. One's own, or any of a list that one may share."""
        group = await group_now(self._engine, found)
        link = link_in(group.metadata, id)
        if link is None:
            raise NotFound("This link does not exist, or is no longer good.", field="link")
        if link.by != found.actor:
            found.require(Right.SHARE, found.group)
        await self._perform(found.owner, group.id, found.by, {link_key(id): None})
        try:
            await self._forget(found.owner, group.id, id)
        except DatabaseUnavailable:
            log.info("a revoked link is still in the table")  # it leads to nothing

    async def open(self, secret: str, *, counts: bool) -> SharedList:
        """The list that a secret leads to. ``counts``: it is opened, and not only turned over.

        Raises `LinkRefused`, for whatever reason in the same words and after the same time.
        """
        loop = asyncio.get_running_loop()
        answer_at = loop.time() + REFUSED_AFTER_S
        try:
            return await self._open(secret, counts=counts)
        except LinkRefused:
            await asyncio.sleep(max(0.0, answer_at - loop.time()))
            raise

    async def _open(self, secret: str, *, counts: bool) -> SharedList:
        hashed, now = _hash(secret[:TOKEN_CHARACTERS_MAX]), self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND, hashed, now)
        if row is None:
            raise LinkRefused
        owner, id = OwnerId(row["user_id"]), row["id"]
        shared = await self._shared(owner, row, now)
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            if not await connection.fetchval(sql.MAKER_IS_OPEN, shared.link.by):
                raise LinkRefused
        if counts:
            await self._note_opened(owner, shared, id, hashed, now)
        return shared

    async def _shared(self, owner: OwnerId, row: Record, now: datetime) -> SharedList:
        try:
            state = await self._engine.state(owner)
        except (NotFound, KeptElsewhere):
            raise LinkRefused from None
        group, access = state.groups.get(GroupId(row["group_id"])), state.access
        link = None if group is None or group.deleted else link_in(group.metadata, row["id"])
        if group is None or link is None or not is_good(link, access, group.access, now):
            raise LinkRefused
        return SharedList(group, access, link)

    async def _note_opened(
        self, owner: OwnerId, shared: SharedList, id: UUID, hashed: bytes, now: datetime
    ) -> None:
        """Each time in the table, once a day in the trail. Nobody is kept from reading by a failure."""
        day = now.date().isoformat()
        try:
            async with self._database.transaction(Role.ACCOUNTS) as connection:
                await connection.execute(sql.NOTE_OPENED, hashed, now)
            if shared.link.opened != day:
                opened = msgspec.structs.replace(shared.link, opened=day)
                by_itself = Origin(UserId(owner), source="system")
                await self._perform(owner, shared.group.id, by_itself, {link_key(id): link_value(opened)})
        except SertantaiError as error:
            log.info("a link was opened, which is not noted", reason=error.message)

    async def _perform(self, owner: OwnerId, group: GroupId, by: Origin, metadata: Mapping[str, Any]) -> None:
        operation = UpdateGroup(
            id=OperationId(new_id()),
            owner=owner,
            group=group,
            at=self._clock.now(),
            origin=by,
            metadata=dict(metadata),
        )
        await self._engine.perform(operation)

    async def _forget(self, owner: OwnerId, group: GroupId, id: UUID) -> None:
        async with self._database.transaction(Role.ACCOUNTS, owner) as connection:
            await connection.execute(sql.DELETE, owner, group, id)

    async def _opened(
        self, owner: OwnerId, group: GroupId
    ) -> Mapping[UUID, tuple[int, datetime | None]] | None:
        try:
            async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
                rows = await connection.fetch(sql.OPENED, owner, group)
        except DatabaseUnavailable:
            return None
        return {row["id"]: (row["opened"], row["opened_at"]) for row in rows}


def _hash(secret: str) -> bytes:
    """A secret of so many random bits needs no slow hash."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _facts(
    id: UUID,
    link: Link,
    access: AccessState | None,
    group: GroupState,
    now: datetime,
    opened: Mapping[UUID, tuple[int, datetime | None]] | None,
) -> LinkFacts:
    count, last = (None, None) if opened is None else opened.get(id, (0, None))
    good = is_good(link, access, group.access, now)
    return LinkFacts(id, link.by, link.at, link.until, link.notes, good, count, last)
