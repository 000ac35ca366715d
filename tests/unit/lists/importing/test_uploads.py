"""How many files are on their way in at once, how large, how slowly; and that nothing of them is left."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import UserId
from sertantai.lists.importing import uploads
from sertantai.lists.importing.uploads import (
    LONG_S,
    NAME_CHARACTERS_MAX,
    READ_AT_ONCE_MAX,
    RESTS_TIMES,
    UPLOAD_BYTES_MAX,
    UPLOADS_MAX,
    OneUploadAtATime,
    Uploads,
    UploadsFull,
)
from sertantai.process.under_way import UnderWay, Work


def somebody() -> UserId:
    return UserId(uuid4())


async def pieces(*of: bytes) -> AsyncIterator[bytes]:
    for piece in of:
        yield piece


async def test_a_file_arrives_whole_and_is_gone_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(uploads, "WRITTEN_BYTES", 10)
    with Uploads(UnderWay()).place(somebody()) as upload:
        await upload.arrive(pieces(b"Law;Own", b"er\nNoise Act;EHS\n", b"", b"Clean Air Act;EHS\n"))
        (file,) = tmp_path.iterdir()
        assert file.stat().st_mode & 0o077 == 0, "nobody else may read it"
        assert file.read_bytes() == b"Law;Owner\nNoise Act;EHS\nClean Air Act;EHS\n"
        assert b"Clean Air Act" in await upload.tables("register.csv")
    assert not list(tmp_path.iterdir())


async def test_one_person_has_one_and_all_together_a_few() -> None:
    all_ = Uploads(UnderWay())
    with ExitStack() as stack:
        people = [somebody() for _ in range(UPLOADS_MAX)]
        for who in people[:-1]:
            stack.enter_context(all_.place(who))
        with pytest.raises(OneUploadAtATime) as busy, all_.place(people[0]):
            pass
        assert busy.value.retry_after_s
        stack.enter_context(all_.place(people[-1]))
        with pytest.raises(UploadsFull) as full, all_.place(somebody()):
            pass
        assert full.value.retry_after_s
    with all_.place(people[0]), all_.place(somebody()):
        pass


async def test_one_that_is_too_large_is_given_up_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    piece = bytes(UPLOAD_BYTES_MAX // 4)
    sent = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            sent.append(len(piece))
            yield piece

    with Uploads(UnderWay()).place(somebody()) as upload, pytest.raises(TooLarge):
        await upload.arrive(endless())
    assert len(sent) == 5
    with Uploads(UnderWay()).place(somebody()) as upload:
        await upload.arrive(pieces(*[piece] * 4))
    assert not list(tmp_path.iterdir())


async def test_one_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    monkeypatch.setattr(uploads, "ARRIVES_WITHIN_S_MAX", 0.01)
    with Uploads(UnderWay()).place(somebody()) as upload, pytest.raises(InvalidInput, match="in time"):
        await upload.arrive(never())


async def test_no_file_at_all_is_said() -> None:
    with Uploads(UnderWay()).place(somebody()) as upload, pytest.raises(InvalidInput, match="No file"):
        await upload.arrive(pieces(b""))


async def test_a_few_are_read_at_once_and_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, may_end = [], asyncio.Event()

    async def slow(path: Path, name: str) -> bytes:
        reading.append(name)
        await may_end.wait()
        return b"{}"

    monkeypatch.setattr(uploads, "encoded_tables_of_file", slow)
    under_way, told = UnderWay(), list[Work]()
    under_way.listeners.append(lambda _whose, work: told.append(work))
    all_ = Uploads(under_way)

    async def one(name: str) -> bytes:
        with all_.place(somebody()) as upload:
            return await upload.tables(name)

    tasks = [asyncio.create_task(one(str(at))) for at in range(READ_AT_ONCE_MAX + 2)]
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(reading) == READ_AT_ONCE_MAX
    assert [(one.name, one.state, one.ahead) for one in told] == [
        ("0", "running", None),
        ("1", "running", None),
        ("2", "waiting", READ_AT_ONCE_MAX),
        ("3", "waiting", READ_AT_ONCE_MAX + 1),
    ]
    may_end.set()
    assert await asyncio.gather(*tasks) == [b"{}"] * len(tasks)
    assert ("3", READ_AT_ONCE_MAX) in [(one.name, one.ahead) for one in told]
    assert {one.name for one in told if one.state == "done"} == {"0", "1", "2", "3"}


async def test_of_a_long_name_of_a_file_the_beginning_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(_path: Path, _name: str) -> bytes:
        return b"{}"

    monkeypatch.setattr(uploads, "encoded_tables_of_file", read)
    under_way, told = UnderWay(), set[str | None]()
    under_way.listeners.append(lambda _whose, work: told.add(work.name))
    all_ = Uploads(under_way)
    for more in range(2):
        with all_.place(somebody()) as upload:
            await upload.tables("x" * (NAME_CHARACTERS_MAX + more))
    assert told == {"x" * NAME_CHARACTERS_MAX}


async def test_whoever_stops_waiting_makes_way_and_a_file_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_end = asyncio.Event()

    async def unreadable(_path: Path, name: str) -> bytes:
        await may_end.wait()
        raise InvalidInput(f"{name} is no table.", field="file")

    monkeypatch.setattr(uploads, "encoded_tables_of_file", unreadable)
    under_way, last = UnderWay(), dict[str | None, Work]()
    under_way.listeners.append(lambda _whose, work: last.update({work.name: work}))
    all_ = Uploads(under_way)

    async def one(name: str) -> bytes:
        with all_.place(somebody()) as upload:
            return await upload.tables(name)

    tasks = [asyncio.create_task(one(str(at))) for at in range(READ_AT_ONCE_MAX + 2)]
    for _ in range(100):
        await asyncio.sleep(0)
    tasks[READ_AT_ONCE_MAX].cancel()
    for _ in range(100):
        await asyncio.sleep(0)
    assert [last[name].state for name in ("2", "3")] == ["failed", "waiting"]
    assert last["3"].ahead == READ_AT_ONCE_MAX
    may_end.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert {work.state for work in last.values()} == {"failed"}


@pytest.mark.parametrize("took_s", [LONG_S, LONG_S + 1])
async def test_whoever_had_a_file_read_for_long_waits_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, took_s: float
) -> None:
    """Two people with files that take a minute each would else stop everybody's for ever."""
    now = [100.0]

    async def slow(*_given: object) -> bytes:
        now[0] += took_s
        return b"{}"

    monkeypatch.setattr(uploads, "encoded_tables_of_file", slow)
    all_, who = Uploads(UnderWay(), lambda: now[0]), somebody()
    with all_.place(who) as upload:
        await upload.tables("register.xlsx")
    with all_.place(somebody()):
        pass
    if took_s > LONG_S:
        with pytest.raises(OneUploadAtATime, match="took long") as wait, all_.place(who):
            pass
        assert wait.value.retry_after_s == RESTS_TIMES * took_s
    now[0] += RESTS_TIMES * took_s
    with all_.place(who):
        pass
