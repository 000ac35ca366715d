"""What is kept beside the trail, told as it is found: once, by the first server that tells of it, so that
what was kept before changes no more; and whenever somebody accepts what differs."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sertantai.audit import seals_sql as sql
from sertantai.audit.vouched.cuts import all_kept, rows_told
from sertantai.audit.vouched.hashes import all_left
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.postgres import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.sealing.notices import Kind, Notices

KEPT: Final = "kept"
TOLD_TOGETHER: Final = 1_500
"""In one notice."""


async def tell_as_kept(database: Database, notices: Notices) -> bool:
    """Once. False: it was told before. Raises `DatabaseUnavailable`."""
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        if await connection.fetchval(sql.WAS_KEPT):
            return False
    async with whole_trail_now(database) as connection:
        bodies = await kept_bodies(connection)
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(sql.LOCK_FINDING)
        if await connection.fetchval(sql.WAS_KEPT):
            return False
        await tell_bodies(connection, notices, bodies, None)
    return True


async def tell_bodies(
    connection: Connection, notices: Notices, bodies: Sequence[dict[str, Any]], by: UUID | None
) -> int:
    """How many notices that took."""
    for body in bodies:
        await notices.tell(connection, Kind.BALANCE, by=by, body=body)
    return len(bodies)


async def kept_bodies(connection: Connection) -> list[dict[str, Any]]:
    """Of as many notices as it takes; one says at least that there is nothing."""
    kept = await all_kept(connection)
    opaque = [[str(act), *left] for act, left in await all_left(connection)]
    rows = {"cuts": rows_told(kept.cuts.items()), "opaque": opaque, "rights": rows_told(kept.rights.items())}
    return [{KEPT: {"reach": kept.reach}}] + [
        {KEPT: {name: some[start : start + TOLD_TOGETHER]}}
        for name, some in rows.items()
        for start in range(0, len(some), TOLD_TOGETHER)
    ]
