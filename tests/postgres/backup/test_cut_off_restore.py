"""A restore that was cut off: nobody takes the directory but the next restore, which makes it whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sertantai.backend import Backend
from sertantai.backup import restoring
from sertantai.backup.restoring import restore
from sertantai.journal.chosen import journal_in
from sertantai.process.data_directory import DataDirectory, RestoreUnfinished, read_restoring
from tests.postgres.backup.test_backup import add_user, back_up, backend, select, selected
from tests.postgres.backup.test_backup import home as home


class PowerCut(BaseException):
    """Nothing that is written after it is done."""


def cut(*_given: Any, **_named: Any) -> Any:
    raise PowerCut


def cut_at_second(rename: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    moves = 0

    def renamed(path: Path, target: Path) -> Path:
        nonlocal moves
        moves += "before-restore-" in str(target)
        return cut() if moves == 2 else rename(path, target)

    return renamed


def while_it_clears(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "rename", cut_at_second(Path.rename))


def while_it_fills_the_database(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restoring, "migrate", cut)


def before_the_journal_is_in_its_place(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restoring, "_place", cut)
    patch.setattr(restoring, "_keep", cut)


def before_it_is_on_the_disk(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restoring, "_sync_placed", cut)


@pytest.mark.parametrize(
    ("event", "keep_journal"),
    [
        (while_it_clears, True),
        (while_it_fills_the_database, False),
        (before_the_journal_is_in_its_place, True),
        (before_it_is_on_the_disk, False),
    ],
)
async def test_it_is_refused_in_words_and_made_whole_by_the_next(
    home: Path,
    event: Callable[[pytest.MonkeyPatch], None],
    keep_journal: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with backend(home) as running:
        owner = await add_user(running)
        await select(running, owner, 1)
        await back_up(running, home)
        await select(running, owner, 2)

    with monkeypatch.context() as patch:
        event(patch)
        with pytest.raises(PowerCut):
            await restore(home / "file.backup", home / "data", force=True, keep_journal=keep_journal)
    for taken in (DataDirectory(home / "data"), DataDirectory(home / "data", purpose="command")):
        with pytest.raises(RestoreUnfinished, match=f"sertantai backup restore {home / 'file.backup'}"):
            taken.lock()
        assert not taken.locked
    with pytest.raises(RestoreUnfinished):
        await Backend(backend(home).settings, durable=False).__aenter__()

    await restore(home / "file.backup", home / "data", keep_journal=keep_journal)

    assert read_restoring(home / "data") is None
    assert [path for path in (home / "data").iterdir() if path.name.startswith(".restore-")] == []
    [aside] = (home / "data").glob("before-restore-*")
    assert (aside / "postgres" / "data" / "PG_VERSION").exists(), "what was there before is still there"
    assert journal_in(aside).exists
    async with backend(home) as restored:
        assert await selected(restored, owner) == ([1, 2] if keep_journal else [1])
