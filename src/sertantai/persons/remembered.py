"""Who was erased, in a file of the data directory that no backup holds and no restore takes away.

A restored database may have somebody again; what is here says that they are to be erased once more.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from sertantai.core.errors import SertantaiError
from sertantai.core.sealing.entries import time_of
from sertantai.persons import sql
from sertantai.postgres import Database, Role
from sertantai.process.data_directory import ERASED_FILE
from sertantai.process.private_files import write_whole
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log


class ErasedDamaged(SertantaiError):
    code = "erased_damaged"


class Erased:
    def __init__(self, data_path: Path) -> None:
        self._path = data_path / ERASED_FILE

    def all(self) -> dict[UUID, datetime]:
        """When each was erased. Raises `ErasedDamaged`."""
        found: dict[UUID, datetime] = {}
        text = self._path.read_text(errors="replace") if self._path.exists() else ""
        for line in text.splitlines():
            person, _, when = line.partition(" ")
            try:
                at = datetime.fromisoformat(when)
                found[UUID(person)] = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
            except ValueError:
                raise ErasedDamaged(
                    f"{self._path} is damaged: {line[:80]!r} is no line of it. Put it back from a copy; or "
                    "remove that line, if sertantai users erasures shows whom it was about."
                ) from None
        return found

    def add(self, people: Mapping[UUID, datetime]) -> None:
        """On the disk when it returns."""
        if people:
            lines = [f"{person} {at.isoformat()}\n" for person, at in {**self.all(), **people}.items()]
            write_whole(self._path, "".join(lines).encode())


def in_log(folder: Path) -> dict[UUID, datetime]:
    """When each was erased, as the sealed log in ``folder`` was told of it."""
    found: dict[UUID, datetime] = {}
    for line in TrailFiles(folder).notice_lines():
        if '"kind":"erasure"' in line and '"went":' in line:
            try:
                entry = msgspec.json.decode(line)
                found[UUID(entry["subject"])] = time_of(entry["at"])
            except (msgspec.DecodeError, KeyError, TypeError, ValueError):
                continue  # damaged, of which others tell
    return found


async def erased_back(database: Database, data_path: Path) -> list[str]:
    """Who was erased and is there, as after a restore, in sentences. Raises `DatabaseUnavailable`."""
    try:
        known = await asyncio.to_thread(Erased(data_path).all)
    except ErasedDamaged as error:
        return [error.message]
    known = {**await asyncio.to_thread(in_log, newest_log(data_path)), **known}
    async with database.transaction(Role.ACCOUNTS, readonly=True) as connection:
        back = [row["id"] for row in await connection.fetch(sql.STILL_THERE, list(known))]
    return [
        f"User {person} was erased on {known[person]:%Y-%m-%d}, and is there again, as after a restore. The "
        "server erases them once more when it runs; what is in the way, say its log and /admin/erasures."
        for person in back
    ]
