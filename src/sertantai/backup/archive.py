"""The file of a backup: a tar with the manifest first, written whole or not at all, for its owner only."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec

from sertantai.backup.manifest import FORMAT, MANIFEST_NAME, BackupDamaged, BackupFailed, Manifest, Part
from sertantai.process.private_files import make_private_folder, sync_directory

CHUNK_BYTES = 1 << 20
MANIFEST_BYTES_MAX = 1 << 20
UNFINISHED_NAME = "unfinished"


def part_of(path: Path, name: str) -> Part:
    return Part(name, path.stat().st_size, _sha256(path), path.stat().st_mode & 0o777)


def write(target: Path, manifest: Manifest, folder: Path, *, replace: bool = False) -> None:
    """``folder``, beside ``target``, holds the parts by their names. Raises `BackupFailed` for a file that is
    there, unless it is to be replaced."""
    unfinished = folder / UNFINISHED_NAME
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w") as tar:
            _add_manifest(tar, manifest)
            for part in manifest.parts:
                tar.add(folder / part.name, part.name, recursive=False)
        raw.flush()
        os.fsync(raw.fileno())
    if not replace:
        require_free(target)
    unfinished.replace(target)
    sync_directory(target.parent)


def require_free(target: Path) -> None:
    """Raises `BackupFailed` where there is something already."""
    if target.exists() or target.is_symlink():
        raise BackupFailed(f"{target} already exists. Choose another name, or use --force to replace it.")


def read_manifest(path: Path) -> Manifest:
    """Raises `BackupDamaged`."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            first = tar.next()
            if first is None or first.name != MANIFEST_NAME or first.size > MANIFEST_BYTES_MAX:
                raise BackupDamaged(f"{path} is not a Sertantai backup.")
            body = tar.extractfile(first)
            assert body is not None
            manifest = msgspec.json.decode(body.read(), type=Manifest)
    except (OSError, tarfile.TarError, msgspec.DecodeError) as error:
        raise BackupDamaged(f"{path} is not a Sertantai backup, or is incomplete: {error}.") from error
    if manifest.format != FORMAT:
        raise BackupDamaged(f"{path} was made by Sertantai {manifest.sertantai}, which this one cannot read.")
    return manifest


def extract(path: Path, manifest: Manifest, folder: Path) -> None:
    """Unpacks the parts that the manifest names into ``folder``, and checks size and checksum of each.

    Raises `BackupDamaged`.
    """
    known = {part.name: part for part in manifest.parts}
    try:
        with tarfile.open(path, mode="r:") as tar:
            for member in tar:
                part = known.pop(member.name, None) if member.isfile() else None
                if part is not None:
                    _extract_part(tar, member, part, folder)
    except (OSError, tarfile.TarError) as error:
        raise BackupDamaged(f"{path} cannot be read: {error}.") from error
    if known:
        raise BackupDamaged(f"{path} lacks {', '.join(known)}.")


def _extract_part(tar: tarfile.TarFile, member: tarfile.TarInfo, part: Part, folder: Path) -> None:
    name = PurePosixPath(part.name)
    if name.is_absolute() or ".." in name.parts:
        raise BackupDamaged(f"The backup names a file outside itself: {part.name}.")
    target = folder / name
    make_private_folder(target.parent)
    body = tar.extractfile(member)
    assert body is not None
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, part.mode & 0o700)
    with os.fdopen(descriptor, "wb") as out:
        for chunk in iter(lambda: body.read(CHUNK_BYTES), b""):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if member.size != part.bytes or digest.hexdigest() != part.sha256:
        raise BackupDamaged(f"{part.name} in the backup is damaged: its checksum does not match.")


def files_below(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _add_manifest(tar: tarfile.TarFile, manifest: Manifest) -> None:
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    entry = tarfile.TarInfo(MANIFEST_NAME)
    entry.size, entry.mode = len(body), 0o600
    entry.mtime = int(manifest.made_at.timestamp())
    tar.addfile(entry, io.BytesIO(body))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
