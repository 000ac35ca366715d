"""Tells the sealed log of security events, many in one notice: so that none is invented, changed or taken
away unnoticed.

They are told as they were written, from memory: what somebody else puts into the table meanwhile is never
told of. Where nothing was told for a minute it is done in the transaction that writes them; else they wait,
for a minute or until there are `TOLD_TOGETHER`. What a server had not told when it was killed is told at the
next start, as missed: of the hour before its last notice, and since.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, ClassVar, Final
from uuid import UUID

from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.core.lasting.policies import Class as PolicyClass
from sertantai.core.lasting.policies import of_setting, told_of
from sertantai.core.sealing.canonical import canonical, free_text
from sertantai.core.sealing.commitments import committed
from sertantai.core.sealing.entries import microseconds, time_of
from sertantai.postgres import Connection, Database, Record, Role
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.sealing.blinds import Blind, Class
from sertantai.sealing.notices import Kind, Notices
from sertantai.security import sql
from sertantai.security.model import SecurityEvent, plain_address

log = logger(__name__)

EVERY_S: Final = 60.0
LAST_TOLD_S: Final = 5.0
TOLD_TOGETHER: Final = 1_000
"""Events in one notice."""
DAYS_TOGETHER: Final = 4_000
KEYS_TOGETHER: Final = 1_000
PREFETCH_ROWS: Final = 1_000
NOBODY: Final = UUID(int=0)
"""Whose key hides where an event came from that names no account."""
FIELD: Final = "event"
OF_A_CLASS: Final = "security_events"
"""How retention calls them."""

Row = list[Any]
"""Id, time, kind, severity, how many, and the commitment to who it was, from where, with what details."""


class EventsTold:
    """One for each process that writes events. ``every_s``: how long they may wait."""

    def __init__(self, notices: Notices, clock: Clock, *, every_s: float = EVERY_S) -> None:
        self._notices = notices
        self._clock = clock
        self._every_s = every_s
        self._waiting: list[SecurityEvent] = []
        self._told_at = float("-inf")
        self.lock = asyncio.Lock()
        """Held by whoever writes events or tells of them, until it is known whether that was committed."""

    @property
    def waiting(self) -> int:
        """Events that are written and not told of."""
        return len(self._waiting)

    async def tell(
        self, connection: Connection, events: Sequence[SecurityEvent], *, now: bool = False
    ) -> list[SecurityEvent]:
        """Part of the transaction that writes ``events``; returns what waits once that is committed, for
        `settled`. ``now``: whatever waits is told."""
        waiting = [*self._waiting, *events]
        if not waiting or not (now or self._is_due(waiting)):
            return waiting
        keys = await self._notices.keys(connection, _blinds_of(waiting))
        for chunk in _chunks(waiting, TOLD_TOGETHER):
            rows = [row_of(event, keys[blind_of(event)]) for event in chunk]
            await self._notices.tell(connection, Kind.EVENTS, body={"rows": rows})
        return []

    def settled(self, waiting: list[SecurityEvent]) -> None:
        """That transaction was committed."""
        self._waiting = waiting
        if not waiting:
            self._told_at = self._clock.monotonic()

    async def tell_waiting(self, database: Database) -> None:
        """What waits, whether or not it is time. Raises `DatabaseUnavailable`."""
        async with self.lock:
            if self._waiting:
                async with database.transaction(Role.ACCOUNTS) as connection:
                    left = await self.tell(connection, (), now=True)
                self.settled(left)

    async def tell_missed(self, database: Database) -> int:
        """At a start: of the events of before there was a log how many there are, by day, with a hash; later
        those that a killed server had not told of. Returns how many there were."""
        async with self.lock:
            async with database.transaction(Role.AUDITOR, readonly=True) as connection:
                newest = await connection.fetchrow(sql.NEWEST_TOLD)
            assert newest is not None, "it counts"
            if not newest["found"]:
                return await self._tell_found(database)
            known = {event.id for event in self._waiting}
            async with database.transaction(Role.AUDITOR, readonly=True) as connection:
                rows = await connection.fetch(sql.EVENTS_MISSED, newest["at"])
            missed = [event_of(row) for row in rows if row["id"] not in known]
            async with database.transaction(Role.ACCOUNTS) as connection:
                keys = await self._notices.keys(connection, _blinds_of(missed))
                for chunk in _chunks(missed, TOLD_TOGETHER):
                    told = [row_of(event, keys[blind_of(event)]) for event in chunk]
                    body = {"rows": told, "what": "missed"}
                    await self._notices.tell(connection, Kind.EVENTS, body=body)
            return len(missed)

    async def _tell_found(self, database: Database) -> int:
        """With what waits, so that it is not among them."""
        known = {event.id for event in self._waiting}
        await self._make_keys(database)
        days, until = FoundDays(), 0
        async with database.transaction(Role.AUDITOR, readonly=True) as connection:
            async for row in connection.cursor(sql.EVENTS_UNTOLD, prefetch=PREFETCH_ROWS):
                if row["id"] not in known:
                    until = max(until, microseconds(row["at"]))
                    days.add(event_of(row), row["key"])
        async with database.transaction(Role.ACCOUNTS) as connection:
            left = await self.tell(connection, (), now=True)
            for chunk in _chunks(days.result().items(), DAYS_TOGETHER) or [[]]:
                body = {"found": dict(chunk), "until": until, "what": "found"}
                await self._notices.tell(connection, Kind.EVENTS, body=body)
        self.settled(left)
        return days.count

    async def _make_keys(self, database: Database) -> None:
        async with database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(sql.EVENT_KEYS_MISSING)
        for chunk in _chunks(rows, KEYS_TOGETHER):
            async with database.transaction(Role.ACCOUNTS) as connection:
                wanted = [Blind(row["subject"], row["month"], Class.IDENTITY) for row in chunk]
                await self._notices.keys(connection, wanted)

    async def tell_forgotten(self, connection: Connection, rows: int) -> None:
        """Part of the transaction in which retention removed ``rows`` events: what is older may be gone."""
        before = await connection.fetchval(sql.EVENTS_KEPT_SINCE)
        said = {"before": microseconds(before), "class": OF_A_CLASS, "rows": rows}
        await self._notices.tell(connection, Kind.RETENTION, body=said)

    async def tell_period(self, connection: Connection, days: int, since: datetime) -> None:
        """Part of the transaction that sets for how long they are kept; 0: for ever."""
        kept = of_setting(PolicyClass.SECURITY_EVENTS, days)
        said = told_of(PolicyClass.SECURITY_EVENTS, kept, None, since)
        await self._notices.tell(connection, Kind.POLICY, body=said)

    def _is_due(self, waiting: Sequence[SecurityEvent]) -> bool:
        return (
            len(waiting) >= TOLD_TOGETHER
            or self._clock.monotonic() - self._told_at >= self._every_s
            or (self._clock.now() - waiting[0].at).total_seconds() >= self._every_s
        )


class EventsTelling(RegularTurns):
    """At the start what was missed, then each minute what waits."""

    task_name = "security-events-told"
    first_after_s: ClassVar[float] = 0.0
    every_s: ClassVar[float] = EVERY_S
    retry_s: ClassVar[float] = 5.0

    def __init__(self, database: Database, told: EventsTold) -> None:
        self._database = database
        self._told = told
        self._has_begun = False

    async def stop(self) -> None:
        """Tell what waits, if that is possible soon: the last of it was written before this."""
        await super().stop()
        try:
            async with asyncio.timeout(LAST_TOLD_S):
                await self._told.tell_waiting(self._database)
        except (SertantaiError, TimeoutError):
            log.warning("security_events_untold", waiting=self._told.waiting)

    async def turn(self) -> None:
        if not self._has_begun:
            await self._told.tell_missed(self._database)
            self._has_begun = True
        await self._told.tell_waiting(self._database)


class FoundDays:
    """Events of each day in UTC: how many, and a hash over their rows, in the order of time and id."""

    def __init__(self) -> None:
        self._days: dict[str, list[Any]] = {}
        self.count = 0

    def add(self, event: SecurityEvent, key: bytes | None) -> None:
        """``key`` is None where it is gone: then nobody can tell any more what was hashed."""
        day = self._days.setdefault(day_of(microseconds(event.at)), [0, sha256()])
        self.count += 1
        day[0] += 1
        if key is None or day[1] is None:
            day[1] = None
        else:
            day[1].update(canonical(row_of(event, key)))

    def result(self) -> dict[str, list[Any]]:
        return {
            day: [count, None if digest is None else digest.hexdigest()]
            for day, (count, digest) in sorted(self._days.items())
        }


def day_of(at: int) -> str:
    """``at``: microseconds since 1970."""
    return f"{time_of(at):%Y-%m-%d}"


def blind_of(event: SecurityEvent) -> Blind:
    at = event.at.astimezone(UTC)
    return Blind(event.user_id or NOBODY, at.year * 100 + at.month, Class.IDENTITY)


def _blinds_of(events: Sequence[SecurityEvent]) -> Sequence[Blind]:
    """In one order for all who make keys: they wait for one another, and never in a circle."""
    return sorted({blind_of(event) for event in events})


def row_of(event: SecurityEvent, key: bytes | None) -> Row:
    """``key``: of `blind_of`; without it the commitment is None."""
    clear = [str(event.id), microseconds(event.at), event.kind, event.severity, event.times]
    if key is None:
        return [*clear, None]
    who: Mapping[str, Any] = {
        "details": dict(event.details),
        "from": plain_address(event.ip),
        "user": None if event.user_id is None else str(event.user_id),
    }
    return [*clear, committed(key, FIELD, str(event.id), free_text(who))]


def event_of(row: Record) -> SecurityEvent:
    return SecurityEvent(
        UUID(int=row["id"].int),
        row["at"],
        row["kind"],
        row["severity"],
        row["user_id"],
        None if row["ip_address"] is None else str(row["ip_address"]),
        row["times"],
        row["details"],
    )


def _chunks(some: Iterable[Any], size: int) -> Sequence[list[Any]]:
    rest = iter(some)
    return list(iter(lambda: list(islice(rest, size)), []))
