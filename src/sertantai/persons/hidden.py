"""What was sealed of somebody, kept as hashes before their keys go: each entry can still be worked out."""

import asyncio
from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from sertantai.audit.sealed_rows import Keys, deeds_from
from sertantai.persons import sql
from sertantai.postgres import Connection, Database, Role
from sertantai.sealing.blinds import Blind, Class
from sertantai.sealing.deeds import hidden_in, month_of, origin_commitment
from sertantai.sealing.sql import BLINDS

TOGETHER: Final = 500


class _Opaque(NamedTuple):
    journal: UUID
    position: int
    part: int
    field: str
    commitment: bytes


async def keep_hidden(database: Database, connection: Connection, person: UUID, erasure: UUID) -> int:
    """As `Role.SYNC`, before anything of it is taken; again: what was kept stays. Returns how many."""
    kept = 0
    async with database.session(Role.AUDITOR) as reading, reading.transaction(readonly=True):
        # Of whatever they did, where they did it from; in their own lists also what was written.
        cursor = await reading.cursor(sql.ORIGINS_OF, person)
        while rows := await cursor.fetch(TOGETHER):
            keys = await _keys(
                reading, {Blind(row["actor_id"], month_of(row["at"]), Class.ORIGIN) for row in rows}
            )
            found = []
            for row in rows:
                key = keys.get(Blind(row["actor_id"], month_of(row["at"]), Class.ORIGIN))
                if key is not None:
                    where = (row["session_id"], row["ip_address"], row["user_agent"])
                    commitment = origin_commitment(key, row["actor_id"], *where)
                    place = (row["journal_id"], row["position"], row["part"])
                    found.append(_Opaque(*place, "origin", bytes.fromhex(commitment)))
            kept += await _keep(connection, found, erasure)
        known = Keys(reading)
        waiting: list[_Opaque] = []
        async for deed, _ in deeds_from(reading, person):
            if deed is None:
                continue
            place = (deed.journal, deed.position, deed.part)
            hidden = hidden_in(deed, await known.of(deed))
            waiting += [_Opaque(*place, field, bytes.fromhex(said)) for field, said in hidden.items()]
            if len(waiting) >= TOGETHER:
                kept, waiting = kept + await _keep(connection, waiting, erasure), []
        return kept + await _keep(connection, waiting, erasure)


async def _keys(reading: Connection, wanted: Iterable[Blind]) -> dict[Blind, bytes]:
    blinds = sorted(wanted)
    rows = await reading.fetch(
        BLINDS, [b.subject for b in blinds], [b.month for b in blinds], [str(b.kind) for b in blinds]
    )
    return {Blind(row["subject"], row["month"], Class(row["class"])): bytes(row["key"]) for row in rows}


async def _keep(connection: Connection, found: list[_Opaque], erasure: UUID) -> int:
    if found:
        await connection.execute(sql.KEEP_OPAQUE, *map(list, zip(*found, strict=True)), erasure)
    await asyncio.sleep(0)
    return len(found)
