"""Of the heads that were signed those are kept that last, and the newest is never lost."""

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sertantai.core.sealing.lasting_heads import EVERY_ONE_FOR, ONE_AN_HOUR_FOR, lasting
from sertantai.core.sealing.notes import Head
from sertantai.process import private_files
from sertantai.process.private_files import sync_directory
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.heads_file import ended, heads_at, thin_heads
from sertantai.sealing.keys import HeadSigner

NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
ORIGIN = "example.org/trail/1"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def signed_at(*ages: timedelta) -> list[datetime | None]:
    return [NOW - age for age in ages]


def test_each_of_the_last_day_one_an_hour_of_the_week_and_one_a_day_before() -> None:
    assert lasting([], NOW) == []
    times = signed_at(40 * DAY, 40 * DAY - MINUTE, 39 * DAY, 2 * DAY, 2 * DAY - MINUTE, 2 * DAY - HOUR)
    times += signed_at(DAY - MINUTE, DAY - 2 * MINUTE, MINUTE)
    assert lasting(times, NOW) == [1, 2, 4, 5, 6, 7, 8]


def test_the_newest_lasts_and_so_does_what_has_no_time() -> None:
    times = [None, None, *signed_at(9 * DAY, 9 * DAY - MINUTE)]
    assert lasting(times, NOW) == [0, 1, 3]
    assert lasting(signed_at(9 * DAY), NOW) == [0]
    # A clock that was put back: the newest is older than the one before.
    assert lasting(signed_at(9 * DAY, 10 * DAY), NOW) == [0, 1]


def test_whoever_thins_every_day_is_left_with_what_thinning_once_leaves() -> None:
    chance = random.Random(16)  # when heads are signed, not a secret
    times = sorted(NOW - timedelta(minutes=chance.randrange(30 * 24 * 60)) for _ in range(3_000))
    at_once = [times[number] for number in lasting(times, NOW)]
    daily: list[datetime] = []
    for number in range(31, -1, -1):
        day = NOW - number * DAY
        daily += [at for at in times if day - DAY < at <= day]
        daily = [daily[number] for number in lasting(daily, day)]
    assert daily == at_once
    whole = [at for at in times if at > NOW - EVERY_ONE_FOR]
    assert at_once[-len(whole) :] == whole
    hours = {(at.date(), at.hour) for at in times if at > NOW - ONE_AN_HOUR_FOR}
    assert hours <= {(at.date(), at.hour) for at in at_once}
    assert {at.date() for at in times} == {at.date() for at in at_once}


def written(folder: Path, *ages: timedelta) -> tuple[TrailFiles, list[str]]:
    files, signer = TrailFiles(folder), HeadSigner(ORIGIN, bytes(32))
    files.make()
    notes = [signer.sign(Head(ORIGIN, size, bytes([size]) * 32)) for size in range(1, len(ages) + 1)]
    for note, age in zip(notes, ages, strict=True):
        files.keep_head(note, NOW - age)
    return files, notes


def test_what_lasts_stays_whole_and_the_next_one_comes_behind_it(tmp_path: Path) -> None:
    files, notes = written(tmp_path, 40 * DAY, 40 * DAY - MINUTE, 2 * DAY, MINUTE)
    with (tmp_path / "heads").open("ab") as file:
        file.write(b"example.org/trail/1\n9\ntorn")
    assert files.thin_heads(NOW) == 1
    assert list(files.notes()) == notes[1:]
    assert files.last_note() == files.newest_note() == notes[-1]
    assert [head.at for head in heads_at(tmp_path / "heads")] == signed_at(40 * DAY - MINUTE, 2 * DAY, MINUTE)
    assert (tmp_path / "heads").stat().st_mode & 0o777 == 0o600
    files.keep_head(notes[0], NOW)
    assert list(files.notes()) == [*notes[1:], notes[0]]
    assert files.thin_heads(NOW) == 0


def test_a_head_whose_time_is_not_said_is_read_and_stays(tmp_path: Path) -> None:
    files, notes = written(tmp_path, 40 * DAY, 40 * DAY - MINUTE, MINUTE)
    path = tmp_path / "heads"
    for said in (b"---\n", b"--- 2026-01-01\n", b"--- \xff\n"):
        path.write_bytes(notes[0].encode() + said + b"".join(ended(note, NOW) for note in notes[1:]))
        assert list(files.notes()) == notes
        assert files.thin_heads(NOW) == 0


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_what_fails_on_the_way_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    files, notes = written(tmp_path, 40 * DAY, 40 * DAY - MINUTE, MINUTE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os if fails == "fsync" else Path, fails, full)
        with pytest.raises(OSError, match="No space"):
            files.thin_heads(NOW)
    assert list(files.notes()) == notes
    assert not list(tmp_path.glob("*.draft"))


def test_the_new_file_is_on_the_disk_before_it_takes_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between any two steps leaves the one or the other, whole; what is left of a draft hinders
    nobody."""
    files, notes = written(tmp_path, 40 * DAY, 40 * DAY - MINUTE, MINUTE)
    path, steps = tmp_path / "heads", list[tuple[str, bytes]]()
    (tmp_path / "heads.7.draft").write_bytes(b"left by a crash")

    def watched(name: str, plain: Callable[..., object]) -> Callable[..., object]:
        def step(*given: object) -> object:
            steps.append((name, path.read_bytes()))
            return plain(*given)

        return step

    whole = path.read_bytes()
    monkeypatch.setattr(os, "fsync", watched("fsync", os.fsync))
    monkeypatch.setattr(Path, "replace", watched("replace", Path.replace))
    monkeypatch.setattr(private_files, "sync_directory", watched("directory", sync_directory))
    assert thin_heads(path, NOW) == 1
    assert [name for name, _ in steps[:3]] == ["fsync", "replace", "directory"]
    assert [seen == whole for _, seen in steps[:3]] == [True, True, False]
    assert not list(tmp_path.glob("*.draft"))
    assert list(files.notes()) == notes[1:]
