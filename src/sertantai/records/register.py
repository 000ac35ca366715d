"""The register as a service: its catalogue follows imports, and outlasts a database that is away."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pyroaring import BitMap

from sertantai.core.errors import DatabaseUnavailable, NotFound
from sertantai.core.ids import RecordId, RecordNo
from sertantai.postgres.database import Database
from sertantai.postgres.roles import Role
from sertantai.process import logs
from sertantai.process.background import BackgroundService
from sertantai.records import snapshot_file
from sertantai.records.building import build
from sertantai.records.catalogue import Catalogue
from sertantai.records.errors import RegisterBehind
from sertantai.records.showing import Shown
from sertantai.records.store import CHANGES_MAX, FullRecord, RecordChange, RegisterStore

CHANNEL = "sertantai_register"
POLL_INTERVAL_S = 15.0
"""A lost notification is noticed after this long."""
REVISION_WITHIN_S = 1.0
CURRENT_WITHIN_S = 3.0
"""So long somebody waits for an import to be read; less than the patience of a request."""
RETRY_S_MIN = 0.25
LOOKED_UP_AT_HAND_MAX = 2_000
RETRY_S_MAX = 5.0

log = logs.logger(__name__)


class Register(BackgroundService):
    task_name = "register"

    def __init__(
        self, database: Database, data_path: Path, *, poll_interval_s: float = POLL_INTERVAL_S
    ) -> None:
        self.store = RegisterStore(database)
        self._database = database
        self._file = data_path / snapshot_file.FILE_NAME
        self._poll_interval_s = poll_interval_s
        self._catalogue: Catalogue | None = None
        self._ever_changed: tuple[tuple[int, datetime], BitMap] | None = None
        """At which state of the register, and which records."""
        self._changed = asyncio.Condition()
        self._look = asyncio.Event()
        self._may_be_behind = True
        """An import was heard of, or could not be heard of, since the catalogue was read."""

    async def start(self) -> None:
        """Ready with the register as it is now, or, when the database is away, as it was last seen."""
        if self.is_running:
            return
        self._catalogue = await asyncio.to_thread(snapshot_file.load, self._file)
        try:
            await self._catch_up()
        except DatabaseUnavailable as error:
            log.warning(
                "the database is not available; the register is as it was last seen", reason=error.message
            )
        await super().start()

    @property
    def catalogue(self) -> Catalogue:
        """The newest snapshot. Take it once per request, so that one answer is of one register.

        Raises `DatabaseUnavailable` when the register has never been seen.
        """
        if self._catalogue is None:
            raise DatabaseUnavailable(
                "The register is not available until the database is back.", retry_after_s=RETRY_S_MAX
            )
        return self._catalogue

    async def refreshed(self, revision: int) -> Catalogue:
        """Waits until the catalogue shows ``revision`` of the register or a later one."""
        self._look.set()
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._catalogue is not None and self._catalogue.revision >= revision
            )
        return self.catalogue

    async def current(self, timeout_s: float = CURRENT_WITHIN_S) -> Catalogue:
        """The catalogue with everything that was imported before the call: for what takes "all that match".

        Raises `Unavailable` when it takes longer to read than ``timeout_s``. With the database away it is
        the last known one: nothing can have been imported since.
        """
        try:
            async with asyncio.timeout(REVISION_WITHIN_S):
                revision, _ = await self.store.revision()
        except DatabaseUnavailable:
            return self.catalogue
        except TimeoutError:
            # It does not answer; and nothing was imported that the listener would not have heard of.
            if self._may_be_behind:
                raise _behind() from None
            return self.catalogue
        if self.catalogue.revision >= revision:
            return self.catalogue
        try:
            async with asyncio.timeout(timeout_s):
                return await self.refreshed(revision)
        except TimeoutError:
            raise _behind() from None

    async def changed_from(self, known: Catalogue | None) -> Catalogue:
        """Waits until the catalogue is another one than ``known``."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._catalogue is not None and self._catalogue is not known)
        return self.catalogue

    # --------------------------------------------------------------------------------------- records

    async def whole_record(self, record_id: UUID) -> FullRecord:
        """One record with all its columns. Raises `NotFound`, `DatabaseUnavailable`."""
        return await self.store.whole_record(record_id)

    async def ever_changed(self) -> BitMap:
        """The records that any import changed: few, and the same until the next.

        Raises `DatabaseUnavailable`.
        """
        state = await self.store.revision()
        if self._ever_changed is None or self._ever_changed[0] != state:
            self._ever_changed = state, await self.store.ever_changed()
        return self._ever_changed[1]

    async def changes(self, records: BitMap, since: datetime, limit: int = CHANGES_MAX) -> list[RecordChange]:
        """What imports changed in these records after a moment, by record, oldest first.

        The database is asked only for those that ever changed. Raises `DatabaseUnavailable`.
        """
        some = records & await self.ever_changed()
        return await self.store.changes(some, since, limit) if some else []

    async def number_of(self, record: RecordId) -> RecordNo:
        """Raises `NotFound`. A record that was imported a moment ago is looked for in the database."""
        try:
            return self.catalogue.record_no(record)
        except NotFound:
            number = (await self.store.numbers([record])).get(record)
            if number is None:
                raise
            return number

    async def numbers_of(self, records: Sequence[RecordId]) -> tuple[BitMap, list[RecordId]]:
        """The numbers of those that are known, and the ids that are not."""
        if len(records) <= LOOKED_UP_AT_HAND_MAX:
            found, unknown = self.catalogue.record_nos(records)
        else:
            found, unknown = await asyncio.to_thread(self.catalogue.record_nos, records)
        if not unknown:
            return found, []
        newer = await self.store.numbers(unknown)
        return found | BitMap(newer.values()), [record for record in unknown if record not in newer]

    async def numbers_of_each(self, records: Sequence[RecordId]) -> list[int]:
        """The number of each, in their order, or -1 for one that is not known."""
        numbers = await asyncio.to_thread(self.catalogue.numbers_of_each, records)
        unknown = [record for record, number in zip(records, numbers, strict=True) if number < 0]
        if not unknown:
            return numbers
        newer = await self.store.numbers(unknown)
        return [
            newer.get(record, -1) if number < 0 else number
            for record, number in zip(records, numbers, strict=True)
        ]

    # ------------------------------------------------------------------------------------- following

    async def _run(self) -> None:
        """Catches up at each notification, and now and then without one. Ends only when it is cancelled."""
        pause = RETRY_S_MIN
        while True:
            try:
                async with self._database.session(Role.APP) as connection:
                    shown = Shown(connection)
                    await connection.add_listener(CHANNEL, lambda *_: self._heard())
                    connection.add_termination_listener(lambda *_: self._heard())
                    while not connection.is_closed():
                        await self._catch_up_with(shown)
                        pause = RETRY_S_MIN
                        await self._looked()
            except DatabaseUnavailable as error:
                log.warning("the register cannot be followed", reason=error.message)
            except Exception:  # nobody else keeps the catalogue current: this task outlives what it meets
                log.exception("the register could not be read")
            self._may_be_behind = True
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_S_MAX)

    async def _catch_up_with(self, shown: Shown) -> None:
        if self._catalogue is not None:
            await shown.show(self._catalogue.revision)
        self._look.clear()
        await self._catch_up()
        await shown.show(self.catalogue.revision)
        self._may_be_behind = self._look.is_set()

    def _heard(self) -> None:
        self._may_be_behind = True
        self._look.set()

    async def _looked(self) -> None:
        try:
            async with asyncio.timeout(self._poll_interval_s):
                await self._look.wait()
        except TimeoutError:
            pass

    async def _catch_up(self) -> None:
        revision, changed_at = await self.store.revision()
        known = self._catalogue
        if known is not None and (known.revision, known.parts.changed_at) == (revision, changed_at):
            return
        catalogue = await build(self._database)
        async with self._changed:
            self._catalogue = catalogue
            self._changed.notify_all()
        log.info("register read", revision=catalogue.revision, records=catalogue.count)
        await self._save(catalogue)

    async def _save(self, catalogue: Catalogue) -> None:
        try:
            await asyncio.to_thread(snapshot_file.save, catalogue, self._file)
        except OSError as error:
            log.warning("the register could not be saved", path=str(self._file), reason=str(error))


def _behind() -> RegisterBehind:
    return RegisterBehind(
        "New laws were imported just now and are still being read. Try again in a moment.",
        retry_after_s=RETRY_S_MAX,
    )
