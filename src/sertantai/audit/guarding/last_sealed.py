"""What the sealed entries of an owner lead to, for the server that goes on with their histories."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sertantai.audit import seals_sql as sql
from sertantai.audit.sealed_rows import deeds_from, leaves_behind
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.sealing.entries import Link
from sertantai.postgres import Database
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.deeds import ChainKey, advance
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs

ROWS_AT_ONCE: Final = 200
"""A few milliseconds."""


class SealedHistories:
    """`sertantai.sealing.links.LastSealed`. ``journals``: those that the log was written with."""

    def __init__(
        self,
        database: Database,
        files: TrailFiles,
        journals: frozenset[UUID],
        macs: RowMacs,
        alarm: Alarm,
    ) -> None:
        self._database = database
        self._files = files
        self._journals = journals
        self._macs = macs
        self._alarm = alarm

    def tell(self, said: str) -> None:
        self._alarm.tell(said)

    async def of(self, owner: UUID) -> Mapping[ChainKey, Link] | None:
        """Reads all that is there of the owner. Raises `DatabaseUnavailable`."""
        async with whole_trail_now(self._database) as connection:
            waiting = await leaves_behind(connection, self._files, self._journals, self._macs)
            newest = {
                (row["user_id"], row["group_id"]): Link(row["number"], bytes(row["head"]).hex())
                for row in await connection.fetch(sql.FLOORS, owner)
            }
            async for deed, _ in deeds_from(connection, owner, prefetch=ROWS_AT_ONCE):
                if deed is None:
                    continue
                if deed.journal not in self._journals:
                    return None
                if (sealed := self._leaf(deed.position, deed.part, waiting)) is not None:
                    advance(newest, deed, sealed)
                await asyncio.sleep(0)
        return newest

    def _leaf(self, position: int, part: int, waiting: Mapping[tuple[int, int], bytes]) -> bytes | None:
        if (leaf := waiting.get((position, part))) is not None:
            return leaf
        at = self._files.index_of(position, part)
        return None if at is None else self._files.leaf(at)
