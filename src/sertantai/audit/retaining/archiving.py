"""A month of the trail as files, before rows of it go: for every program (NDJSON), for analysis (Parquet).

They are written beside, read again and compared before they have their names: what has its name is whole.
"""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from sertantai.audit import months_sql as sql
from sertantai.core.errors import SertantaiError
from sertantai.files.parquet import MAGIC, ParquetWriter, column_of
from sertantai.postgres import Database, Role
from sertantai.process.private_files import make_private_folder

ROWS_TOGETHER: Final = 5_000
BLOCK_BYTES: Final = 1 << 20
COLUMNS: Final = {
    "id": str,
    "user_id": str,
    "actor_id": str,
    "record_id": str,
    "record_no": int,
    "record_name": str,
    "action": str,
    "selection_group": str,
    "group_id": str,
    "operation_id": str,
    "position": str,
    "session_id": str,
    "ip_address": str,
    "user_agent": str,
    "metadata": str,
    "created_at": str,
}
"""Of the Parquet file; positions and times are text, as NDJSON has them."""


class ArchiveFailed(SertantaiError):
    """The files could not be written, or are not what was written: nothing goes."""

    code = "archive_failed"


class Archived(msgspec.Struct, frozen=True):
    """``files``: the name and the SHA-256 of each, in the folder."""

    folder: str
    rows: int
    files: dict[str, str]


async def archive_month(database: Database, month: str, folder: Path) -> Archived:
    """``month``: the name of its table. Files of before with these names are replaced. Raises
    `ArchiveFailed`."""
    try:
        await asyncio.to_thread(make_private_folder, folder)
        return await _written(database, month, folder)
    except OSError as error:
        raise ArchiveFailed(f"The archive in {folder} could not be written: {error.strerror}.") from error


async def _written(database: Database, month: str, folder: Path) -> Archived:
    named = month.replace("selection_audit_log_", "trail-").replace("_", "-")
    lines, table = (folder / f"{named}.{ending}.part" for ending in ("ndjson", "parquet"))
    writer = ParquetWriter([column_of(name, type) for name, type in COLUMNS.items()])
    files = [_HashedFile(lines), _HashedFile(table)]
    rows = 0
    try:
        files[1].write(writer.start())
        async with database.session(Role.AUDITOR) as connection, connection.transaction(readonly=True):
            cursor = await connection.cursor(sql.MONTH_AS_JSON, month)
            while found := await cursor.fetch(ROWS_TOGETHER):
                texts = [row["line"] for row in found]
                await asyncio.to_thread(_put, files, writer, texts)
                rows += len(texts)
        files[1].write(writer.end())
    finally:
        for file in files:
            file.close()
    await asyncio.to_thread(_require_whole, files, rows)
    done = {}
    for file in files:
        file.path.rename(file.path.with_suffix(""))
        done[file.path.with_suffix("").name] = file.sha256
    return Archived(str(folder), rows, done)


def _put(files: "list[_HashedFile]", writer: ParquetWriter, texts: list[str]) -> None:
    files[0].write("".join(f"{text}\n" for text in texts).encode())
    files[1].write(writer.values([_values(msgspec.json.decode(text)) for text in texts]))


def _values(row: dict[str, Any]) -> tuple[Any, ...]:
    said = dict(row, metadata=msgspec.json.encode(row.get("metadata") or {}).decode())
    return tuple(None if said.get(name) is None else type(said[name]) for name, type in COLUMNS.items())


class _HashedFile:
    """Written once, and synced at its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)

    def close(self) -> None:
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


def _require_whole(files: list[_HashedFile], rows: int) -> None:
    for file in files:
        found, lines, first, last = hashlib.sha256(), 0, b"", b""
        with file.path.open("rb") as read:
            while block := read.read(BLOCK_BYTES):
                found.update(block)
                lines += block.count(b"\n")
                first, last = first or block[:4], (last + block)[-4:]
        whole = (first, last) == (MAGIC, MAGIC) if ".parquet" in file.path.name else lines == rows
        if found.hexdigest() != file.sha256 or not whole:
            raise ArchiveFailed(f"The archive {file.path} is not what was written: nothing goes.")
