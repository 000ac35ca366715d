"""All shards that one server writes: one statement at a time for whatever has come meanwhile, of each shard.

Nothing that was sent is guessed. What has no clear answer (a lost connection, a wait for another copy that
somebody cancelled) is settled: the epoch is raised, so that whatever still runs is done or refused, and then
it is looked whether it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from itertools import chain, repeat
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable
from sertantai.journal.errors import JournalFenced, JournalNotReplicated, JournalOutcomeUnknown
from sertantai.journal.shared import sql
from sertantai.journal.shared.primaries import BROKEN, RETRY_AFTER_S, Connection, Primaries, ended
from sertantai.process.ending import end
from sertantai.process.logs import logger

log = logger(__name__)

ANSWER_S_MAX: Final = 10.0
"""An append that has no answer by then is settled over another connection."""
PAUSES_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Between two tries to settle; the last goes on."""
CANCELLED_WAIT: Final = "01000"
"""SQLSTATE of the warning that a wait for another copy was cancelled: what was committed is there, and here
alone."""


class Durability(StrEnum):
    """Whose copies an answer stands for."""

    QUORUM = "quorum"
    """PostgreSQL's own: nothing is written while it waits for no stand-by."""
    STORAGE = "storage"
    """The service below PostgreSQL keeps them."""
    SINGLE = "single"
    """There is one copy, as with a journal in a file."""


class Fence(msgspec.Struct):
    """By whom, and under which epoch, a shard is written."""

    shard: int
    holder: UUID
    epoch: int
    is_lost: bool = False
    """Another server has claimed it: nothing more is written here."""


class Batch(msgspec.Struct, frozen=True):
    fence: Fence
    first: int
    last: int
    checksum: int
    body: bytes
    proof: bytes

    @property
    def place(self) -> tuple[int, int, int, int]:
        return self.fence.shard, self.first, self.last, self.checksum


_Waiting = tuple[Batch, "asyncio.Future[None]"]


class Hub:
    """``holder`` is who claims here: another one each start."""

    def __init__(self, primaries: Primaries, holder: UUID, durability: Durability) -> None:
        self.primaries, self.holder, self.durability = primaries, holder, durability
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._appending: Connection | None = None
        self._beside: Connection | None = None
        self._beside_turn = asyncio.Lock()
        self._warned = False
        self._users = 0
        self._task: asyncio.Task[None] | None = None

    async def enter(self) -> None:
        """One more uses it. Raises `JournalUnavailable`."""
        if self._users == 0:
            await self._make_tables()
            self._task = asyncio.create_task(self._run(), name="journal-hub")
        self._users += 1

    async def leave(self) -> None:
        """With the last who uses it its connections end; what still waits is refused."""
        self._users -= 1
        if self._users or self._task is None:
            return
        await end(self._task)
        self._task = None
        for _, future in self._waiting:
            _refuse(future, JournalUnavailable("The journal is closed.", retry_after_s=RETRY_AFTER_S))
        self._waiting = []
        for connection in (self._appending, self._beside):
            if connection is not None:
                await ended(connection)
        self._appending = self._beside = None

    async def append(self, batch: Batch) -> None:
        """Returns once it is durable. Raises `JournalFenced`, `JournalNotReplicated`, `JournalUnavailable`:
        then it is not there, and never will be."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, future))
        self._wake.set()
        await future

    @asynccontextmanager
    async def beside(self, fence: Fence | None = None) -> AsyncIterator[Connection]:
        """A transaction on another connection than what is appended. With ``fence`` it ends only if the shard
        is held until then. Raises `JournalUnavailable`, `JournalFenced`."""
        async with self._beside_turn:
            connection, self._beside = self._beside, None
            try:
                if connection is None or connection.is_closed():
                    connection = await self.primaries.connect()
                async with asyncio.timeout(ANSWER_S_MAX), connection.transaction():
                    yield connection
                    if fence is not None and not await connection.fetchval(
                        sql.STILL_HELD, fence.shard, fence.holder
                    ):
                        fence.is_lost = True
                        raise JournalFenced
            except BaseException as error:
                if connection is not None:
                    await ended(connection)
                if isinstance(error, BROKEN):
                    raise _unavailable(error) from error
                raise
            self._beside = connection

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Connection]:
        """A connection outside any transaction, for what takes none."""
        connection = await self.primaries.connect()
        try:
            yield connection
        except BROKEN as error:
            raise _unavailable(error) from error
        finally:
            await ended(connection)

    # ------------------------------------------------------------------------------------- appending

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                group, self._waiting = self._waiting, []
                try:
                    await self._write(group)
                except asyncio.CancelledError:
                    _leave_unknown(group)
                    raise
                except Exception:
                    log.exception("a group could not be appended")
                    _leave_unknown(group)

    async def _write(self, group: Sequence[_Waiting]) -> None:
        try:
            connection = await self._connected()
        except (JournalUnavailable, *BROKEN) as error:  # nothing was sent
            for _, future in group:
                _refuse(future, _unavailable(error))
            return
        batches = [batch for batch, _ in group]
        self._warned = False
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                row = await connection.fetchrow(
                    sql.APPEND, *_columns(batches), self._asks_for_copies, self.holder
                )
            assert row is not None, "one row in any case"
        except BROKEN as error:
            log.warning("an append has no answer, and is settled", reason=str(error) or type(error).__name__)
            await self._settle(group)
            return
        if self._warned:
            log.warning("a wait for another copy of the journal was cancelled; it is settled")
            await self._settle(group)
            return
        stored, is_copied = set(row["shards"]), bool(row["names"]) or not self._asks_for_copies
        for batch, future in group:
            if batch.fence.shard in stored:
                _resolve(future)
            elif not is_copied:
                _refuse(future, JournalNotReplicated())
            else:
                log.error("journal_fenced", shard=batch.fence.shard, epoch=batch.fence.epoch)
                batch.fence.is_lost = True
                _refuse(future, JournalFenced())

    @property
    def _asks_for_copies(self) -> bool:
        return self.durability is Durability.QUORUM

    async def _connected(self) -> Connection:
        if self._appending is None or self._appending.is_closed():
            self._appending = await self.primaries.connect(self._hear)
        return self._appending

    def _hear(self, sqlstate: str) -> None:
        self._warned = self._warned or sqlstate == CANCELLED_WAIT

    async def _settle(self, group: Sequence[_Waiting]) -> None:
        """Until it is known of each whether it is there: nobody is told before."""
        pauses = chain(PAUSES_S, repeat(PAUSES_S[-1]))
        while True:
            connection, self._appending = self._appending, None
            if connection is not None:
                await ended(connection)
            try:
                found = await self._found(await self._connected(), [batch for batch, _ in group])
            except (JournalUnavailable, *BROKEN) as error:
                log.warning(
                    "what was appended cannot be settled yet", reason=str(error) or type(error).__name__
                )
                await asyncio.sleep(next(pauses))
                continue
            if not self._warned:
                break
        for (batch, future), (epoch, is_there) in zip(group, found, strict=True):
            if is_there:
                _resolve(future)
            else:
                _refuse(future, JournalFenced() if epoch is None else _refused())
            batch.fence.is_lost = epoch is None
            batch.fence.epoch = epoch or batch.fence.epoch

    async def _found(self, connection: Connection, batches: Sequence[Batch]) -> list[tuple[int | None, bool]]:
        """Of each the epoch that is its own from now on, None where the shard is another's, and whether it is
        there. The raise waits for whatever still holds the row, and is a commit that others have, too: so is
        what it found."""
        self._warned = False
        found: dict[int, tuple[int | None, bool]] = {}
        async with connection.transaction():
            for number, batch in sorted(enumerate(batches), key=lambda one: one[1].fence.shard):
                epoch = await connection.fetchval(sql.RAISE, batch.fence.shard, self.holder)
                is_there = await connection.fetchval(sql.IS_THERE, *batch.place, batch.fence.epoch)
                found[number] = epoch, is_there
            if self._asks_for_copies and not await connection.fetchval(sql.STANDBYS):
                raise JournalNotReplicated
        return [found[number] for number in range(len(batches))]

    async def _make_tables(self) -> None:
        async with self.alone() as connection:
            if not await connection.fetchval(sql.HAS_SCHEMA):
                async with connection.transaction():
                    await connection.execute(sql.LOCK_SCHEMA)
                    await connection.execute(sql.TABLES)


def _columns(batches: Sequence[Batch]) -> tuple[list[int], ...]:
    columns = zip(
        *(
            (one.fence.shard, one.fence.epoch, one.first, one.last, one.checksum, one.body, one.proof)
            for one in batches
        ),
        strict=True,
    )
    return tuple(map(list, columns))


def _leave_unknown(group: Sequence[_Waiting]) -> None:
    unknown = "We do not know yet whether this was saved. Check before you try again."
    for _, future in group:
        _refuse(future, JournalOutcomeUnknown(unknown, retry_after_s=RETRY_AFTER_S))


def _refused() -> JournalUnavailable:
    return JournalUnavailable("The journal's PostgreSQL did not take it.", retry_after_s=RETRY_AFTER_S)


def _unavailable(error: BaseException) -> JournalUnavailable:
    if isinstance(error, JournalUnavailable):
        return error
    said = str(error) or type(error).__name__
    return JournalUnavailable(
        f"The journal's PostgreSQL cannot be used: {said}.", retry_after_s=RETRY_AFTER_S
    )


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _refuse(future: "asyncio.Future[None]", error: JournalUnavailable) -> None:
    with suppress(asyncio.InvalidStateError):
        future.set_exception(error)
