"""Brings live smart lists in line with their filters whenever the register changes, without anybody's visit.

What comes in and goes out is an operation of the list's owner with the source "filter", as if they had asked
for it: journalled, audited, undone from the history. Frozen lists are left alone; their pages tell the drift.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from sertantai.core.errors import NotFound, SertantaiError, Unavailable
from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.rights import Right
from sertantai.engine.budgets import MemoryFull, OwnerBehind
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.lists.access import of_the_house
from sertantai.lists.actions import FILTER, Actions
from sertantai.lists.exceptions import is_live
from sertantai.lists.live_lists_sql import SMART_LISTS
from sertantai.lists.smart import follow
from sertantai.postgres import Database, Role
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.under_way import Piece, UnderWay, WorkKind
from sertantai.records.catalogue import Catalogue
from sertantai.records.register import Register

log = logger(__name__)

LISTS_READ: Final = 500
"""Lists found by one query."""
RETRY_S_MIN: Final = 1.0
RETRY_S_MAX: Final = 60.0
BEFORE_ALL: Final = (UUID(int=0), UUID(int=0))


class LiveLists(BackgroundService):
    """Background service. It begins with a look at every live list: the register may have changed before."""

    task_name = "live-lists"

    def __init__(
        self,
        database: Database,
        register: Register,
        engine: Engine,
        actions: Actions,
        under_way: UnderWay,
    ) -> None:
        self._database = database
        self._register = register
        self._engine = engine
        self._actions = actions
        self._later = False
        self._under_way = under_way
        self._pieces: dict[GroupId, Piece] = {}
        """Of lists that were found, and not looked at yet."""

    async def _run(self) -> None:
        done: Catalogue | None = None
        pause = RETRY_S_MIN
        while True:
            catalogue = await self._register.changed_from(done)
            try:
                await self.sweep(catalogue)
            except SertantaiError as error:
                log.warning("live lists could not be brought in line", reason=error.message, retry_in_s=pause)
            except Exception:  # nobody else looks at these lists: this task outlives what it meets
                log.exception("live lists could not be brought in line")
            else:
                done, pause = catalogue, RETRY_S_MIN
                continue
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_S_MAX)

    async def sweep(self, catalogue: Catalogue) -> int:
        """Bring every live list in line with ``catalogue``; returns how many changed.

        Raises `Unavailable` when it must be begun again.
        """
        # A list that was made a moment ago may have been filled from the register as it was.
        await self._engine.flush()
        changed, self._later = 0, False
        async for owner, group in self._smart_lists():
            changed += await self._follow(catalogue, owner, group)
            await asyncio.sleep(0)
        if self._later:  # theirs are still waiting
            raise Unavailable("Owners of live lists have too much waiting for PostgreSQL.")
        for id in list(self._pieces):  # found by an earlier sweep, and gone before it was their turn
            self._looked_at(id)
        if changed:
            log.info("live lists brought in line", lists=changed, revision=catalogue.revision)
        return changed

    async def _follow(self, catalogue: Catalogue, owner: OwnerId, id: GroupId) -> bool:
        """One list that cannot be changed does not keep the others waiting."""
        self._pieces[id].runs()
        try:
            found = (await of_the_house(self._engine, owner, FILTER)).named(id, Right.TICK)
            if not is_live(found.group):
                self._looked_at(id)
                return False
            done = await follow(self._actions, catalogue, found)
        except (MemoryFull, OwnerBehind):
            self._later = True  # others' lists do not wait for this one
            self._pieces[id].waits()
            return False
        except (NotFound, KeptElsewhere):
            self._looked_at(id)
            return False  # the list or its owner went away meanwhile, or to another server
        except Unavailable:
            raise
        except SertantaiError as error:
            log.warning("a live list could not be changed", group_id=str(id), reason=error.message)
            self._looked_at(id, well=False)
            return False
        self._looked_at(id)
        return done is not None

    def _wait(self, owner: OwnerId, id: GroupId) -> None:
        if id not in self._pieces:
            self._pieces[id] = self._under_way.piece(owner, WorkKind.SMART_LIST, id=str(id), list=id)
        self._pieces[id].waits()

    def _looked_at(self, id: GroupId, *, well: bool = True) -> None:
        self._pieces.pop(id).ends(well=well)

    async def _smart_lists(self) -> AsyncIterator[tuple[OwnerId, GroupId]]:
        after: tuple[UUID, UUID] = BEFORE_ALL
        while True:
            async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
                rows = await connection.fetch(SMART_LISTS, *after, LISTS_READ, self._engine.journal.id)
            found = [(OwnerId(row["user_id"]), GroupId(row["id"])) for row in rows]
            for owner, id in found:
                self._wait(owner, id)
            for after in found:
                yield after
            if len(rows) < LISTS_READ:
                return
