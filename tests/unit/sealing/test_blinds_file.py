"""Keys of what is hidden stand in the file beside the database, whatever the disk does."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.sealing import sql
from sertantai.sealing.blinds import Blind, Blinds, Class, damaged_lines

FIRST, SECOND = (Blind(UUID(int=number), 24_000, Class.CONTENT) for number in (1, 2))


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
