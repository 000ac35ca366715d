"""Who took a list along, or looked at what is another's: told to the sealed log behind whoever looks.

Nobody waits for it, and reading goes on without the database: what could not be told yet waits here, bounded.
Of an organization's list that a program reads again and again it is told once a day.
"""

import asyncio
from collections import OrderedDict, deque
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.sealing.entries import microseconds
from sertantai.postgres import Connection, Database, Role
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.sealing.notices import Kind, Notices
from sertantai.security import sql

log = logger(__name__)

WAITING_MAX: Final = 10_000
READ_TODAY_MAX: Final = 50_000
"""Of whom it is remembered that it was told today; of others the database is asked."""
RETRY_S: Final = 5.0
LAST_WRITE_S: Final = 5.0
READ: Final = "read"
EXPORT: Final = "export"


class Accessed(msgspec.Struct, frozen=True):
    what: str
    subject: UUID
    actor: UUID
    at: datetime
    said: dict[str, Any] = {}


class Accesses(BackgroundService):
    task_name = "accesses"

    def __init__(self, database: Database, notices: Notices, clock: Clock) -> None:
        self._database = database
        self._notices = notices
        self._clock = clock
        self._waiting: deque[Accessed] = deque()
        self._read_today: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._dropped = 0
        self._wake = asyncio.Event()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def remembered(self) -> int:
        """Of so many it is known that it was told today."""
        return len(self._read_today)

    def exported(
        self, actor: UserId, group: GroupId, owner: OwnerId, version: int, laws: int, form: str
    ) -> None:
        """A list of one's own, as a file; of an organization's its own trail tells."""
        said = {"owner": str(owner), "version": version, "laws": laws, "form": str(form)}
        self._put(Accessed(EXPORT, group, actor, self._clock.now(), said))

    def read(self, actor: UserId, group: GroupId, owner: OwnerId) -> None:
        """A program read an organization's list."""
        now = self._clock.now()
        key, day = (actor.int, group.int), now.astimezone(UTC).toordinal()
        if self._read_today.get(key) == day:
            return
        self._read_today[key] = day
        self._read_today.move_to_end(key)
        while len(self._read_today) > READ_TODAY_MAX:
            self._read_today.popitem(last=False)
        self._put(Accessed(READ, group, actor, now, {"owner": str(owner)}))

    def _put(self, accessed: Accessed) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self._dropped += 1
            return
        self._waiting.append(accessed)
        self._wake.set()

    async def stop(self) -> None:
        """Tell what waits, if that is possible soon."""
        await super().stop()
        try:
            async with asyncio.timeout(LAST_WRITE_S):
                await self.tell_waiting()
        except (SertantaiError, TimeoutError):
            log.warning("accesses_lost", waiting=len(self._waiting))

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            try:
                await self.tell_waiting()
            except SertantaiError as error:
                log.warning("accesses_wait", reason=error.message, waiting=len(self._waiting))
                await asyncio.sleep(RETRY_S)

    async def tell_waiting(self) -> None:
        """What waits longest first; it stays when that fails."""
        while self._waiting:
            async with self._database.transaction(Role.SYNC) as connection:
                await self._tell(connection, self._waiting[0])
            self._waiting.popleft()
        self._wake.clear()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            log.error("accesses_dropped", dropped=dropped)

    async def _tell(self, connection: Connection, one: Accessed) -> None:
        day = one.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if one.what == READ and await connection.fetchval(sql.READ_TOLD, one.subject, one.actor, day):
            return
        body = {"what": one.what, "at": microseconds(one.at), **one.said}
        await self._notices.tell(connection, Kind.ACCESS, subject=one.subject, by=one.actor, body=body)
