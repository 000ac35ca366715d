"""What a start has to tell the sealed log, once there is a database: rows of before it, what was kept then, a
key that the old one did not vouch for, and what a restore brought."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

from sertantai.audit.as_found import tell_of_before
from sertantai.audit.standing.told import Known
from sertantai.core.errors import DatabaseUnavailable
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.process.logs import logger
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.log import SealedLog
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.restores import Behind, behind, put_back_notices
from sertantai.sealing.sealer import Sealer
from sertantai.sealing.servers import OtherServers

log = logger(__name__)

RETRY_S: Final = 2.0


class Start(NamedTuple):
    """``older``: how far the database was before anything was done again; None: that was not known.
    ``first``: the position that this journal goes on at. ``let_go``: takes what is over once more, where a
    restore brought it back."""

    journal: UUID
    older: Behind | None
    first: int
    others: OtherServers
    let_go: Callable[[], Awaitable[object]]


async def tell_of_the_log(
    database: Database,
    sealed: SealedLog,
    sealer: Sealer,
    notices: Notices,
    blinds: Blinds,
    macs: RowMacs,
    start: Start,
) -> None:
    """Tries again until there is a database."""
    while True:
        try:
            async with database.transaction(Role.SYNC, readonly=True) as connection:
                mended = await blinds.mend(connection)
            if mended is not None:
                log.warning(
                    "file_mended",
                    reason=f"The file of keys beside the log was damaged; it has {mended:,} now.",
                )
            await start.others.tell()
            known = Known(sealed.files, [*sealed.journals, start.journal], macs)
            await tell_of_before(database, notices, known)
            if sealed.has_new_key:
                body = {"key": str(sealed.signer.key), "vouched_for": "nobody"}
                await _tell(database, notices, Kind.KEY, body)
            restore = await _restored(database, sealed, sealer, macs, start)
            if restore:
                log.warning("the sealed log continues after a restore", **restore)
                await _tell(database, notices, Kind.RESTORE, restore)
        except (DatabaseUnavailable, OSError) as error:
            log.debug("rows of before cannot be told of yet", reason=str(error))
            await asyncio.sleep(RETRY_S)
        else:
            return


async def put_back_whatever_is_lost(
    database: Database, sealed: SealedLog, sealer: Sealer, notices: Notices, macs: RowMacs
) -> None:
    """Notices that the database does not have any more, as when a stand-by took over, whenever the sealer
    misses one."""
    while True:
        await sealer.still_there.lost.wait()
        try:
            await put_back_lost(database, sealed, sealer, notices, macs)
        except (DatabaseUnavailable, OSError) as error:
            log.debug("notices cannot be restored yet", reason=str(error))
            await asyncio.sleep(RETRY_S)


async def put_back_lost(
    database: Database, sealed: SealedLog, sealer: Sealer, notices: Notices, macs: RowMacs
) -> None:
    """Once. Raises `DatabaseUnavailable`, `OSError`."""
    said: dict[str, Any] = {"sealed": sealed.files.last_place()[0]}
    said["database"] = (await behind(database, sealed.files, sealed.journals)).position
    async with sealer.held() as hears:
        said["notices"] = await put_back_notices(database, sealed.files, macs, hears)
    if said["notices"]:
        log.warning("the database had lost notices of the sealed log", **said)
        await _tell(database, notices, Kind.RESTORE, said)
    sealer.still_there.lost.clear()


async def _restored(
    database: Database, sealed: SealedLog, sealer: Sealer, macs: RowMacs, start: Start
) -> dict[str, Any]:
    """What the log has to tell of it; nothing: there was none."""
    said: dict[str, Any] = {}
    lost, older = sealed.lost_journal(), start.older
    if lost is not None:
        said = {"before": str(lost), "first": start.first, "journal": str(start.journal)}
        said["sealed"] = sealed.files.last_place()[0]
    if older is not None and (lost is not None or older.is_behind):
        said |= {"database": older.position, "sealed": older.sealed}
        async with sealer.held() as hears:
            said["notices"] = await put_back_notices(database, sealed.files, macs, hears)
        await start.let_go()
    return said


async def _tell(database: Database, notices: Notices, kind: Kind, body: dict[str, Any]) -> None:
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, kind, body=body)
