"""A snapshot file that cannot be trusted is as good as none."""

from pathlib import Path

import pytest

from sertantai.records.columns import SORTABLE
from sertantai.records.filters import RecordFilter
from sertantai.records.snapshot_file import load, save
from tests.unit.records.small_register import Law, catalogue_of

LAWS = [Law(n, f"UK_x_{n}", f"Act {n}", "uksi", 1900 + n, str(n), "💚 WASTE") for n in range(1, 50)]


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.bin"
    saved = catalogue_of(LAWS, revision=7, acronyms=[("ACT7", "UK_x_7")])
    save(saved, path)
    loaded = load(path)
    assert loaded is not None
    assert loaded.revision == 7
    assert loaded.rows(range(1, 50)) == saved.rows(range(1, 50))
    assert loaded.matching(RecordFilter(q="act", year=(1903,))) == saved.matching(RecordFilter(year=(1903,)))
    assert [loaded.row(one.number).name for one in loaded.finder.meant("ACT7")] == ["UK_x_7"]
    assert [p.name for p in tmp_path.iterdir()] == ["catalogue.bin"]


def test_no_file_is_no_catalogue(tmp_path: Path) -> None:
    assert load(tmp_path / "catalogue.bin") is None


def test_a_file_of_other_columns_is_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalogue.bin"
    save(catalogue_of(LAWS), path)
    monkeypatch.setattr("sertantai.records.snapshot_file.SORTABLE", (*SORTABLE, "column_of_tomorrow"))
    assert load(path) is None


@pytest.mark.parametrize("at", [0, 30, 40, 200, -4000, -100, -1])
def test_one_wrong_byte_anywhere_makes_it_unusable(tmp_path: Path, at: int) -> None:
    path = tmp_path / "catalogue.bin"
    save(catalogue_of(LAWS), path)
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)
    assert load(path) is None


@pytest.mark.parametrize("kept", [0, 10, 25, 300, -1])
def test_a_file_that_was_cut_off_is_unusable(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "catalogue.bin"
    save(catalogue_of(LAWS), path)
    path.write_bytes(path.read_bytes()[:kept])
    assert load(path) is None
