"""The file of the keys that hide what is personal: whole, damaged, emptied, and on a disk that is full."""

import errno
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest

from sertantai.sealing import sql
from sertantai.sealing.blinds import FILE, Blind, Blinds, Class, damaged_lines

FIRST, SECOND = (Blind(UUID(int=number), 24_000, Class.CONTENT) for number in (1, 2))


MONTH = date(2026, 1, 1).toordinal()
KEY = bytes(32)


def some(count: int) -> dict[Blind, bytes]:
    return {Blind(uuid4(), MONTH, Class.ORIGIN): KEY for _ in range(count)}


class _Keeping:
    """What the database does with keys: the first counts."""

    def __init__(self) -> None:
        self.keys: dict[tuple[Any, ...], bytes] = {}

    async def execute(self, statement: str, *columns: Sequence[Any]) -> None:
        assert statement == sql.KEEP_BLINDS
        for *blind, key in zip(*columns, strict=True):
            self.keys.setdefault(tuple(blind), key)

    async def fetch(self, statement: str, *columns: Sequence[Any]) -> list[dict[str, Any]]:
        assert statement == sql.BLINDS
        return [
            {"subject": blind[0], "month": blind[1], "class": blind[2], "key": self.keys[blind]}
            for blind in zip(*columns, strict=True)
        ]


async def test_a_key_that_the_disk_had_no_room_for_is_written_later_and_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blinds, database = Blinds(tmp_path), _Keeping()
    connection: Any = database
    write = os.write

    def half(descriptor: int, data: bytes) -> int:
        write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space left"):
            await blinds.keys(connection, [FIRST])
    await blinds.keys(connection, [FIRST])
    await blinds.keys(connection, [SECOND])
    assert damaged_lines(tmp_path) is None
    assert Blinds(tmp_path).in_file().keys() == {FIRST, SECOND}
    assert set(Blinds(tmp_path).in_file().values()) == set(database.keys.values())


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
