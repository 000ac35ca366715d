"""Accounts, held against what the sealed log was told of them: their role, whether they are disabled, since
when they are there."""

import asyncio
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import Differing
from sertantai.audit.standing.told import AllSaid, Known, said_of
from sertantai.core.sealing.entries import microseconds, time_of
from sertantai.postgres import Connection
from sertantai.sealing.notices import Kind

PREFETCH_ROWS: Final = 1_000
MADE_AT: Final = "made_at"
_DISABLED: Final = {"disabled": True, "enabled": False, "made": False, "found": False}


class _Person(msgspec.Struct):
    role: str | None = None
    disabled: bool | None = None
    made: int | None = None
    at: datetime | None = None
    is_older: bool = False
    """A database of before may have something else."""


async def differing_people(connection: Connection, known: Known, most: int) -> list[Differing]:
    said = await said_of(connection, known, (Kind.PERSON, Kind.ERASURE), _slim)
    people, leaving = await asyncio.to_thread(_folded, said)
    found: list[Differing] = []
    async for row in connection.cursor(sql.PEOPLE, prefetch=PREFETCH_ROWS):
        person = people.get(row["id"], _Person())
        if person.at is not None and not person.is_older and len(found) < most:
            found += _compared(row, person, is_leaving=row["id"] in leaving)
    return found


def _folded(said: AllSaid) -> tuple[dict[UUID, _Person], set[UUID]]:
    """And who is leaving."""
    people: dict[UUID, _Person] = {}
    leaving: set[UUID] = set()
    for index, one in enumerate(said.all):
        if one.subject is None:
            continue
        if one.kind == Kind.ERASURE:
            leaving.add(one.subject)
            continue
        person = people.setdefault(one.subject, _Person())
        person.role = one.body.get("role", person.role)
        person.disabled = _DISABLED.get(str(one.body.get("what")), person.disabled)
        person.made = one.body.get(MADE_AT, person.made)
        person.at, person.is_older = one.at, said.may_be_older(index)
    return people, leaving


def _slim(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("what", "role", MADE_AT) if name in body}


def _compared(row: Any, told: _Person, *, is_leaving: bool) -> list[Differing]:
    differs = []
    if told.role is not None and row["role"] != told.role:
        differs.append(f"its role is {row['role']}, and was told of as {told.role}")
    is_disabled = row["disabled_at"] is not None
    if told.disabled is not None and is_disabled != told.disabled and not (is_disabled and is_leaving):
        state = "disabled" if is_disabled else "not disabled"
        differs.append(f"it is {state}, which was not told of")
    if told.made is not None and microseconds(row["created_at"]) != told.made:
        made, said = row["created_at"], time_of(told.made)
        differs.append(f"it was made on {made:%Y-%m-%d %H:%M}, and told of as made on {said:%Y-%m-%d %H:%M}")
    return [
        Differing(
            f"Account {row['id']}, told of last on {told.at:%Y-%m-%d %H:%M}: {what}.",
            row["id"],
            at=told.at,
            found=["account", str(row["id"]), what],
            of_trail=False,
        )
        for what in differs
    ]
