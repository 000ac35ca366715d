"""A backup is a file that somebody hands over: unpacked, it writes where it should and nowhere else."""

import hashlib
import io
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from sertantai.backup.archive import MANIFEST_BYTES_MAX, extract, read_manifest
from sertantai.backup.manifest import FORMAT, MANIFEST_NAME, BackupDamaged, Manifest, Part
from sertantai.core.ids import Position

BODY = b"what is in it"


def manifest_of(*names: str, mode: int = 0o600) -> Manifest:
    digest = hashlib.sha256(BODY).hexdigest()
    return Manifest(
        format=FORMAT,
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        sertantai="0",
        postgres=18,
        schema_revision="0001",
        journal_id=None,
        journal_first=Position(1),
        journal_last=Position(0),
        watermark=Position(0),
        parts=[Part(name, len(BODY), digest, mode) for name in names],
    )


def tar_of(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w") as tar:
        for member in members:
            member.size = len(BODY) if member.isfile() else 0
            tar.addfile(member, io.BytesIO(BODY))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "unpacked" / "here"
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize("name", ["../evil", "keys/../../evil", "/tmp/sertantai-evil"])
def test_a_part_that_would_lie_outside_is_refused(tmp_path: Path, folder: Path, name: str) -> None:
    backup = tar_of(tmp_path / "x.backup", tarfile.TarInfo(name))
    with pytest.raises(BackupDamaged, match="outside itself"):
        extract(backup, manifest_of(name), folder)
    assert [*folder.iterdir()] == []
    assert not (folder.parent / "evil").exists()
    assert not Path("/tmp/sertantai-evil").exists()


def test_a_link_is_never_followed_nor_made(tmp_path: Path, folder: Path) -> None:
    link = tarfile.TarInfo("keys")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
    backup = tar_of(tmp_path / "x.backup", link, tarfile.TarInfo("keys/a.key"))
    with pytest.raises(BackupDamaged):
        extract(backup, manifest_of("keys", "keys/a.key"), folder)
    assert not (folder / "keys").is_symlink()
    assert not (tmp_path / "a.key").exists()


def test_what_the_manifest_does_not_name_is_left_where_it_is(tmp_path: Path, folder: Path) -> None:
    backup = tar_of(tmp_path / "x.backup", tarfile.TarInfo("database.dump"), tarfile.TarInfo("more"))
    extract(backup, manifest_of("database.dump"), folder)
    assert [path.name for path in folder.iterdir()] == ["database.dump"]


def test_nobody_else_can_read_or_run_what_is_unpacked(tmp_path: Path, folder: Path) -> None:
    backup = tar_of(tmp_path / "x.backup", tarfile.TarInfo("a.key"))
    extract(backup, manifest_of("a.key", mode=0o4777), folder)
    assert stat.S_IMODE((folder / "a.key").stat().st_mode) & 0o7077 == 0


def test_a_manifest_that_is_no_manifest_is_not_read_into_memory(tmp_path: Path) -> None:
    """The file may come from anywhere; a gigabyte in the place of its first part is not unpacked."""
    body = msgspec.json.encode(manifest_of("journal"))
    for size, is_read in ((MANIFEST_BYTES_MAX, True), (MANIFEST_BYTES_MAX + 1, False)):
        member = tarfile.TarInfo(MANIFEST_NAME)
        member.size = size
        with tarfile.open(tmp_path / "backup.tar", "w") as tar:
            tar.addfile(member, io.BytesIO(body.ljust(size)))
        if is_read:
            assert read_manifest(tmp_path / "backup.tar").parts
            continue
        with pytest.raises(BackupDamaged, match="not a Sertantai backup"):
            read_manifest(tmp_path / "backup.tar")
