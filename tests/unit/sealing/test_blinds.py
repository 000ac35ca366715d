"""The file of the keys that hide what is personal: whole, damaged, and emptied by what has to go."""

from datetime import date
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

from sertantai.sealing.blinds import FILE, Blind, Blinds, Class, damaged_lines

MONTH = date(2026, 1, 1).toordinal()
KEY = bytes(32)


def some(count: int) -> dict[Blind, bytes]:
    return {Blind(uuid4(), MONTH, Class.ORIGIN): KEY for _ in range(count)}


def test_a_file_of_which_all_had_to_go_is_whole(tmp_path: Path) -> None:
    """The last person was erased: nothing is damaged, and what comes is written behind it."""
    with patch("sertantai.sealing.blinds.TrailFiles.last_place", return_value=(1, 1)):
        blinds, keys = Blinds(tmp_path), some(2)
        assert damaged_lines(tmp_path) == 0, "there was one, as something was hidden"
        blinds._write(keys)
        assert damaged_lines(tmp_path) is None
        blinds.forget_each(keys.keys())
        assert damaged_lines(tmp_path) is None
        assert Blinds(tmp_path).in_file() == {}
        more = some(1)
        blinds._write(more)
        assert (damaged_lines(tmp_path), Blinds(tmp_path).in_file()) == (None, more)
        (tmp_path / FILE).write_bytes(b"")
        assert damaged_lines(tmp_path) == 0


def test_a_line_that_is_damaged_or_cut_is_told_and_not_taken(tmp_path: Path) -> None:
    blinds, keys = Blinds(tmp_path), some(3)
    blinds._write(keys)
    path = tmp_path / FILE
    whole = path.read_bytes()
    for damaged in (whole[:-20], whole.replace(b"origin", b"orig1n", 1)):
        path.write_bytes(damaged)
        assert damaged_lines(tmp_path) == 1
        assert len(Blinds(tmp_path).in_file()) == 2
    assert Blinds(tmp_path)._write_again(keys) == 3
    assert damaged_lines(tmp_path) is None
