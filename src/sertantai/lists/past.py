"""A list as it was: shown, compared with another moment, and brought back as one change."""

from datetime import datetime

import msgspec
from pyroaring import BitMap

from sertantai.audit.moments import Moments
from sertantai.core.clock import Clock
from sertantai.core.errors import InvalidInput
from sertantai.core.told import Told
from sertantai.lists.access import Allowed
from sertantai.lists.actions import Actions, Bulk
from sertantai.lists.done_before import as_here


class Difference(msgspec.Struct, frozen=True):
    """What has to be added to the earlier list, and removed from it, to make the later one."""

    added: BitMap
    removed: BitMap


class Past(msgspec.Struct, frozen=True):
    """The records at ``at``; and what has come in and gone out of the list since, until ``until``."""

    at: datetime
    until: datetime
    records: BitMap
    since: Difference


class PastLists:
    """Raises `DatabaseUnavailable`: the past is in the database only; `BeforeTheTrail` when it is dropped."""

    def __init__(self, moments: Moments, clock: Clock) -> None:
        self._moments = moments
        self._clock = clock

    async def past(self, found: Allowed, at: datetime, until: datetime | None = None) -> Told[Past]:
        """``until`` None: now, as the list is in memory, with changes the database does not have yet."""
        now = self._clock.now()
        if at > now or (until is not None and until < at):
            raise InvalidInput("at: it must be in the past, and not after until.", field="at")
        moments = [at] if until is None or until >= now else [at, until]
        told = await self._moments.as_of(found.owner, found.group.id, *moments)
        then, *others = told.answer
        later = others[0] if others else found.group.records
        since = Difference(later - then, then - later)
        return told.about(Past(at, moments[1] if others else now, then, since))

    async def begins(self, found: Allowed) -> datetime | None:
        """When the list was handed over without its earlier history, the last time; None: it never was."""
        return (
            (await self._moments.begins(found.owner, found.group.id)).answer if found.group.came_at else None
        )

    async def restore(
        self, actions: Actions, found: Allowed, at: datetime, reason: str | None = None
    ) -> Bulk:
        """Make the list what it was, in one change that can be undone. Notes of what stays are kept; what
        comes back has those that it left with.

        Raises `Unavailable` while the database does not have all that was done: of what it lacks it would
        seem that it had never been.
        """
        then = (await self.past(found, at)).settled_answer().records
        # While the database was waited for, more may have been done.
        now = await actions.records_now(found)
        told = await self._moments.notes_left_with(found.owner, found.group.id, at, then - now)
        shared = found.access is not None
        notes = {
            number: note if whose == found.owner else as_here(note, found.group, whose, shared=shared)
            for number, (whose, note) in told.settled_answer().items()
        }
        through = found.through("undo")
        return await actions.amend(through, then - now, now - then, annotations=notes, reason=reason)
