"""What a backup takes of the sealed log, while its server writes on."""

from pathlib import Path

from sertantai.backup.creating import _copy_trail


def test_files_that_take_anothers_place_in_a_moment_are_left_out(tmp_path: Path) -> None:
    log = tmp_path / "trail" / "1"
    log.mkdir(parents=True)
    for name in ("hashes.0", "heads", "heads.7.draft", "checkpoint", "checkpoint.7.draft", "blinds"):
        (log / name).write_text(name)
    _copy_trail(tmp_path / "trail", tmp_path / "copy")
    copied = {path.name for path in (tmp_path / "copy" / "1").iterdir()}
    assert copied == {"hashes.0", "heads", "checkpoint", "blinds"}
