"""Files of the data directory: for their owner alone whatever the umask is, and whole or not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sertantai.process.private_files import make_private_folder, write_whole


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_folder_and_what_was_missing_above_it_are_their_owners_alone(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "trail" / "1")
    assert (mode(tmp_path / "trail"), mode(tmp_path / "trail" / "1")) == (0o700, 0o700)
    make_private_folder(tmp_path / "trail" / "1")


def test_a_file_takes_the_place_of_one_that_others_could_read(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text("of before")
    write_whole(path, b"of now")
    assert (path.read_bytes(), mode(path)) == (b"of now", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_until_all_of_the_new_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "known"
    write_whole(path, b"of before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"of now")
    assert path.read_bytes() == b"of before"
    assert list(tmp_path.iterdir()) == [path], "a half would fill the disk further"
