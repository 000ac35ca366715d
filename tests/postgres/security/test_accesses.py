"""Who took a list along or read it stands in the log, once a day also after a restart."""

import json
from pathlib import Path
from typing import Any

import asyncpg

from sertantai.core.clock import ManualClock
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.sealing.entries import microseconds
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import notices_in
from sertantai.security.accesses import Accesses

TOLD = "SELECT subject, actor, body FROM audit_notices WHERE kind = 'access' ORDER BY told"


async def told(superuser: "asyncpg.Connection[asyncpg.Record]") -> list[tuple[Any, Any, dict[str, Any]]]:
    rows = await superuser.fetch(TOLD)
    return [(row["subject"], row["actor"], json.loads(row["body"])) for row in rows]


async def test_exports_and_reads_are_told_of(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:
    clock = ManualClock()
    who, group, owner = UserId(new_id()), GroupId(new_id()), OwnerId(new_id())
    notices = notices_in(tmp_path, newest_log(tmp_path), clock)
    accesses = Accesses(database, notices, clock)
    at = microseconds(clock.now())
    accesses.exported(who, group, owner, 7, 3, "csv")
    accesses.read(who, group, owner)
    await accesses.stop()
    export = {"what": "export", "at": at, "owner": str(owner), "version": 7, "laws": 3, "form": "csv"}
    read = {"what": "read", "at": at, "owner": str(owner)}
    assert await told(superuser) == [(group, who, export), (group, who, read)]
    again = Accesses(database, notices, clock)
    again.read(who, group, owner)
    await again.tell_waiting()
    assert len(await told(superuser)) == 2, "it was told today already"
    clock.advance(24 * 3600)
    again.read(who, group, owner)
    await again.tell_waiting()
    assert len(await told(superuser)) == 3
