"""Whether people are still called what the sealed log was told of them.

Two addresses that were exchanged in the table would make all history read the other way round.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from sertantai.accounts import people_told_sql as sql
from sertantai.accounts.people_told import ADDRESS
from sertantai.core.email_keys import email_key
from sertantai.core.ids import UserId
from sertantai.core.sealing.canonical import free_text
from sertantai.core.sealing.commitments import committed
from sertantai.postgres import Database, Role

FOUND_MAX: Final = 1_000


class Renamed(msgspec.Struct, frozen=True):
    """``told_at``: when the log was told of another address."""

    person: UserId
    told_at: datetime

    @property
    def said(self) -> str:
        return (
            f"account {self.person}: its address is not the one told of on {self.told_at:%Y-%m-%d}, and no "
            "change of it was told of since"
        )


async def renamed(database: Database) -> Sequence[Renamed]:
    """Whose address was changed untold, `FOUND_MAX` at most. Whose key is gone was erased: passed over."""
    found: list[Renamed] = []
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        async for row in connection.cursor(sql.LAST_TOLD, prefetch=500):
            address = row["email"]
            now = email_key(address or "") or address or ""
            told = committed(bytes(row["key"]), ADDRESS, str(row["id"]), free_text(now))
            if told != row["told"] and len(found) < FOUND_MAX:
                found.append(Renamed(UserId(row["id"]), row["at"]))
    return found
