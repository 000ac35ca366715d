"""The synchroniser in a process of its own: all of it comes back, and it may end at any time."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from sertantai.audit.verify import verify
from sertantai.backend import Backend
from sertantai.core.errors import Unavailable
from sertantai.core.ids import OwnerId, Position
from sertantai.engine.feed import Rejected
from sertantai.postgres import Role
from sertantai.process.metrics import REGISTRY
from sertantai.sealing.blinds import Class
from sertantai.sync.apart import supervised
from sertantai.sync.apart.pipe import ENDED, Pipe
from sertantai.sync.apart.supervised import SynchroniserApart, Worker
from sertantai.sync.rejections import Rejections
from sertantai.sync.status import Standing
from sertantai.sync.store import Rejection
from tests.postgres.sync.conftest import MISSING, backend_of_its_own, tick

FORGET_KEYS = "DELETE FROM audit_blinds WHERE subject = $1"


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    async with backend_of_its_own(apart=True) as running:
        yield running


@pytest.fixture
def apart(backend: Backend) -> SynchroniserApart:
    return cast(SynchroniserApart, backend.engine._sync)


async def ticked(backend: Backend, owner: OwnerId) -> list[int]:
    group = (await backend.engine.state(owner)).default_group()
    assert group is not None
    return sorted(group.records)


async def has_ended(worker: Worker) -> None:
    await worker.process.wait()


def ended() -> float:
    return REGISTRY.get_sample_value("sertantai_sync_failures_total", {"code": "process_ended"}) or 0.0


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


async def test_what_is_written_and_what_is_set_aside_comes_back(
    backend: Backend, owner: OwnerId, apart: SynchroniserApart
) -> None:
    worker = apart._worker
    for everybody in (signal.SIGTERM, signal.SIGINT):  # as a terminal or a supervisor sends them
        worker.process.send_signal(everybody)
    records, refused = counted("sertantai_sync_records_total"), counted("sertantai_sync_rejections_total")
    async with asyncio.timeout(60):
        heard = asyncio.create_task(first_rejected(backend))
        await asyncio.sleep(0)
        await tick(backend, owner, 1, MISSING, 2)
        await backend.engine.flush()
        assert (await heard).rejection.owner == owner
    assert len(await Rejections(backend.database).waiting()) == 1
    status = backend.engine.status().sync
    assert (status.position, status.waiting, status.rejected) == (backend.journal.last, 0, 1)
    assert (status.failing_since, status.last_error, status.fatal) == (None, None, None)
    assert counted("sertantai_sync_records_total") == records + 2
    assert counted("sertantai_sync_rejections_total") == refused + 1
    assert await ticked(backend, owner) == [1, 2]
    found = await verify(backend.database)
    assert (found.clean, found.rows) == (True, 2)
    assert apart._worker is worker, "It was one and the same process."


async def first_rejected(backend: Backend) -> Rejected:
    async for entry in backend.feed.subscribe():
        if isinstance(entry, Rejected):
            return entry
    raise AssertionError("The feed has ended.")


async def test_one_that_is_killed_is_followed_by_the_next(
    backend: Backend, owner: OwnerId, apart: SynchroniserApart
) -> None:
    restarts = ended()
    for turn in range(3):
        await tick(backend, owner, 2 * turn + 1)
        worker = apart._worker
        worker.process.kill()
        await tick(backend, owner, 2 * turn + 2)
        await has_ended(worker)
        await backend.engine.flush()
        assert backend.engine.synced == backend.journal.last
    assert ended() == restarts + 3
    found = await verify(backend.database)
    assert (found.clean, found.rows) == (True, 6)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "ASKED_EVERY_S", 0.05)
    monkeypatch.setattr(supervised, "SILENT_S_MAX", 2.0)


@pytest.mark.usefixtures("impatient")
async def test_one_that_hangs_is_ended_and_followed_by_the_next(
    backend: Backend, owner: OwnerId, apart: SynchroniserApart
) -> None:
    before, worker = ended(), apart._worker
    await tick(backend, owner, 1)
    worker.process.send_signal(signal.SIGSTOP)
    await tick(backend, owner, 2)
    await has_ended(worker)
    await backend.engine.flush()
    assert ended() > before
    found = await verify(backend.database)
    assert (found.clean, found.rows) == (True, 2)


async def test_that_it_is_away_is_told(
    backend: Backend, owner: OwnerId, apart: SynchroniserApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ended()
    away, again = asyncio.Event(), asyncio.Event()
    start = Worker.started

    async def started() -> Worker:
        away.set()
        await again.wait()
        return await start()

    monkeypatch.setattr(Worker, "started", started)
    worker = apart._worker
    worker.process.kill()
    await has_ended(worker)
    await tick(backend, owner, 1)
    with pytest.raises(Unavailable, match="safe on disk but not yet in PostgreSQL"):
        await backend.engine.flush(0.01)
    await away.wait()
    status = backend.engine.status()
    assert status.accepting
    assert status.degraded
    assert status.sync.last_error == ENDED
    again.set()
    flushed = asyncio.create_task(backend.engine.flush())
    while not flushed.done():
        await apart.confirmed()  # nobody asks one that has not begun
        await asyncio.sleep(0.01)
    await flushed
    assert not backend.engine.status().degraded
    assert ended() == before + 1


async def test_one_that_lives_and_cannot_begin_is_followed_by_the_next(
    backend: Backend, owner: OwnerId, apart: SynchroniserApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a file of the sealed log cannot be read just then."""
    ask, refused = Pipe.ask, list[str]()

    async def asked(pipe: Pipe, name: str, *arguments: Any, answer: Any = None) -> Any:
        if name == "begin" and not refused:
            refused.append(name)
            raise Unavailable("Not now.")
        return await ask(pipe, name, *arguments, answer=answer)

    monkeypatch.setattr(Pipe, "ask", asked)
    apart._worker.process.kill()
    await tick(backend, owner, 1)
    await backend.engine.flush()
    assert refused
    assert await ticked(backend, owner) == [1]


class DeafSoon:
    """In place of what hears a process: nothing of what it says once the database has set something aside.
    The first of that is that this is counted, with how it then stands."""

    def __init__(self, apart: SynchroniserApart) -> None:
        self._apart = apart
        self._is_deaf = False
        self._last: Standing | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._apart, name)

    def heard_standing(self, standing: Standing) -> None:
        if self._last is not None and not self._is_deaf:
            self._apart.heard_standing(self._last)
        self._last = standing

    def heard_counted(self, what: str, amount: float, code: str) -> None:
        if what == "rejected":
            self._is_deaf = True
        elif not self._is_deaf:
            self._apart.heard_counted(what, amount, code)

    def heard_synced(self, standing: Standing, position: Position, owners: list[OwnerId] | None) -> None:
        if not self._is_deaf:
            self._apart.heard_synced(standing, position, owners)

    def heard_rejected(self, rejection: Rejection) -> None:
        assert self._is_deaf


async def test_what_it_was_setting_aside_is_told_by_the_next(
    backend: Backend, owner: OwnerId, apart: SynchroniserApart
) -> None:
    """It ended when the database had set it aside, and before it could say so."""
    worker = apart._worker
    await backend.engine.state(owner)
    worker.pipe.hears = DeafSoon(apart)
    await tick(backend, owner, 1, MISSING)
    async with asyncio.timeout(60):
        while not await Rejections(backend.database).waiting():  # noqa: ASYNC110  # nothing else tells
            await asyncio.sleep(0.01)
    assert backend.engine.status().sync.rejected == 0
    worker.process.kill()
    await has_ended(worker)
    await backend.engine.flush()
    assert backend.engine.status().sync.rejected == 1
    assert await ticked(backend, owner) == [1]
    worker = apart._worker
    worker.process.kill()  # and by that one only
    await has_ended(worker)
    await tick(backend, owner, 2)
    await backend.engine.flush()
    assert backend.engine.status().sync.rejected == 1


async def test_keys_go_only_once_it_has_forgotten_them(
    backend: Backend, owner: OwnerId, apart: SynchroniserApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tick(backend, owner, 1)
    await backend.engine.flush()
    blinds = apart._apart.blinds
    asked: list[tuple[str, bool]] = []
    ask = apart._worker.pipe.ask

    async def seen(name: str, *arguments: Any, answer: Any = None) -> Any:
        found = await ask(name, *arguments, answer=answer)
        asked.append((name, any(blind.subject == owner for blind in blinds.in_file())))
        return found

    apart._worker.process.send_signal(signal.SIGSTOP)
    with monkeypatch.context() as short:
        short.setattr(supervised, "FORGOTTEN_S_MAX", 0.1)
        with pytest.raises(Unavailable, match="not forgotten yet"):
            await asyncio.to_thread(blinds.forget, owner, tuple(Class))
    assert any(blind.subject == owner for blind in blinds.in_file())
    apart._worker.process.send_signal(signal.SIGCONT)
    monkeypatch.setattr(apart._worker.pipe, "ask", seen)
    await asyncio.to_thread(blinds.forget, owner, tuple(Class))
    assert ("forget", True) in asked
    assert not any(blind.subject == owner for blind in blinds.in_file())
    async with backend.database.transaction(Role.SYNC) as connection:
        await connection.execute(FORGET_KEYS, owner)
    await tick(backend, owner, 2)  # with a new key, as the old one is nowhere
    await backend.engine.flush()
    assert any(blind.subject == owner for blind in blinds.in_file())


async def test_it_ends_when_the_pipe_does() -> None:
    worker = await Worker.started()
    worker.pipe.close()
    assert await worker.process.wait() == 0
