"""Server, backup and commands with another journal in place of the one on SQLite: they ask for no more."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sertantai.backup.creating import create
from sertantai.backup.restoring import restore
from sertantai.backup.verifying import verify
from sertantai.cli.health_checks import Verdict, examine_machine
from sertantai.cli.journal.inspect import journal_inspect
from sertantai.cli.journal.salvage import journal_salvage
from sertantai.cli.sync.flush import sync_flush
from sertantai.cli.sync.status import find_status
from sertantai.journal import chosen
from tests.conformance.plain_journal import FILE, PlainFiles
from tests.postgres.backup.test_backup import add_user, backend, home, select, selected, settings

__all__ = ["home"]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[None]:
    for path in (home / "data").glob("journal*"):
        path.unlink()
    monkeypatch.setattr(chosen, "KIND", PlainFiles)
    yield
    assert not list(home.rglob("journal.sqlite*"))


async def test_what_was_backed_up_of_another_journal_comes_back(home: Path) -> None:
    file, data = home / "file.backup", home / "data"
    async with backend(home) as running:
        owner = await add_user(running)
        await select(running, owner, 1, 2)
        manifest = await create(running.database, running.journal_files, data / "keys", file)
        await select(running, owner, 3)
    assert (manifest.journal_last, FILE in {part.name for part in manifest.parts}) == (2, True)
    assert await verify(file) == manifest
    await restore(file, home / "new" / "data")
    async with backend(home / "new") as restored:
        assert await selected(restored, owner) == [1, 2]
    await restore(file, data, keep_journal=True)
    async with backend(home) as restored:
        assert await selected(restored, owner) == [1, 2, 3]


async def test_commands_tell_of_another_journal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with backend(home) as running:
        await select(running, await add_user(running), 1, 2)
        journal = running.journal.id
        assert (await find_status(settings(home))).last == 2
    found = {finding.check: finding for finding in await asyncio.to_thread(examine_machine, settings(home))}
    assert (found["journal"].verdict, "operations 1 to 2" in found["journal"].found) == (Verdict.OK, True)
    data = str(home / "data")
    await asyncio.to_thread(journal_inspect, data_dir=data)
    await asyncio.to_thread(journal_salvage, data_dir=data)
    await asyncio.to_thread(sync_flush, data_dir=data)
    said = capsys.readouterr().out
    assert str(journal) in said
    assert "can be read: 1, 2" in said
    assert "everything up to operation 2" in said
