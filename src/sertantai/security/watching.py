"""Reads what the engine tells of people's lists, for what is unusual."""

import asyncio
from typing import Final

from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.core.security_events import SecurityEvents
from sertantai.engine.feed import Changed, Entry, Feed, FeedCut, Lost, ReadAnew, Reader, Rejected
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.security.removals import mass_removal

log = logger(__name__)

LAST_LOOK_S: Final = 5.0
REST_S: Final = 0.05
"""Between two looks, so that it is woken for many changes together and not for each."""


class FeedWatch(BackgroundService):
    """Start it before the engine, and stop it after: it then reads what is there to the end."""

    task_name = "feed-watch"

    def __init__(
        self, feed: Feed, events: SecurityEvents, removal_records: int, removal_fraction: float
    ) -> None:
        self._feed = feed
        self._events = events
        self._records = removal_records
        self._fraction = removal_fraction
        self._reader: Reader | None = None

    async def start(self) -> None:
        self._reader = self._feed.subscribe()
        await super().start()

    async def stop(self) -> None:
        if self._feed.is_closed and self._task is not None:
            await asyncio.wait([self._task], timeout=LAST_LOOK_S)
        await super().stop()
        if self._reader is not None:
            self._reader.close()

    async def _run(self) -> None:
        assert self._reader is not None
        while True:
            try:
                entries = await self._reader.some()
            except FeedCut as cut:
                log.error("changes_not_watched", reason=cut.message)  # noqa: TRY400  # nothing to trace
                self._reader = self._feed.subscribe()
                continue
            if not entries:
                return
            for entry in entries:
                try:
                    self._look_at(entry)
                except Exception:
                    log.exception("a_change_could_not_be_looked_at")
            if not self._feed.is_closed:
                await asyncio.sleep(REST_S)

    def _look_at(self, entry: Entry) -> None:
        match entry:
            case Changed(change):
                if change.removed:
                    self._look_for_removal(entry)
            case Rejected(rejection):
                # PostgreSQL refused an operation for good.
                self._events.record(
                    Kind.SYNC_REJECTED, UserId(rejection.owner), None, {"code": rejection.code}
                )
            case ReadAnew() | Lost():
                pass

    def _look_for_removal(self, entry: Changed) -> None:
        found = mass_removal(entry.change, entry.count, self._records, self._fraction)
        if found is not None:
            operation = entry.change.operation
            self._events.record(
                Kind.MASS_REMOVAL,
                operation.origin.actor,
                operation.origin.ip,
                {
                    "removed": found.removed,
                    "of": found.before,
                    "group_id": str(operation.group),
                    "owner_id": str(operation.owner),
                    "operation_id": str(operation.id),
                },
            )
