"""Who was erased, as a file says it that somebody may have damaged."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from sertantai.persons.remembered import Erased, ErasedDamaged
from sertantai.process.data_directory import ERASED_FILE

PERSON = UUID(int=7)


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"nobody", b"\n\x00"])
def test_damage_is_named_with_the_file_whatever_bytes_it_is(tmp_path: Path, damage: bytes) -> None:
    Erased(tmp_path).add({PERSON: datetime(2026, 1, 2, tzinfo=UTC)})
    path = tmp_path / ERASED_FILE
    path.write_bytes(path.read_bytes() + damage)
    with pytest.raises(ErasedDamaged, match=f"{ERASED_FILE} is damaged"):
        Erased(tmp_path).all()


def test_a_time_that_was_cut_off_can_be_compared_still(tmp_path: Path) -> None:
    (tmp_path / ERASED_FILE).write_text(f"{PERSON} 2026-01-02")
    assert Erased(tmp_path).all() == {PERSON: datetime(2026, 1, 2, tzinfo=UTC)}
