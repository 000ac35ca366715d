"""A secret is the one that was made, or is said to be damaged: never another."""

from contextlib import suppress
from pathlib import Path

import pytest

from sertantai.process.secret_file import SECRET_BYTES, read_secret, secret_in
from sertantai.process.summed_files import FileDamaged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "secret"


def test_one_that_was_cut_off_anywhere_or_has_one_bit_changed_is_no_other(path: Path) -> None:
    secret = secret_in(path)
    whole = path.read_bytes()
    damaged = [whole[:size] for size in range(len(whole))]
    damaged += [
        whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
        for at in range(len(whole))
        for bit in range(8)
    ]
    for data in damaged:
        path.write_bytes(data)
        with suppress(FileDamaged):
            assert read_secret(path) == secret, data


def test_one_that_somebody_typed_ends_with_its_line(path: Path) -> None:
    path.parent.mkdir()
    typed = b"x" * SECRET_BYTES + b"\n"
    path.write_bytes(typed)
    assert read_secret(path) == secret_in(path) == typed
