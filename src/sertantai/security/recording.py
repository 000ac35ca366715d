"""Takes events without waiting and writes them in batches, behind whoever reports them.

Equal events that wait together become one row that counts them, so a flood from one place stays small. At
the bound further events are dropped and counted, and that itself is an event once there is room.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError, Unavailable
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.metrics import SECURITY_EVENTS, SECURITY_EVENTS_DROPPED
from sertantai.process.new_ids import new_id
from sertantai.security.model import SecurityEvent, severity_of
from sertantai.security.store import SecurityEventStore

log = logger(__name__)

BATCH_EVENTS_MAX: Final = 500
GATHERED_S: Final = 0.5
RETRY_S_MAX: Final = 30.0
LAST_WRITE_S: Final = 5.0
DETAILS_BYTES_MAX: Final = 4_000

Heard = Callable[[Kind, UserId | None, str | None], None]
_Key = tuple[Kind, UserId | None, str | None, bytes]


class EventRecorder(BackgroundService):
    """`SecurityEvents` over a store. ``on_event`` is told of each event at once."""

    task_name = "security-events"

    def __init__(
        self,
        store: SecurityEventStore,
        clock: Clock,
        *,
        waiting_max: int,
        on_event: Heard | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._waiting_max = waiting_max
        self._on_event = on_event
        self._waiting: OrderedDict[_Key, SecurityEvent] = OrderedDict()
        self._dropped = 0
        self._wake = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Events that are not in PostgreSQL yet; equal ones count once."""
        return len(self._waiting)

    async def stop(self) -> None:
        """Write what waits, if that is possible soon."""
        await super().stop()
        try:
            async with asyncio.timeout(LAST_WRITE_S):
                while self._waiting:
                    await self.write_batch()
        except (SertantaiError, TimeoutError):
            log.warning("security_events_lost", waiting=len(self._waiting))

    def record(
        self,
        kind: Kind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """See `SecurityEvents`. Never waits, never raises."""
        SECURITY_EVENTS.labels(kind.value).inc()
        text = msgspec.json.encode(details or {}, order="deterministic")
        if len(text) > DETAILS_BYTES_MAX:
            text = b'{"details":"too long"}'
        self._put((kind, user_id, ip, text))
        if self._on_event is not None:
            self._on_event(kind, user_id, ip)

    def _put(self, key: _Key) -> None:
        kind, user_id, ip, text = key
        known = self._waiting.get(key)
        if known is not None:
            self._waiting[key] = msgspec.structs.replace(known, times=known.times + 1)
        elif len(self._waiting) >= self._waiting_max:
            self._dropped += 1
            SECURITY_EVENTS_DROPPED.inc()
        else:
            self._waiting[key] = SecurityEvent(
                new_id(),
                self._clock.now(),
                kind.value,
                severity_of(kind).value,
                user_id,
                ip,
                details=msgspec.json.decode(text),
            )
        self._wake.set()

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHERED_S)
            try:
                await self.write_batch()
                failures = 0
            except SertantaiError as error:
                failures += 1
                log.warning("security_events_wait", reason=error.message, waiting=len(self._waiting))
                await asyncio.sleep(min(RETRY_S_MAX, 2.0**failures))

    async def write_batch(self) -> None:
        """Write the events that wait longest; they stay when that fails."""
        batch: list[tuple[_Key, SecurityEvent]] = []
        while self._waiting and len(batch) < BATCH_EVENTS_MAX:
            batch.append(self._waiting.popitem(last=False))
        if not self._waiting:
            self._wake.clear()
        try:
            await self._store.add([event for _, event in batch])
        except Unavailable:
            self._put_back(batch)
            raise
        except SertantaiError as error:
            # One of them can never be written; the others must not wait for it for ever.
            log.error("security_events_refused", reason=error.message, events=len(batch))  # noqa: TRY400  # no fault of ours to trace
            await self._write_singly(batch)
        except BaseException:
            self._put_back(batch)
            raise
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self.record(Kind.EVENTS_DROPPED, None, None, {"dropped": dropped})

    async def _write_singly(self, batch: "list[tuple[_Key, SecurityEvent]]") -> None:
        while batch:
            try:
                await self._store.add([batch[0][1]])
            except Unavailable:
                self._put_back(batch)
                raise
            except SertantaiError:
                self._dropped += 1
                SECURITY_EVENTS_DROPPED.inc()
            batch.pop(0)

    def _put_back(self, batch: list[tuple[_Key, SecurityEvent]]) -> None:
        """In front again. An equal event that has come meanwhile stays a row of its own."""
        newer, self._waiting = self._waiting, OrderedDict(batch)
        for (kind, user_id, ip, text), event in newer.items():
            key = (kind, user_id, ip, text)
            if key in self._waiting:
                key = (kind, user_id, ip, text + event.id.bytes)
            self._waiting[key] = event
        self._wake.set()
