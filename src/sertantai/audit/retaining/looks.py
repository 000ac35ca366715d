"""Entries of who looked at what: once their time is over they lose all they said.

The rows go, with an act of retention that tells the sealed log which of its notices went; the log's own file
follows once that is sealed. So a crash between leaves what is done again at the next start. What the log
tells to have gone, and a restored database has again, goes without another act.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import months_sql as sql
from sertantai.audit.retaining.leaving import SealedTrail
from sertantai.core.lasting.policies import Class
from sertantai.postgres import Connection, Database, Role
from sertantai.process.new_ids import new_id
from sertantai.sealing.dropped import DROPPED, is_access, leaf_of, stub_in, told_body
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import origin_of
from sertantai.sealing.notices import Kind

LOOKS_TOGETHER: Final = 5_000
"""In one act, and in one notice of the log."""


class _Sealed(NamedTuple):
    """``told``: by which notice of the log it went; None: it did not."""

    number: int
    leaf: bytes
    told: int | None


async def drop_looks(database: Database, log: SealedTrail, now: Callable[[], datetime]) -> int:
    """All that is due now, some at a time, each with its own line; returns how many acts that took.
    Raises `DatabaseUnavailable`."""
    after, acts = 0, 0
    while True:
        async with database.transaction(Role.SYNC) as connection:
            due = await connection.fetch(sql.LOOKS_DUE, after, LOOKS_TOGETHER)
            if not due:
                return acts
            acts += await _drop(connection, log, {UUID(int=row["id"].int) for row in due}, now())
        after = due[-1]["told"]


async def _drop(connection: Connection, log: SealedTrail, due: Collection[UUID], at: datetime) -> bool:
    """Whether something went that the log did not know to be gone. What is not sealed yet stays."""
    sealed, acts = await asyncio.to_thread(_sealed_of, log.files, due)
    act = new_id()
    wanted = list(sealed)
    by = [act if (one.told is None) else acts[one.told] for one in sealed.values()]
    numbers, leaves = [one.number for one in sealed.values()], [one.leaf for one in sealed.values()]
    origin = await asyncio.to_thread(origin_of, log.files.folder)
    rows = await connection.fetch(sql.DROP_LOOKS, wanted, numbers, leaves, origin, by)
    gone = {UUID(int=row["id"].int): row["at"] for row in rows}
    fresh = {id: when for id, when in gone.items() if sealed[id].told is None}
    if fresh:
        taken = {sealed[id].number: (id, sealed[id].leaf) for id in fresh}
        said = told_body(taken, min(fresh.values()), max(fresh.values()))
        await _tell(connection, log, act, at, said)
    return bool(fresh)


def _sealed_of(files: TrailFiles, due: Collection[UUID]) -> tuple[Mapping[UUID, _Sealed], Mapping[int, UUID]]:
    """Those of them that are under a head; and the act of each notice that tells of some that went."""
    head = files.newest_head()
    upto = 0 if head is None else files.notices_before(head.size)
    covered = files.covered(upto)
    tells = {act.number for act in covered.acts}
    found: dict[UUID, _Sealed] = {}
    acts: dict[int, UUID] = {}
    for number, line in enumerate(files.notice_lines(), 1):
        if number > upto:
            break
        if number in tells:
            acts[number] = UUID(msgspec.json.decode(line)["body"]["act"])
            continue
        stub = stub_in(line)
        if stub is None and not is_access(line):
            continue
        id = UUID(msgspec.json.decode(line)["id"]) if stub is None else stub.id
        if id in due:
            by = covered.act_of(number)
            found[id] = _Sealed(number, leaf_of(line), None if by is None else by.number)
    return found, acts


async def _tell(
    connection: Connection, log: SealedTrail, act: UUID, at: datetime, said: Mapping[str, Any]
) -> None:
    """A line of what was done, and a notice in the sealed log."""
    policies = await connection.fetch(sql.POLICIES_OF_CLASS, str(Class.ACCESS))
    counted = [{name: value for name, value in dict(row).items() if value is not None} for row in policies]
    gone = said["count"]
    line: tuple[Any, ...] = (act, at, str(Class.ACCESS), "deleted", None, gone, 0, {}, 0, 0, counted, None)
    await connection.execute(sql.NOTE_ACT, *line)
    body = {
        "act": str(act),
        "class": str(Class.ACCESS),
        "did": "deleted",
        DROPPED: dict(said),
        "policies": counted,
        "rows": gone,
    }
    await log.notices.tell(connection, Kind.RETENTION, body=body)
