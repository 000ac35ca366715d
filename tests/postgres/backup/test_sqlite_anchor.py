"""What a restore does with the anchor, which only the journal of SQLite has."""

from pathlib import Path

from sertantai.backup.restoring import restore
from sertantai.journal.anchor import anchor_path
from sertantai.journal.sqlite_files import FILE
from tests.postgres.backup.test_backup import add_user, back_up, backend, select, selected
from tests.postgres.backup.test_backup import home as home


async def test_a_journal_that_is_kept_is_held_against_its_anchor_still(home: Path) -> None:
    async with backend(home) as running:
        owner = await add_user(running)
        await select(running, owner, 1)
        await back_up(running, home)
        await select(running, owner, 2)
        running.journal_files.copy(home)
        await select(running, owner, 3, 4)
    await restore(home / "file.backup", home / "data", keep_journal=True)
    assert anchor_path(home / "data" / FILE).exists()
    async with backend(home) as restored:
        assert not restored.journal.damages
        assert await selected(restored, owner) == [1, 2, 3, 4]

    (home / FILE).rename(home / "data" / FILE)  # it has lost its end meanwhile
    await restore(home / "file.backup", home / "data", keep_journal=True)
    async with backend(home) as restored:
        [damage] = restored.journal.damages
        assert damage.lost == [(3, 4)]
        assert await selected(restored, owner) == [1, 2]

    await restore(home / "file.backup", home / "data", force=True)
    async with backend(home) as restored:
        assert not restored.journal.damages, "the backup brings its own journal"
        assert await selected(restored, owner) == [1]
