"""Looks again and again whether the trail is still what was sealed, slowly, beside everything else: all of it
once a month, when the month before has closed, and else each hour the history of a list taken by chance."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.comparing.differences import SealFault, SealVerification
from sertantai.audit.guarding.database_rules import DatabaseRules
from sertantai.audit.verify_seals import verify_owner, verify_seals
from sertantai.core.clock import Clock
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.process.summed_files import FileDamaged, read_summed, write_summed
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import look
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reached import Reached

log = logger(__name__)

FILE: Final = "patrol.json"
LOOKED_AGAIN: Final = "The next turn looks at everything again, and writes it again."
SHARE: Final = 0.05
"""Of a core."""
FILES_ENTRIES_MAX: Final = 200_000
"""Of a log with more of them files are looked at once a month, with everything else."""
ROWS_AT_ONCE: Final = 200
"""A few milliseconds."""


class Checked(msgspec.Struct, frozen=True):
    """``month``: the last one that had closed when all was looked at; ``all_at``: when that was. The rest is
    of the last turn. ``of``: a list; None: of everything."""

    at: datetime
    of: UUID | None
    entries: int
    differences: int
    month: str | None
    all_at: datetime | None


class Slowly:
    """Works ``share`` of the time and rests for the other; the busier everybody else is, the longer."""

    def __init__(self, share: float = SHARE) -> None:
        self._factor = (1 - share) / share
        self._rows = 0
        self._began = time.monotonic()

    async def __call__(self, rows: int) -> None:
        self._rows += rows
        if self._rows >= ROWS_AT_ONCE:
            self._rows = 0
            await asyncio.sleep(self._factor * (time.monotonic() - self._began))
            self._began = time.monotonic()


class Patrol(RegularTurns):
    """A difference raises the alarm. ``journal``: this directory's."""

    task_name = "patrol"

    def __init__(
        self,
        database: Database,
        data_path: Path,
        journal: UUID,
        notices: Notices,
        alarm: Alarm,
        clock: Clock,
        slowly: Callable[[], Slowly] = Slowly,
    ) -> None:
        self._database = database
        self._data_path = data_path
        self._journal = journal
        self._notices = notices
        self._alarm = alarm
        self._clock = clock
        self._slowly = slowly
        self.damaged = list[str]()
        """What is wrong with the log's files, as far as it was seen."""

    async def turn(self) -> None:
        """Raises `DatabaseUnavailable`."""
        folder = newest_log(self._data_path)
        if self._alarm.fault is not None or not (folder / "checkpoint").exists():
            return  # it is known, or there is nothing yet
        last = checked_in(folder)
        closed = _month_before(self._clock.now())
        self.damaged = await self._damaged(folder, whole=last is None or last.month != closed)
        for said in await DatabaseRules(self._database, self._data_path).differing():
            self._alarm.tell(said)
        if last is None or last.month != closed:
            pause = self._slowly()
            found = await verify_seals(self._database, self._data_path, self._journal, pause=pause)
            await self._tell(folder, None, found, closed, self._clock.now())
            return
        one = await self._by_chance()
        if one is not None:
            owner, group = one
            pause = self._slowly()
            found = await verify_owner(self._database, self._data_path, self._journal, owner, pause)
            await self._tell(folder, group, found, last.month, last.all_at)

    async def _damaged(self, folder: Path, *, whole: bool) -> list[str]:
        """What is wrong with the log's own files. No rewriting of history: the next start mends what it can.
        What is found while they are written has to be found twice."""
        if not whole and TrailFiles(folder).size > FILES_ENTRIES_MAX:
            return self.damaged
        found = await self._looked(folder)
        if found:
            again = await self._looked(folder)
            found = [one for one in found if one in again]
        for one in found:
            if one not in self.damaged:
                log.error("file_damaged", reason=one)
        return found

    async def _looked(self, folder: Path) -> list[str]:
        pause, looking = self._slowly(), look(folder, Reached(self._data_path))
        faults = list[str]()

        def piece() -> int | None:
            try:
                return next(looking)
            except StopIteration as end:
                faults.extend(end.value.faults)
                return None

        while (count := await asyncio.to_thread(piece)) is not None:
            await pause(count)
        return faults

    async def _by_chance(self) -> tuple[UUID, UUID] | None:
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            row = await connection.fetchrow(sql.A_LIST_BY_CHANCE)
        return None if row is None else (row["user_id"], row["group_id"])

    async def _tell(
        self,
        folder: Path,
        group: UUID | None,
        found: SealVerification,
        month: str,
        all_at: datetime | None,
    ) -> None:
        count = len(found.differences)
        for difference in found.differences:
            if difference.fault is SealFault.FILE_DAMAGED:  # which the next start mends, if it can
                log.error("file_damaged", reason=difference.said)
            else:
                self._alarm.tell(difference.said)
        log.info(
            "patrol", of="everything" if group is None else str(group), entries=found.entries, differs=count
        )
        body: dict[str, Any] = {"differences": count, "entries": found.entries, "rows": found.rows}
        body["what"] = "all" if group is None else "list"
        async with self._database.transaction(Role.SYNC) as connection:
            await self._notices.tell(connection, Kind.CHECKED, subject=group, body=body)
        checked = Checked(self._clock.now(), group, found.entries, count, month, all_at)
        await asyncio.to_thread(write_summed, folder / FILE, msgspec.json.encode(checked))


def checked_in(folder: Path) -> Checked | None:
    """The last turn that was done for the log in ``folder``; None: none, or it cannot be read."""
    try:
        return msgspec.json.decode(read_summed(folder / FILE, LOOKED_AGAIN), type=Checked)
    except (OSError, FileDamaged, msgspec.MsgspecError):
        return None


def _month_before(now: datetime) -> str:
    year, month = (now.year, now.month - 1) if now.month > 1 else (now.year - 1, 12)
    return f"{year}-{month:02}"
