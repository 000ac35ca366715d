"""Notices who asks for what is not theirs, from the answers that were given; no request waits for it."""

import asyncio
from typing import Final
from uuid import UUID

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, UserId
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.core.security_events import SecurityEvents
from sertantai.http.asgi import Scope
from sertantai.http.caller import caller_in
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.security.store import SecurityEventStore

log = logger(__name__)

SUSPECTS_MAX: Final = 1_000

_Suspect = tuple[GroupId, UserId, str | None, str]


class DenialWatch(BackgroundService):
    """Background service: a 403 is an event; so is a 404 for a list that exists and is somebody else's."""

    task_name = "denials"

    def __init__(self, store: SecurityEventStore, events: SecurityEvents) -> None:
        self._store = store
        self._events = events
        self._suspects: asyncio.Queue[_Suspect] = asyncio.Queue(SUSPECTS_MAX)

    def observe(self, scope: Scope, status: int) -> None:
        """Told of every answer; must cost nothing for those that were given."""
        if status not in (403, 404):
            return
        caller = caller_in(scope)
        if caller is None:
            return
        user_id, client = UserId(caller.user_id), scope.get("client")
        ip, route = client[0] if client else None, str(scope.get("path_template", ""))
        if status == 403:
            self._events.record(Kind.ACCESS_DENIED, user_id, ip, {"route": route})
            return
        group = _uuid(scope.get("path_params", {}).get("group"))
        if group is None:
            return
        try:
            self._suspects.put_nowait((GroupId(group), user_id, ip, route))
        except asyncio.QueueFull:
            # So many at once are an event whosever lists they are.
            self._events.record(Kind.ACCESS_DENIED, user_id, ip, {"route": route, "unchecked": True})

    async def _run(self) -> None:
        while True:
            group, user_id, ip, route = await self._suspects.get()
            try:
                owner = await self._store.owner_of(group, user_id)
            except SertantaiError as error:
                log.info("denial_not_checked", reason=error.message)
                continue
            if owner is not None:
                details = {"route": route, "group_id": str(group), "owner_id": str(owner)}
                self._events.record(Kind.ACCESS_DENIED, user_id, ip, details)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None
