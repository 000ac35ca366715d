"""Whether people are still called what the sealed log was told of them.

Two addresses that were exchanged in the table would make all history read the other way round.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from sertantai.accounts import people_told_sql as sql
from sertantai.accounts.people_told import ADDRESS
from sertantai.core.email_keys import email_key
from sertantai.core.ids import UserId
from sertantai.core.sealing.canonical import free_text
from sertantai.core.sealing.commitments import committed
from sertantai.postgres import Database, Record, Role
from sertantai.sealing.blinds import Blinds, Class
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Kind

FOUND_MAX: Final = 1_000


class Renamed(msgspec.Struct, frozen=True):
    """``told_at``: when the log was told of another address; or of one that cannot be compared any more."""

    person: UserId
    told_at: datetime
    has_key: bool = True

    @property
    def said(self) -> str:
        if not self.has_key:
            return (
                f"account {self.person}: the key is gone with which its address was told of on "
                f"{self.told_at:%Y-%m-%d}, and no erasure of it was told of"
            )
        return (
            f"account {self.person}: its address is not the one told of on {self.told_at:%Y-%m-%d}, and no "
            "change of it was told of since"
        )


async def renamed(database: Database, data_path: Path) -> Sequence[Renamed]:
    """Whose address was changed untold, or whose key is gone, `FOUND_MAX` at most. Whoever was erased is
    passed over. ``data_path``: whose files keep the keys, too."""
    found: list[Renamed] = []
    folder = newest_log(data_path)
    kept, gone = await asyncio.to_thread(_in_files, folder)
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        async for row in connection.cursor(sql.LAST_TOLD, prefetch=500):
            person, at = row["id"], row["at"]
            keys = {bytes(key) for key in row["keys"]} | kept.get(person, set())
            if len(found) >= FOUND_MAX or person in gone or _is_told(row, keys):
                continue
            found.append(Renamed(UserId(person), at, has_key=bool(keys)))
    return found


def _is_told(row: Record, keys: Collection[bytes]) -> bool:
    address = row["email"]
    now = free_text(email_key(address or "") or address or "")
    return any(committed(key, ADDRESS, str(row["id"]), now) == row["told"] for key in keys)


def _in_files(folder: Path) -> tuple[dict[UUID, set[bytes]], set[UUID]]:
    """The keys beside the database, which nobody takes from there; and who was erased, as it is sealed."""
    kept: dict[UUID, set[bytes]] = {}
    for blind, key in Blinds(folder).in_file().items():
        if blind.kind is Class.IDENTITY:
            kept.setdefault(blind.subject, set()).add(key)
    erased = (line for line in TrailFiles(folder).notice_lines() if f'"kind":"{Kind.ERASURE}"' in line)
    return kept, {UUID(subject) for line in erased if (subject := msgspec.json.decode(line)["subject"])}
