"""Which notices of the database are for this log: servers with data directories of their own tell theirs."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.core.sealing.canonical import canonical
from sertantai.postgres import Connection, Record
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.notices import notice_mac
from sertantai.sealing.servers import servers_in


async def own_notices(connection: Connection, files: TrailFiles, journals: Collection[UUID]) -> list[Record]:
    """In the order in which they were told. Where there are other servers, those with the code of this one,
    and those that its log has already, whatever key there was then. ``files``: of the log as it is."""
    rows: list[Record] = await connection.fetch(sql.NOTICES)
    if not await servers_in(files).are_there(connection, journals):
        return rows
    macs = macs_in(files.folder.parent.parent)
    sealed = {UUID(msgspec.json.decode(line)["id"]) for line in files.notice_lines()}
    own = []
    for row in rows:
        said = (row["id"], row["at"], row["kind"], row["subject"], row["actor"])
        if row["id"] in sealed or notice_mac(macs, *said, canonical(row["body"])) == bytes(row["mac"]):
            own.append(row)
    return own
