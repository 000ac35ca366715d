"""What is sealed says nothing without the key, and nothing to anybody else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.accounts.keys.sealing import CannotBeOpened, Sealer, sealed_with
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.core.clock import ManualClock
from sertantai.process.new_ids import new_id

ANN, BOB = new_id(), new_id()
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    return opened(tmp_path_factory.mktemp("keys"))


def opened(folder: Path) -> Sealer:
    keys = SigningKeys(folder, ManualClock())
    keys.open()
    return Sealer(keys)


def test_what_was_sealed_is_opened_and_shows_nothing(sealer: Sealer) -> None:
    sealed = sealer.seal(SECRET, ANN)
    assert sealer.open(sealed, ANN) == SECRET
    assert SECRET not in sealed
    assert sealed != sealer.seal(SECRET, ANN), "equal secrets must not look equal"


def test_a_row_copied_to_another_user_opens_nothing(sealer: Sealer) -> None:
    with pytest.raises(CannotBeOpened):
        sealer.open(sealer.seal(SECRET, ANN), BOB)


def test_without_the_key_it_stays_closed(sealer: Sealer, tmp_path: Path) -> None:
    with pytest.raises(CannotBeOpened, match="not in the folder"):
        opened(tmp_path).open(sealer.seal(SECRET, ANN), ANN)


def test_what_an_older_version_kept_open_is_read_and_due_for_sealing(sealer: Sealer) -> None:
    assert sealer.open(SECRET, ANN) == SECRET
    assert not sealer.is_current(SECRET)
    assert sealed_with(SECRET) is None


def test_after_a_rotation_the_old_seal_opens_and_is_due_for_a_new_one(tmp_path: Path) -> None:
    sealer = opened(tmp_path)
    old = sealer.seal(SECRET, ANN)
    assert sealer.is_current(old)
    key = sealer.keys.add()
    assert sealer.open(old, ANN) == SECRET
    assert not sealer.is_current(old)
    assert sealed_with(sealer.seal(SECRET, ANN)) == key.key_id


def test_what_another_process_has_just_sealed_with_a_new_key_is_opened_at_once(tmp_path: Path) -> None:
    ours, command = opened(tmp_path), opened(tmp_path)
    ours.open(ours.seal(SECRET, ANN), ANN)
    command.keys.add()
    assert ours.open(command.seal(SECRET, ANN), ANN) == SECRET


@given(at=st.integers(0, 10_000), letter=st.sampled_from("A0_:=é"))
def test_a_changed_letter_never_opens_to_something_else(sealer: Sealer, at: int, letter: str) -> None:
    sealed = sealer.seal(SECRET, ANN)
    start = len("sealed1:")
    at = start + at % (len(sealed) - start)
    changed = sealed[:at] + letter + sealed[at + 1 :]
    try:
        assert sealer.open(changed, ANN) == SECRET, "only the same bits written another way"
    except CannotBeOpened:
        assert changed != sealed
