"""Accounts, held against what the sealed log was told of them: their role, whether they are disabled, since
when they are there, and with them their first lists.

Of those who were there before that was told, it is told once, as it was found.
"""

import asyncio
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import SECOND, Differing
from sertantai.audit.standing.told import AllSaid, Known, said_of
from sertantai.core.sealing.entries import microseconds, time_of
from sertantai.postgres import Connection
from sertantai.sealing.notices import Kind

PREFETCH_ROWS: Final = 1_000
MADE_AT: Final = "made_at"
MADE: Final = "made"
"""Under what a notice says of many when they were made."""
MADE_TOGETHER: Final = 5_000
"""In one notice."""
KINDS: Final = (Kind.PERSON, Kind.ERASURE, Kind.BALANCE)
_DISABLED: Final = {"disabled": True, "enabled": False, "made": False, "found": False}


class _Person(msgspec.Struct):
    role: str | None = None
    disabled: bool | None = None
    made: int | None = None
    at: datetime | None = None
    is_older: bool = False
    """A database of before may have something else."""


async def differing_people(connection: Connection, known: Known, most: int) -> list[Differing]:
    said = await said_of(connection, known, KINDS, _slim)
    people, leaving = await asyncio.to_thread(_folded, said)
    found: list[Differing] = []
    async for row in connection.cursor(sql.PEOPLE, prefetch=PREFETCH_ROWS):
        person = people.get(row["id"], _Person())
        if len(found) >= most:
            continue
        if person.at is not None and not person.is_older:
            found += _compared(row, person, is_leaving=row["id"] in leaving)
        if row["list"] is not None and row["list_made"] != row["created_at"]:
            found.append(_first_list(row))
    return found


async def made_bodies(connection: Connection, known: Known) -> list[dict[str, Any]]:
    """What notices say of all of whom the log was never told when they were made."""
    said = await said_of(connection, known, KINDS, _slim)
    people, _ = await asyncio.to_thread(_folded, said)
    rows = connection.cursor(sql.PEOPLE, prefetch=PREFETCH_ROWS)
    untold = [
        [str(row["id"]), microseconds(row["created_at"])]
        async for row in rows
        if people.get(row["id"], _Person()).made is None
    ]
    return [{MADE: untold[start : start + MADE_TOGETHER]} for start in range(0, len(untold), MADE_TOGETHER)]


def _folded(said: AllSaid) -> tuple[dict[UUID, _Person], set[UUID]]:
    """And who is leaving."""
    people: dict[UUID, _Person] = {}
    leaving: set[UUID] = set()
    for index, one in enumerate(said.all):
        for id, made in one.body.get(MADE, ()):
            person = people.setdefault(UUID(id), _Person())
            if person.made is None:
                person.made, person.at, person.is_older = made, one.at, said.may_be_older(index)
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
    return {name: body[name] for name in ("what", "role", MADE_AT, MADE) if name in body}


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


def _first_list(row: Any) -> Differing:
    made, account = row["list_made"], row["created_at"]
    return Differing(
        f"{made:%Y-%m-%d %H:%M}: the list {row['name']!r} ({row['list']}) of user {row['id']} is said to be "
        f"made then, and its account on {account:%Y-%m-%d %H:%M}.",
        row["id"],
        row["list"],
        made,
        ["first list", str(row["id"]), made.isoformat()],
        of_trail=False,
        compared=SECOND,
    )
