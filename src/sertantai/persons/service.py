"""Erasures when they are due, and once more whoever a restore brought back: before anything is served, and
from then on each half minute."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import UserId
from sertantai.persons import sql
from sertantai.persons.model import Erasure
from sertantai.persons.performing import Eraser
from sertantai.persons.remembered import Erased, ErasedDamaged, in_log
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id
from sertantai.process.under_way import UnderWay, WorkKind

DUE_TOGETHER_MAX: Final = 100
SOON: Final = "It is done within a minute."
AGAIN: Final = "Erased before; a restored database had them once more."

log = logger(__name__)


class Erasing(RegularTurns):
    task_name = "erasing"
    first_after_s: ClassVar[float] = 30.0
    every_s: ClassVar[float] = 30.0
    retry_s: ClassVar[float] = 60.0

    def __init__(
        self,
        database: Database,
        eraser: Eraser,
        erased: Erased,
        clock: Clock,
        settled: SettledTime,
        under_way: UnderWay,
        folder: Path | None = None,
        back: dict[UUID | None, str] | None = None,
    ) -> None:
        """``folder``: of the sealed log, which was told who was erased, too. ``back``: who is there again and
        is not erased yet, with why; None: it is not known who."""
        self._folder = folder
        self.back = {} if back is None else back
        self._database = database
        self._eraser = eraser
        self._erased = erased
        self._clock = clock
        self._settled = settled
        self._under_way = under_way
        self._known: dict[UUID, datetime] = {}

    async def start(self) -> None:
        """Its first turn is over when it returns: nobody who is erased is served."""
        try:
            await self.turn()
        except SertantaiError as error:
            log.warning("erasing_waits", reason=error.message)
        await super().start()

    async def turn(self) -> None:
        try:
            await self._turn()
        except ErasedDamaged as error:
            self.back[None] = error.message
            raise
        self.back.pop(None, None)

    async def _turn(self) -> None:
        now = await self._settled.now()
        await asyncio.to_thread(self._eraser.given.sweep, now)
        await self._remember()
        await self._ask_again()
        failures = Failures()
        why: dict[UUID, str] = {}
        for erasure in await self._due():
            working = [one for one in self._under_way.of(erasure.person) if one.kind is WorkKind.IMPORT]
            if working:
                log.info("erasure_waits_for_import", erasure=str(erasure.id))
                why[erasure.person] = "An import of theirs is running."
                continue
            said = {"erasure": str(erasure.id)}
            doing = self._erase(erasure, why)
            await failures.sparing(doing, log, "somebody could not be erased", **said)
        await self._still_back(why)

    async def _erase(self, erasure: Erasure, why: dict[UUID, str]) -> None:
        try:
            await self._eraser.erase(erasure)
        except SertantaiError as error:
            why[erasure.person] = error.message
            raise

    async def _still_back(self, why: Mapping[UUID, str]) -> None:
        """Of those who were erased; whoever looks at pages, probes or the log sees it until it is done."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.STILL_THERE, list(self._known))
        back = {row["id"]: why.get(row["id"], SOON) for row in rows}
        for person in self.back.keys() - back.keys():
            del self.back[person]
        for person, reason in back.items():
            if self.back.get(person) != reason:
                log.error("erased_person_is_back", person=str(person), reason=reason)
        self.back.update(back)

    async def _remember(self) -> None:
        """What the database knows is done stands in the file as well: it may be an older one, and then what
        stands beside it is older, too."""
        self._known = await asyncio.to_thread(self._erased.all)
        if self._folder is not None:
            folder, self._folder = self._folder, None
            logged = await asyncio.to_thread(in_log, folder)
            lost = {person: at for person, at in logged.items() if person not in self._known}
            await asyncio.to_thread(self._erased.add, lost)
            self._known |= lost
        async with self._database.transaction(Role.SYNC, readonly=True) as connection:
            done = {row["person"]: row["done_at"] for row in await connection.fetch(sql.DONE)}
        for person in done.keys() - self._known.keys():
            await self._eraser.out_of_files(UserId(person))
        fresh = {person: at for person, at in done.items() if person not in self._known}
        await asyncio.to_thread(self._erased.add, fresh)
        self._known |= fresh

    async def _ask_again(self) -> None:
        if not self._known:
            return
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            back = [row["id"] for row in await connection.fetch(sql.STILL_THERE, list(self._known))]
            if not back:
                return
            now = self._clock.now()
            await connection.execute(sql.SHUT_OUT, back, now)
            await connection.execute(sql.TAKE_BACK_OLDER, back, now)
            for person in back:
                await connection.fetchrow(sql.ASK, new_id(), person, now, None, AGAIN, 0, True)
        log.warning("erased_people_were_back", people=len(back))

    async def _due(self) -> list[Erasure]:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            return [Erasure(**dict(row)) for row in await connection.fetch(sql.DUE, DUE_TOGETHER_MAX)]
