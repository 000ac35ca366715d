"""Takes what the database has had into the sealed log, and signs its heads.

Leaves and notices that are committed go into the files, in the order of the journal; they are on the disk
before a head says so, and a head is on the disk before anybody is told. A head is never signed after a fault
was seen: a different leaf where one is sealed, a code that is not ours, a root that is not the last head's.
Then it is told, and everything else goes on.
"""

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.sealing.notes import Head, NotANote
from sertantai.core.sealing.tree import HASH_BYTES, ZERO, Frontier, leaf_hash
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres.lanes import Lane
from sertantai.postgres.roles import Role
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.sealing import sql
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.dropped import DROPPED, leaf_of
from sertantai.sealing.files import NOTICE, PLACE, TrailFiles
from sertantai.sealing.heads import text_of
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.log import SealedLog
from sertantai.sealing.notices import is_told_with, notice_line
from sertantai.sealing.reached import HistoryDiffers, Reached
from sertantai.sealing.sealed_notices import SealedNotices
from sertantai.sealing.servers import OtherServers
from sertantai.sealing.still_there import StillThere

log = logger(__name__)

EVERY_S: Final = 1.0
NOT_OURS: Final = "not written by this server."
ROWS_AT_ONCE: Final = 200
NOTICES_AT_ONCE: Final = 500
LISTED_AT_ONCE: Final = 20_000
"""Of notices by their ids alone: after a start most are sealed already, and are passed over."""
TOLD_BACK: Final = 2_000
"""How far back notices are looked for again: one may be committed after another that was written later."""
TOLD: Final = struct.Struct(">q16s")
"""When a notice was told, as a number that grows, and its id."""
THIN_HEADS_EVERY_S: Final = 86_400.0
HEAD_LOGGED_EVERY_S: Final = 3_600.0
DROP_EVERY_S: Final = 3_600.0


class _NoticeId(msgspec.Struct, frozen=True):
    id: UUID


_notice_in: Final = msgspec.json.Decoder(_NoticeId).decode


class SealStatus(msgspec.Struct, frozen=True):
    """``size``: leaves under the newest head; ``position``: the last operation among them. ``fault``: why no
    head is signed any more."""

    size: int
    position: int
    signed_at: float | None
    fault: str | None


class Sealer(BackgroundService):
    """``alarm``: where it tells what differs; while that is raised no head is signed. ``rebuild``: makes
    files whole that end before their last head; False: it cannot."""

    task_name = "sealer"

    def __init__(
        self,
        database: Database,
        sealed: SealedLog,
        journal: UUID,
        macs: RowMacs,
        alarm: Alarm | None = None,
        rebuild: Callable[[Head], Awaitable[bool]] | None = None,
    ) -> None:
        self._database = database
        self._files = sealed.files
        self._log = sealed
        self._reached = Reached(sealed.data_path)
        self._journals = list(dict.fromkeys([*sealed.journals, journal]))
        self._macs = macs
        self._alarm = Alarm(sealed.files.folder) if alarm is None else alarm
        self._rebuild = rebuild
        self._frontier = Frontier()
        self._place = (0, 0)
        self._notices = SealedNotices(2 * TOLD_BACK)
        self._last_notice = ZERO.hex()
        self._told, self._drops = 0, False
        self._signed_at: float | None = None
        self._logged_at = self._dropped_at = self._thinned_at = float("-inf")
        self._head: Head | None = None
        self._opened, self.still_there = False, StillThere()
        self._sealing, self._looking = asyncio.Lock(), asyncio.Lock()
        self.others: OtherServers | None = None
        """Who else may have written to the database; None: the database says it."""
        self.before_first_head: Callable[[], Awaitable[None]] | None = None
        """Looks whether somebody outside knows another history. It has a bound of its own."""

    @property
    def files(self) -> TrailFiles:
        return self._files

    @property
    def differences(self) -> tuple[str, ...]:
        """All that was found not to be what was sealed."""
        return self._alarm.said

    @property
    def head(self) -> Head | None:
        """The newest that was signed; None: none was, or the files were not opened yet."""
        return self._head

    @property
    def key(self) -> str:
        """The public key that its heads are signed with, as `core.sealing.notes.Key` writes it."""
        return str(self._log.signer.key)

    @property
    def log(self) -> SealedLog:
        return self._log

    @property
    def status(self) -> SealStatus:
        return SealStatus(self._frontier.size, self._place[0], self._signed_at, self._alarm.fault)

    async def _run(self) -> None:
        while True:
            await self._turn()
            await asyncio.sleep(EVERY_S)

    async def stop(self) -> None:
        """What is committed is sealed before it ends, if that takes no longer than a moment."""
        if self.is_running and self._alarm.fault is None:
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._turn()
            except TimeoutError:
                log.debug("the rest is sealed at the next start")
            await asyncio.to_thread(self._reached.remember_last, self._files)
        await super().stop()

    async def _turn(self) -> None:
        if self._alarm.fault is not None:
            return
        try:
            await self.seal()
        except DatabaseUnavailable as error:
            log.debug("nothing can be sealed now", reason=error.message)
        except (HistoryDiffers, NotANote, ValueError) as error:
            self.halt(getattr(error, "message", str(error)))
        except OSError:
            log.exception("the sealed log cannot be written and is tried again")

    def halt(self, reason: str) -> None:
        """No head is signed from now on: something differs."""
        self._alarm.tell(reason)

    async def show(self, note: str) -> None:
        """The newest head with more signatures; of an older one they are kept elsewhere."""
        async with self._sealing:
            if text_of(await asyncio.to_thread(self._files.newest_note)) == text_of(note):
                await asyncio.to_thread(self._files.show_head, note)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Callable[[Collection[UUID]], None]]:
        """Nothing is sealed meanwhile, and all that is in the files is under a head. Yields who has to hear
        of notices in them that are about to be put back into a database that lost them: they are not sealed
        again. Raises `DatabaseUnavailable`, `OSError`."""
        async with self._sealing:
            if self._alarm.fault is None:
                try:
                    await self._make_ready()
                except (HistoryDiffers, NotANote, ValueError) as error:
                    self.halt(getattr(error, "message", str(error)))
            yield self._notices.are_put_back

    async def seal(self) -> None:
        """Everything that is committed now. Raises `HistoryDiffers`, `DatabaseUnavailable`, `OSError`."""
        await self._look()
        async with self._sealing:
            self._require_one_history()
            try:
                await self._make_ready()
                while await self._seal_some():
                    # A head each time: between two of them operations come before notices, which is what
                    # makes lost files out of the database again.
                    await self._sign()
                await self._sign()
                await self._drop_bodies()
            except OSError:
                self._opened = False  # how much of it was written is not known
                raise
            await self._thin_heads()
            await self._drop_sealed()

    # -------------------------------------------------------------------------------------- what is there

    async def _make_ready(self) -> None:
        if not self._opened:
            await self._make_whole()
            await asyncio.to_thread(self._open)
            self._opened = True

    async def _make_whole(self) -> None:
        """Where files were damaged or cut: out of what the database has, if that meets the last head."""
        last = await asyncio.to_thread(self._reached.last, self._files, self._log.signer.key.name)
        if last is None or self._rebuild is None:
            return
        if not await asyncio.to_thread(self._files.is_whole, last.head):
            log.warning("the sealed log's files are not whole and are made again", size=self._files.size)
            if await self._rebuild(last.head):
                log.warning("the sealed log's files are whole again", size=last.head.size)

    def _open(self) -> None:
        """The files as the last head says they are: what lies beyond it was written before a crash, or before
        the disk failed."""
        last = self._reached.last(self._files, self._log.signer.key.name)
        head = None if last is None else last.head
        size = 0 if head is None else head.size
        if self._files.size < size:
            raise HistoryDiffers(
                f"The sealed log's files end at entry {self._files.size:,}, but {size:,} are under its last "
                "head. They were damaged, or are older."
            )
        self._files.cut(size)
        frontier = self._files.frontier(size)
        if head is not None and frontier.root() != head.root:
            raise HistoryDiffers("The sealed log's files are not those that its last head was signed for.")
        self._reached.require_in(self._files)
        if head is not None and not self._files.is_whole(head):
            raise HistoryDiffers("Notices in the sealed log's files are missing, or were changed.")
        if last is not None and not last.is_in(self._files.last_note()):
            self._files.keep_head(last.note)
        elif last is not None and not last.is_in(self._files.newest_note()):
            self._files.show_head(last.note)
        if last is not None:
            self._reached.remember(last.note)
        self._head, self._frontier = head, frontier
        self._place = self._files.last_place()
        self._notices.begin_anew()
        self._last_notice, self._told, line = ZERO.hex(), 0, None
        for line in self._files.notice_lines():
            self._notices.add(_notice_in(line).id)
        if line is not None:
            self._last_notice = leaf_of(line).hex()
        self._drops = True  # which may have been ended by a crash

    async def _seal_some(self) -> bool:
        """Some of what is behind; False: nothing is."""
        async with self._database.transaction(Role.SYNC, readonly=True, lane=Lane.LISTS) as connection:
            rows = await connection.fetch(sql.LEAVES_BEHIND, self._journals, *self._place, ROWS_AT_ONCE)
            since, most = max(0, self._told - TOLD_BACK), LISTED_AT_ONCE + TOLD_BACK
            listed = await connection.fetchval(sql.NOTICES_TOLD, since, most) or b""
            told = await asyncio.to_thread(list, TOLD.iter_unpack(listed))
            last = await connection.fetchval(sql.LAST_TOLD) if told else 0
            wanted = [n for n, id in told if self._notices.is_behind(id)]
            fresh: list[Record] = []
            if wanted:
                fresh = await connection.fetch(sql.NOTICES_OF, wanted[:NOTICES_AT_ONCE])
                strange = await asyncio.to_thread(self._not_written_here, fresh)
                if strange and await self._are_others(connection, fresh, strange):
                    self._notices.are_others(strange)
        if rows or fresh:
            await asyncio.to_thread(self._take, rows, fresh)
        self.still_there.look(since, told, self._notices, is_all=len(told) < most)
        if told:
            upto = wanted[NOTICES_AT_ONCE - 1] if len(wanted) > NOTICES_AT_ONCE else told[-1][0]
            self._told = max(self._told, min(upto, last))  # nobody's number makes it pass over ours
        more_are_listed = len(told) == most and self._told >= told[-1][0]
        if not wanted and not more_are_listed:
            self._notices.keep(id for _, id in told)
        return bool(rows or fresh) or more_are_listed

    async def _are_others(self, connection: Connection, fresh: list[Record], strange: set[bytes]) -> bool:
        if self.others is None:
            return bool(await connection.fetchval(sql.OTHER_SERVERS, self._journals))
        return await self.others.explain([one for one in fresh if one["id"].bytes in strange], connection)

    def _take(self, rows: list[Record], notices: list[Record]) -> None:
        leaves: list[bytes] = []
        places: list[tuple[int, int]] = []
        for row in rows:
            self._require_ours(row)
            found = list(PLACE.iter_unpack(row["places"]))
            for number, place in enumerate(found):
                leaf = bytes(row["leaves"][number * HASH_BYTES : (number + 1) * HASH_BYTES])
                if place <= self._place:
                    self._require_same(place, leaf)
                    continue
                leaves.append(leaf)
                places.append(place)
                self._place = place
        lines = []
        for notice in notices:
            if notice["id"].bytes in self._notices:  # another server's
                continue
            line = self._entry_of(notice)
            lines.append(line)
            leaves.append(leaf_hash(line))
            places.append((self._place[0], NOTICE))
        self._files.append(leaves, places, lines)
        for leaf in leaves:
            self._frontier.append(leaf)

    def _require_same(self, place: tuple[int, int], leaf: bytes) -> None:
        """Of what was written again beside what is new."""
        at = self._files.index_of(*place)
        if at is None or self._files.leaf(at) != leaf:
            raise HistoryDiffers(f"Operation {place[0]} comes a second time to be sealed, and is another.")

    def _require_ours(self, row: Record) -> None:
        place, held = (row["position"], row["part"]), (bytes(row["places"]), bytes(row["leaves"]))
        if not self._macs.is_ours(bytes(row["mac"]), "leaves", str(row["journal_id"]), *place, *held):
            raise HistoryDiffers(f"What is to be sealed of operation {row['position']} was {NOT_OURS}")

    def _not_written_here(self, notices: list[Record]) -> set[bytes]:
        return {notice["id"].bytes for notice in notices if not is_told_with(self._macs, notice)}

    def _entry_of(self, row: Record) -> bytes:
        if not is_told_with(self._macs, row):
            raise HistoryDiffers(f"The notice {row['id']} of {row['at']:%Y-%m-%d} was {NOT_OURS}")
        line = notice_line(row, self._notices.count + 1, self._last_notice)
        self._last_notice = leaf_hash(line).hex()
        self._notices.add(row["id"])
        self._drops = self._drops or DROPPED in row["body"]
        return line

    async def _drop_bodies(self) -> None:
        """Of notices that the log, as it is under its head, tells to have gone by retention."""
        if self._drops and await asyncio.to_thread(self._files.drop_bodies):
            log.info("what went by retention is out of the sealed log's files")
        self._drops = False

    # -------------------------------------------------------------------------------------- heads

    async def _sign(self) -> None:
        """A head for what is in the files, if there is more than at the last one."""
        if self._frontier.size == (self._head.size if self._head is not None else 0):
            self._tell()
            return
        head = Head(self._log.signer.key.name, self._frontier.size, self._frontier.root())
        note = self._log.signer.sign(head)
        await asyncio.to_thread(self._files.keep_head, note)
        await asyncio.to_thread(self._reached.remember, note)
        self._head = head
        await asyncio.to_thread(self._log.follow_key)
        self._signed_at = time.time()
        self._tell()

    async def _look(self) -> None:
        async with self._looking:
            if self.before_first_head is not None:
                await self.before_first_head()
                self.before_first_head = None

    def _require_one_history(self) -> None:
        if self._alarm.fault is not None:
            raise HistoryDiffers(self._alarm.fault)

    async def _thin_heads(self) -> None:
        """After a start and once a day. What cannot be thinned stays."""
        if time.monotonic() - self._thinned_at < THIN_HEADS_EVERY_S:
            return
        self._thinned_at = time.monotonic()
        try:
            gone = await asyncio.to_thread(self._files.thin_heads, datetime.now(UTC))
        except OSError:
            log.exception("old heads of the sealed log cannot be thinned")
        else:
            log.debug("heads_thinned", gone=gone)

    async def _drop_sealed(self) -> None:
        """Leaves that are in the files since a week: until then they can be read again."""
        if time.monotonic() - self._dropped_at >= DROP_EVERY_S:
            self._dropped_at = time.monotonic()
            async with self._database.transaction(Role.SYNC, lane=Lane.LISTS) as connection:
                await connection.execute(sql.DROP_SEALED_LEAVES, self._journals, *self._place)

    def _tell(self) -> None:
        """One line an hour, so that every log of logs remembers it."""
        if self._head is not None and time.monotonic() - self._logged_at >= HEAD_LOGGED_EVERY_S:
            self._logged_at = time.monotonic()
            log.info("trail_head", origin=self._head.origin, size=self._head.size, root=self._head.root.hex())
