"""What came back, and what did not, where database or journal are older than the sealed log, or gone."""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import time_of
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing import sql
from sertantai.sealing.dropped import stub_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.notices import notice_mac

IDS_AT_ONCE = 5_000
Hears = Callable[[Collection[UUID]], None]


class Behind(NamedTuple):
    """``position``: of the database's last operation, of any journal of the log; ``sealed``: of the log's.
    ``lacks_notices``: one of the last, of which a stand-by that took over may lack some in the midst."""

    position: int
    sealed: int
    lacks_notices: bool

    @property
    def is_behind(self) -> bool:
        return self.position < self.sealed or self.lacks_notices


async def behind(database: Database, files: TrailFiles, journals: Collection[UUID]) -> Behind:
    """Raises `DatabaseUnavailable`."""
    sealed = files.last_place()[0]
    async with database.transaction(Role.SYNC, readonly=True) as connection:
        position = await connection.fetchval(sql.REACHED, list(journals))
    last = deque(files.notice_lines(), maxlen=IDS_AT_ONCE)
    ids = [UUID(entry["id"]) for line in last if (entry := _entry(line)) is not None]
    lacks = bool(ids) and bool(await _missing(database, ids))
    return Behind(position, sealed, lacks)


async def put_back_notices(database: Database, files: TrailFiles, macs: RowMacs, before: Hears) -> int:
    """What the log tells and the database does not know any more; returns how many. What they tell of is not
    put back by it. ``before`` hears of some just before they are there again: nobody may seal them twice,
    see `Sealer.held`. Raises `DatabaseUnavailable`."""
    entries = (entry for line in files.notice_lines() if (entry := _entry(line)) is not None)
    count = 0
    while some := {UUID(entry["id"]): entry for entry in islice(entries, IDS_AT_ONCE)}:
        count += await _put_back(database, macs, some, before)
    return count


def _entry(line: str) -> Mapping[str, Any] | None:
    """None: it is damaged, which the sealer sees to, or what it was went by retention."""
    if stub_in(line) is not None:
        return None
    try:
        entry: Mapping[str, Any] = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    return entry


async def _missing(database: Database, ids: list[UUID]) -> set[UUID]:
    async with database.transaction(Role.SYNC, readonly=True) as connection:
        rows = await connection.fetch(sql.NOTICES_KNOWN, ids)
    return set(ids) - {row["id"] for row in rows}


async def _put_back(
    database: Database,
    macs: RowMacs,
    some: Mapping[UUID, Mapping[str, Any]],
    before: Hears,
) -> int:
    missing = await _missing(database, list(some))
    before(missing)
    async with database.transaction(Role.SYNC) as connection:
        for id, entry in some.items():
            if id in missing:
                at, kind, body = time_of(entry["at"]), entry["kind"], entry["body"]
                subject, by = _id(entry["subject"]), _id(entry["by"])
                mac = notice_mac(macs, id, at, kind, subject, by, canonical(body))
                await connection.execute(sql.TELL, id, at, kind, subject, by, body, mac)
    return len(missing)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
