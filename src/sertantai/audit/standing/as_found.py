"""What stood otherwise than the trail and the log say when a server began to compare it: told once, as it was
found, so that nothing of before is accused and nothing of it changes unseen."""

import asyncio
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sertantai.audit import seals_sql as seals
from sertantai.audit.standing import sql
from sertantai.audit.standing.checking import all_standing
from sertantai.audit.standing.difference import FIRST, NEWEST, STANDING, UPTO
from sertantai.audit.standing.people import made_bodies
from sertantai.audit.standing.register import laws_bodies
from sertantai.audit.standing.told import Known, said_of
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.postgres import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.sealing.notices import Kind, Notices

TOLD_TOGETHER: Final = 10_000
"""Marks in one notice."""
FOUND_MAX: Final = 200_000
"""Of each kind."""


class Found(NamedTuple):
    """``upto``: of which comparison the marks are, and of all before it."""

    marks: Collection[str]
    upto: int


async def tell_as_standing(database: Database, notices: Notices, known: Known) -> bool:
    """Once for each comparison. False: it was told before. Raises `DatabaseUnavailable`."""
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        upto = await connection.fetchval(sql.STOOD_UPTO)
    if upto >= NEWEST:
        return False
    async with whole_trail_now(database) as connection:
        standing = all_standing(connection, known, _others_turn, FOUND_MAX)
        marks = {one.mark async for one in standing if one.compared > upto}
        made, laws = await made_bodies(connection, known), await laws_bodies(connection)
    bodies = [*made, *laws, *standing_bodies(marks)]
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(seals.LOCK_FINDING)
        if await connection.fetchval(sql.STOOD_UPTO) != upto:
            return False
        for body in bodies:
            await notices.tell(connection, Kind.BALANCE, body=body)
    return True


def standing_bodies(marks: Collection[str]) -> list[dict[str, Any]]:
    """Of as many notices as it takes; one at least."""
    ordered = sorted(marks)
    return [
        {STANDING: ordered[start : start + TOLD_TOGETHER], UPTO: NEWEST}
        for start in range(0, max(1, len(ordered)), TOLD_TOGETHER)
    ]


async def _others_turn(rows: int) -> None:
    if rows:
        await asyncio.sleep(0)


async def found_standing(connection: Connection, known: Known) -> Found | None:
    """What was told; None: whoever would tell has not been there yet."""
    said = await said_of(connection, known, (Kind.BALANCE,), _slim)
    told = [one.body for one in said.all if STANDING in one.body]
    if not told:
        return None
    marks = {mark for body in told for mark in body[STANDING]}
    return Found(marks, max(body.get(UPTO, FIRST) for body in told))


def _slim(body: dict[str, object]) -> dict[str, object]:
    return {name: body[name] for name in (STANDING, UPTO) if name in body}
