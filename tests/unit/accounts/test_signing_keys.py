"""Keys are private files, made once, shared by servers, and rotated without signing anybody out."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sertantai.accounts.keys.signing_keys import LOOK_AGAIN_AFTER_S, SigningKeys
from sertantai.core.clock import ManualClock

A_DAY = timedelta(days=1)


def opened(folder: Path, clock: ManualClock) -> SigningKeys:
    keys = SigningKeys(folder, clock)
    keys.open()
    return keys


def test_the_first_start_makes_a_key_that_only_we_can_read(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        keys = opened(tmp_path / "keys", ManualClock())
    finally:
        os.umask(previous)
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert len(keys.current.secret) == 32


def test_the_next_start_reads_the_same_key(tmp_path: Path) -> None:
    clock = ManualClock()
    first = opened(tmp_path, clock).current
    clock.advance(1000)
    assert opened(tmp_path, clock).current == first


def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies(tmp_path: Path) -> None:
    clock = ManualClock()
    keys = opened(tmp_path, clock)
    old = keys.current
    clock.advance(60)
    new = keys.rotate(A_DAY)
    assert keys.current == new != old
    assert keys.find(old.key_id) == old


def test_the_new_key_signs_also_where_the_clock_has_been_set_back(tmp_path: Path) -> None:
    first = opened(tmp_path, ManualClock(datetime(2026, 6, 1, tzinfo=UTC))).current
    keys = opened(tmp_path, ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
    made = keys.add()
    assert keys.current == made != first
    assert opened(tmp_path, ManualClock()).current == made


def test_a_key_goes_once_all_that_it_signed_has_expired(tmp_path: Path) -> None:
    clock = ManualClock()
    keys = opened(tmp_path, clock)
    first = keys.current
    clock.advance(60)
    second = keys.rotate(A_DAY)
    clock.advance(A_DAY.total_seconds() - 1)
    keys.rotate(A_DAY)
    assert keys.find(first.key_id) is not None
    clock.advance(1)
    keys.rotate(A_DAY)
    assert keys.find(first.key_id) is None
    assert keys.find(second.key_id) is not None
    assert not (tmp_path / f"{first.key_id}.key").exists()


def test_a_key_that_another_server_made_is_found(tmp_path: Path) -> None:
    clock = ManualClock()
    here, there = opened(tmp_path, clock), opened(tmp_path, clock)
    clock.advance(LOOK_AGAIN_AFTER_S)
    made = there.rotate(A_DAY)
    assert here.find(made.key_id) == made


def test_a_key_that_another_process_made_signs_within_seconds(tmp_path: Path) -> None:
    clock = ManualClock()
    here, there = opened(tmp_path, clock), opened(tmp_path, clock)
    old = here.current
    clock.advance(1)
    made = there.rotate(A_DAY)
    clock.advance(LOOK_AGAIN_AFTER_S)
    assert here.current == made
    assert here.find(old.key_id) == old


def test_a_key_that_somebody_took_away_is_not_believed_any_more(tmp_path: Path) -> None:
    clock = ManualClock()
    keys = opened(tmp_path, clock)
    old = keys.current
    clock.advance(1)
    keys.rotate(A_DAY)
    assert keys.older() == [old.key_id]
    (tmp_path / f"{old.key_id}.key").unlink()
    clock.advance(LOOK_AGAIN_AFTER_S)
    assert keys.find(old.key_id) is None


def test_keys_that_cannot_be_read_for_a_moment_go_on_working(tmp_path: Path) -> None:
    clock = ManualClock()
    keys = opened(tmp_path / "keys", clock)
    key = keys.current
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    clock.advance(LOOK_AGAIN_AFTER_S)
    assert keys.current == key


def test_forged_key_ids_do_not_make_us_read_the_disk_again_and_again(tmp_path: Path) -> None:
    clock = ManualClock()
    keys = opened(tmp_path, clock)
    made = opened(tmp_path, clock).rotate(A_DAY)
    assert keys.find("forged") is None
    assert keys.find(made.key_id) is None, "looked again at once"
    clock.advance(LOOK_AGAIN_AFTER_S)
    assert keys.find(made.key_id) == made


def test_files_that_are_no_keys_are_left_alone(tmp_path: Path) -> None:
    clock = ManualClock()
    (tmp_path / "csrf.key").write_text("not ours")
    (tmp_path / "20260101T000000000000Z-short.key").write_text("abcd")
    keys = opened(tmp_path, clock)
    assert keys.find("csrf") is None
    assert (tmp_path / "csrf.key").read_text() == "not ours"


def test_a_key_id_of_another_type_is_nobodys(tmp_path: Path) -> None:
    keys = opened(tmp_path, ManualClock())
    assert keys.find(None) is None
    assert keys.find(["list"]) is None
