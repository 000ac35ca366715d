"""Notices of what went: as they are sealed, and those that wait to be."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.core.sealing.entries import time_of
from sertantai.postgres import Connection
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.notices import Kind, is_told_with
from sertantai.sealing.servers import servers_in
from sertantai.sealing.sql import NOTICES_THERE


class Told(msgspec.Struct, frozen=True):
    """``number``: which of the log's notices it is; None: it is not sealed here."""

    at: datetime
    kind: str
    subject: UUID | None
    body: dict[str, Any]
    number: int | None


class Telling(msgspec.Struct, frozen=True):
    """``is_alone``: no other server has a log that would tell, too."""

    notices: Sequence[Told]
    is_alone: bool


async def told_of(
    connection: Connection,
    files: TrailFiles,
    journals: Collection[UUID | None],
    kinds: Collection[Kind],
    macs: RowMacs | None,
) -> Telling:
    """Those of ``kinds``, in the order of the log, and behind them those that are not sealed in it: as far as
    their codes are true, or another server may have told them. ``macs``: None believes them all."""
    found = await asyncio.to_thread(_sealed, files, kinds)
    # What was told since this snapshot says of what is not in it.
    there = {row["id"] for row in await connection.fetch(NOTICES_THERE, list(found))}
    known = [journal for journal in journals if journal is not None]
    servers = await asyncio.to_thread(servers_in, files)
    is_alone = not await servers.are_there(connection, known)
    rows = await connection.fetch(sql.NOTICES_BESIDE, [str(kind) for kind in kinds], list(found))
    beside = [
        Told(row["at"], row["kind"], row["subject"], row["body"], None)
        for row in rows
        if macs is None or not is_alone or is_told_with(macs, row)
    ]
    return Telling([*(told for id, told in found.items() if id in there), *beside], is_alone)


def _sealed(files: TrailFiles, kinds: Collection[Kind]) -> dict[UUID, Told]:
    marks = [f'"kind":"{kind}"' for kind in kinds]
    found = {}
    for line in files.notice_lines():
        if any(mark in line for mark in marks):
            entry = msgspec.json.decode(line)
            subject = None if entry["subject"] is None else UUID(entry["subject"])
            told = Told(time_of(entry["at"]), entry["kind"], subject, entry["body"], entry["number"])
            found[UUID(entry["id"])] = told
    return found
