"""A list as it was: shown, compared with another moment, and brought back as one change."""

from datetime import datetime

import msgspec
from pyroaring import BitMap

from sertantai.audit.moments import Difference, Moments
from sertantai.core.clock import Clock
from sertantai.core.errors import InvalidInput
from sertantai.engine.engine import Engine
from sertantai.lists.access import Allowed
from sertantai.lists.actions import Actions, Bulk
from sertantai.lists.timelines import settle


class Past(msgspec.Struct, frozen=True):
    """The records at ``at``; and what has come in and gone out of the list since, until ``until``."""

    at: datetime
    until: datetime
    records: BitMap
    since: Difference


class TimeTravel:
    """Raises `DatabaseUnavailable`: the past is in the database only; `BeforeTheTrail` when it is dropped."""

    def __init__(self, engine: Engine, moments: Moments, clock: Clock) -> None:
        self._engine = engine
        self._moments = moments
        self._clock = clock

    async def past(self, found: Allowed, at: datetime, until: datetime | None = None) -> Past:
        """``until`` None: now, as the list is in memory, with changes the database does not have yet."""
        now = self._clock.now()
        if at > now or (until is not None and until < at):
            raise InvalidInput("at: it must be in the past, and not after until.", field="at")
        owner, group = found.owner, found.group
        await settle(self._engine, owner)
        then = await self._moments.as_of(owner, group.id, at)
        if until is None or until >= now:
            return Past(at, now, then, Difference(group.records - then, then - group.records))
        return Past(at, until, then, await self._moments.between(owner, group.id, at, until))

    async def restore(self, actions: Actions, found: Allowed, at: datetime) -> Bulk:
        """Make the list what it was, in one change that can be undone. Notes of what stays are kept; what
        comes back has those that it left with."""
        since = (await self.past(found, at)).since
        notes = await self._moments.notes_left_with(found.owner, found.group.id, at, since.removed)
        return await actions.amend(found.through("undo"), since.removed, since.added, annotations=notes)
