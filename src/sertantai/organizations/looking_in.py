"""An administrator of the site looks into an organization: with a reason, for an hour, and never unseen.

Whoever administers the site is no member and has no right in it. What they may read for a while is kept with
their session, in memory only, and each step stands in the organization's own trail before anything is shown:
that they came and why, which lists they looked at, and that they went.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal, NamedTuple
from uuid import UUID

import msgspec

from sertantai.accounts.mail.letters import Letters
from sertantai.core.clock import Clock
from sertantai.core.errors import InvalidInput, NotFound, SertantaiError, Unavailable
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, SessionId, UserId
from sertantai.core.operations import LookIn, Origin, of_no_list
from sertantai.core.rights import Role
from sertantai.core.sharing.open_looks import OpenLook, open_looks
from sertantai.core.spelling import one_line
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.organizations import letters, sql
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

LOOK_FOR: Final = timedelta(hours=1)
REASON_CHARACTERS_MIN: Final = 10
REASON_CHARACTERS_MAX: Final = 500
WAIT_S: Final = 4.0
LOOKS_MAX: Final = 100
"""At once, of all administrators of this server."""

log = logger(__name__)


class Looker(msgspec.Struct, frozen=True):
    """Who looks: a session that somebody has signed in to by hand. ``name``: what they sign in with."""

    user: UserId
    session: SessionId
    name: str
    ip: str | None = None
    user_agent: str | None = None


class Look(msgspec.Struct):
    """``id``: of the operation that says it was opened. ``lists``: those that were looked at, which the trail
    says already. ``latest``: it ended then at the latest; None: when it is said."""

    id: OperationId
    by: Looker
    organization: OwnerId
    reason: str
    until: datetime
    lists: set[GroupId] = msgspec.field(default_factory=set)
    latest: datetime | None = None

    @property
    def origin(self) -> Origin:
        """The organization says of itself who was let in, and from where."""
        session = str(self.by.session)
        return Origin(UserId(self.organization), session, self.by.ip, self.by.user_agent, "system")


class Before(NamedTuple):
    """How far everything was folded when this process began, and when that was."""

    position: Position
    at: datetime


def _found(id: OperationId, organization: OwnerId, look: OpenLook, began: datetime) -> Look:
    """One that a killed process left open: it ended by itself, with that process, or when this one began."""
    until = look.until or began
    looker = Looker(look.looker, SessionId(UUID(look.session)), look.name)
    return Look(id, looker, organization, "", until, latest=max(look.at, min(until, began)))


class LooksIn(RegularTurns):
    """Who is looking into what just now: one organization for each session. With the process, what is open
    ends; so it does with the session, the password and the account."""

    task_name = "looks-into-organizations"
    first_after_s: ClassVar[float] = 5.0
    every_s: ClassVar[float] = 5.0
    retry_s: ClassVar[float] = 5.0

    def __init__(self, database: Database, engine: Engine, post: Callable[[], Letters], clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._post = post
        self._clock = clock
        self._open: dict[SessionId, Look] = {}
        self._ended: list[Look] = []
        """Nobody sees anything by these any more; the trail does not say so yet."""
        self._begun: set[OperationId] = set()
        """All that were opened by this process, and that the trail does not say have ended."""
        self._before: Before | None = None
        self._turns = asyncio.Lock()
        self._opening = asyncio.Lock()

    async def open(self, by: Looker, organization: OwnerId, reason: str) -> Look:
        """Written in the organization's trail, and told to its owners, before it is there. What the session
        looked into before ends.

        Raises `InvalidInput` for a reason that is none, `OrganizationNotFound`, `Unavailable`.
        """
        reason = reason_in(reason)
        async with self._opening:  # of one session two at once: the second ends the first
            return await self._opened(by, organization, reason)

    async def _opened(self, by: Looker, organization: OwnerId, reason: str) -> Look:
        access = (await self._engine.state(organization)).access
        if access is None:
            raise OrganizationNotFound
        await self.end(by.session)
        if len(self._open) >= LOOKS_MAX:
            raise Unavailable("Too many organisations are being looked into. Try again later.")
        look = Look(OperationId(new_id()), by, organization, reason, self._clock.now() + LOOK_FOR)
        self._begun.add(look.id)
        await self._write(look, "opened")
        try:
            await self._tell_owners(look)
        except BaseException:
            self._ended.append(look)
            raise
        self._open[by.session] = look
        return look

    def of(self, session: SessionId | None, organization: OwnerId) -> Look | None:
        """What a session may look at there now."""
        look = None if session is None else self._open.get(session)
        if look is None or look.organization != organization:
            return None
        if look.until <= self._clock.now():
            self._close(look)
            return None
        return look

    async def looked_at(self, look: Look, group: GroupId) -> None:
        """Before a list is shown, for the first time in this look. Raises `NotFound`, `Unavailable`."""
        if group not in look.lists:
            await self._write(look, "list", group)
            look.lists.add(group)

    async def end(self, session: SessionId) -> None:
        """By whoever looks. It is over even where the trail cannot say so yet."""
        look = self._open.get(session)
        if look is not None:
            self._close(look)
            with suppress(Unavailable):
                await self._say_what_ended()

    def end_all_of(self, user: UserId) -> None:
        """Their sessions were ended, or their password or role is another: what they opened is over at once,
        and the trail says so in a moment."""
        for look in [one for one in self._open.values() if one.by.user == user]:
            self._close(look)

    def _close(self, look: Look) -> None:
        if self._open.pop(look.by.session, None) is not None:
            self._ended.append(look)

    async def start(self) -> None:
        self._before = Before(self._engine.folded, self._clock.now())
        await super().start()

    async def turn(self) -> None:
        """What has ended is written, in order; what cannot be is tried again."""
        await self._say_what_ended()
        if self._before is not None:
            self._ended += await self._left_open(self._before)
            self._before = None
            await self._say_what_ended()

    async def _left_open(self, before: "Before") -> list[Look]:
        """Looks that a process before this one had opened, and was killed. Raises `Unavailable`."""
        await self._engine.reached(before.position, WAIT_S)
        async with self._database.transaction(DatabaseRole.SYNC, readonly=True) as connection:
            rows = await connection.fetch(sql.LOOKED_INTO, self._engine.journal.id)
        found: list[Look] = []
        for row in rows:
            organization = OwnerId(UUID(int=row["id"].int))
            with suppress(NotFound, KeptElsewhere):  # it has ended meanwhile, or is another server's
                access = (await self._engine.state(organization)).access
                looks = {} if access is None else open_looks(access)
                found += [
                    _found(id, organization, look, before.at)
                    for id, look in looks.items()
                    if id not in self._begun
                ]
        return found

    async def _say_what_ended(self) -> None:
        for look in [one for one in self._open.values() if one.until <= self._clock.now()]:
            self._close(look)
        async with self._turns:
            while self._ended:
                await self._say_that_it_ended(self._ended[0])
                del self._ended[0]

    async def _say_that_it_ended(self, look: Look) -> None:
        try:
            await self._write(look, "ended")
            self._begun.discard(look.id)
        except Unavailable:
            raise
        except SertantaiError as error:  # the organization has ended meanwhile, and with it its log
            log.warning("look_not_ended", organization=str(look.organization), reason=error.message)

    async def stop(self) -> None:
        """The trail says of all that is open that it has ended."""
        await super().stop()
        self._ended += self._open.values()
        self._open.clear()
        try:
            async with asyncio.timeout(5.0):
                await self._say_what_ended()
        except (SertantaiError, TimeoutError) as error:
            log.warning("looks_not_ended", looks=len(self._ended), reason=str(error))

    async def _write(
        self, look: Look, step: Literal["opened", "list", "ended"], group: GroupId | None = None
    ) -> None:
        opened = step == "opened"
        operation = LookIn(
            id=look.id if opened else OperationId(new_id()),
            owner=look.organization,
            group=of_no_list(look.organization) if group is None else group,
            at=self._clock.now(),
            origin=look.origin,
            looker=look.by.user,
            name=look.by.name,
            step=step,
            reason=look.reason if opened else "",
            until=look.until if opened else None,
            look=look.id,
            latest=look.latest if step == "ended" else None,
        )
        await self._engine.perform(operation)

    async def _tell_owners(self, look: Look) -> None:
        """Those who are owners now. Raises `DatabaseUnavailable`: nobody looks in without being told of."""
        access = (await self._engine.state(look.organization)).access
        if access is None:
            raise OrganizationNotFound
        owners = [id for id, one in access.members.items() if one.role is Role.OWNER and not one.suspended]
        post = self._post()
        page = post.url(f"/organizations/{access.slug}/audit")
        text = letters.looked_into(access.name, look.by.name, look.reason, look.until, page)
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            for row in await connection.fetch(sql.ADDRESSES, owners):
                if row["email"] is not None and not row["disabled"]:
                    await post.put(connection, row["email"], text)
        post.put_in()


def reason_in(text: str) -> str:
    """Raises `InvalidInput` for what gives nobody a reason."""
    reason = one_line(text, "reason")
    if not REASON_CHARACTERS_MIN <= len(reason) <= REASON_CHARACTERS_MAX:
        raise InvalidInput(
            f"Say why, in {REASON_CHARACTERS_MIN} to {REASON_CHARACTERS_MAX} characters: "
            "the owners of the organisation read it.",
            field="reason",
        )
    return reason
