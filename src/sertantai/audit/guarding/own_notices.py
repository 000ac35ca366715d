"""Which notices of the database are for this log: servers with data directories of their own tell theirs."""

import asyncio
from collections.abc import Collection
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.postgres import Connection, Record
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.notices import is_told_with
from sertantai.sealing.servers import servers_in


async def own_notices(connection: Connection, files: TrailFiles, journals: Collection[UUID]) -> list[Record]:
    """In the order in which they were told. Where there are other servers, those with the code of this one,
    and those that its log has already, whatever key there was then. ``files``: of the log as it is."""
    rows: list[Record] = await connection.fetch(sql.NOTICES)
    servers = await asyncio.to_thread(servers_in, files)
    if not await servers.are_there(connection, journals):
        return rows
    macs = macs_in(files.folder.parent.parent)
    sealed = {UUID(msgspec.json.decode(line)["id"]) for line in files.notice_lines()}
    return [row for row in rows if row["id"] in sealed or is_told_with(macs, row)]
