"""What the sealed log was told of people, periods, holds and erasures, in its order, as far as a moment of
the database has it."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit.standing import sql
from sertantai.core.sealing.entries import time_of
from sertantai.postgres import Connection
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.notices import Kind, is_told_with
from sertantai.sealing.servers import servers_in

PREFETCH_ROWS: Final = 1_000
Slim = Callable[[dict[str, Any]], dict[str, Any]]


class Known(NamedTuple):
    """A log, whose operations and notices count there. ``macs``: of notices that are not sealed yet; None
    believes them."""

    files: TrailFiles
    journals: Collection[UUID | None]
    macs: RowMacs | None


class Said(msgspec.Struct, frozen=True):
    at: datetime
    kind: str
    subject: UUID | None
    by: UUID | None
    body: dict[str, Any]


class AllSaid(NamedTuple):
    """``restored``: how many of ``all`` came before a database was put in place last that was older."""

    all: list[Said]
    restored: int

    def may_be_older(self, index: int) -> bool:
        """Whether what was said may be missing from the database for that."""
        return index < self.restored


async def said_of(
    connection: Connection, known: Known, kinds: Collection[Kind], slim: Slim = lambda body: body
) -> AllSaid:
    """``slim``: of each what is needed, as there may be very many."""
    found = await asyncio.to_thread(_sealed, known.files, kinds, slim)
    there, beside = set[UUID](), list[UUID]()
    words = [str(kind) for kind in {*kinds, Kind.RESTORE}]
    async for row in connection.cursor(sql.NOTICES_OF, words, prefetch=PREFETCH_ROWS):
        if row["id"] in found:
            there.add(row["id"])
        else:
            beside.append(row["id"])
    journals = [journal for journal in known.journals if journal is not None]
    servers = await asyncio.to_thread(servers_in, known.files)
    is_alone = not await servers.are_there(connection, journals)
    rows = await connection.fetch(sql.THESE_NOTICES, beside)
    said = [one for id, one in found.items() if id in there]
    said += [
        Said(row["at"], row["kind"], row["subject"], row["actor"], slim(row["body"]))
        for row in rows
        if known.macs is None or not is_alone or is_told_with(known.macs, row)
    ]
    last = max((index for index, one in enumerate(said) if one.kind == Kind.RESTORE), default=-1)
    return AllSaid(said, last + 1 if is_alone else len(said))


def _sealed(files: TrailFiles, kinds: Collection[Kind], slim: Slim) -> Mapping[UUID, Said]:
    marks = [f'"kind":"{kind}"' for kind in {*kinds, Kind.RESTORE}]
    found = {}
    for line in files.notice_lines():
        if any(mark in line for mark in marks):
            entry = msgspec.json.decode(line)
            subject, by = (None if entry[name] is None else UUID(entry[name]) for name in ("subject", "by"))
            said = Said(time_of(entry["at"]), entry["kind"], subject, by, slim(entry["body"]))
            found[UUID(entry["id"])] = said
    return found
