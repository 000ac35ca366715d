"""The data directory belongs to one process at a time, and says to whom."""

import asyncio
import os
from pathlib import Path
from typing import get_args

import pytest

from sertantai.process.data_directory import (
    LOCK_FILE,
    DataDirectory,
    DataDirectoryBusy,
    DataDirectoryForeign,
    DataDirectoryUnusable,
    Purpose,
    read_holder,
    served_at,
    serving,
)


def test_the_second_holder_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    with DataDirectory(tmp_path), pytest.raises(DataDirectoryBusy, match=str(os.getpid())) as caught:
        DataDirectory(tmp_path).lock()
    assert caught.value.holder is not None
    assert caught.value.holder.pid == os.getpid()


def test_it_is_free_again_after_the_first(tmp_path: Path) -> None:
    with DataDirectory(tmp_path):
        pass
    assert read_holder(tmp_path) is None
    with DataDirectory(tmp_path) as second:
        assert second.locked
    assert not second.locked


def test_a_server_holds_it_while_it_lives_and_not_what_a_killed_one_left_written(tmp_path: Path) -> None:
    with DataDirectory(tmp_path, purpose="serve"):
        left = (tmp_path / LOCK_FILE).read_bytes()
        assert serving(tmp_path) is not None
    (tmp_path / LOCK_FILE).write_bytes(left)
    assert serving(tmp_path) is None
    with DataDirectory(tmp_path, purpose="command"):
        assert serving(tmp_path) is None


def test_locking_twice_is_locking_once(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    directory.lock()
    directory.lock()
    directory.unlock()
    DataDirectory(tmp_path).lock()


def test_what_a_killed_holder_wrote_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text('{"pid": 1, "purpose": "serve", "command_line": "gone"}')
    with DataDirectory(tmp_path):
        holder = read_holder(tmp_path)
    assert holder is not None
    assert holder.pid == os.getpid()


def test_where_a_server_is_reached_is_known_while_it_holds_the_directory(tmp_path: Path) -> None:
    assert served_at(tmp_path) is None
    with DataDirectory(tmp_path) as directory:
        assert served_at(tmp_path) is None, "it is not ready"
        directory.note_public_url("http://127.0.0.1:8123")
        assert served_at(tmp_path) == "http://127.0.0.1:8123"
        left_behind = (tmp_path / "lock").read_bytes()
    assert served_at(tmp_path) is None
    (tmp_path / "lock").write_bytes(left_behind)
    assert served_at(tmp_path) is None, "a killed server is reached nowhere"


def test_a_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with DataDirectory(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryUnusable, match="file"):
        DataDirectory(tmp_path / "file").lock()


async def test_a_command_waits_for_a_command(tmp_path: Path) -> None:
    first, second = (DataDirectory(tmp_path, purpose="command") for _ in range(2))
    first.lock()
    waiting = asyncio.create_task(second.lock_within(60))
    await asyncio.sleep(0)
    assert not waiting.done()
    first.unlock()
    await asyncio.wait_for(waiting, 60)
    assert second.locked
    second.unlock()


async def test_nobody_waits_for_a_server_or_for_ever(tmp_path: Path) -> None:
    with DataDirectory(tmp_path), pytest.raises(DataDirectoryBusy):
        await asyncio.wait_for(DataDirectory(tmp_path).lock_within(600), 60)
    with DataDirectory(tmp_path, purpose="command"), pytest.raises(DataDirectoryBusy):
        await DataDirectory(tmp_path).lock_within(0.1)


def test_a_directory_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "public").mkdir(parents=True, mode=0o755)
    (home / "letter.txt").write_text("to somebody", encoding="utf-8")
    (home / "keys").mkdir()
    before = sorted((path.name, path.stat().st_mode) for path in [home, *home.iterdir()])
    for purpose in get_args(Purpose):
        with pytest.raises(DataDirectoryForeign, match=r"holds letter\.txt, public\. Nothing"):
            DataDirectory(home, purpose=purpose).lock()
    assert sorted((path.name, path.stat().st_mode) for path in [home, *home.iterdir()]) == before


@pytest.mark.parametrize("name", ["keys", "journal.sqlite-wal", "lost+found", "before-restore-2026"])
def test_what_is_ours_or_a_file_systems_is_no_obstacle(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with DataDirectory(tmp_path) as directory:
        assert directory.locked


def test_what_somebody_lays_into_a_data_directory_does_not_stop_the_next_start(tmp_path: Path) -> None:
    DataDirectory(tmp_path).__enter__().unlock()
    (tmp_path / "notes of the operator").touch()
    with DataDirectory(tmp_path) as directory:
        assert directory.locked
