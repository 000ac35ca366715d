"""What members might do when an organization's trail was cut: kept before the month goes that tells it."""

from datetime import datetime

from sertantai.audit import months_sql, sql
from sertantai.audit.moments import BeforeTheTrail
from sertantai.audit.rights_then import lines, start_of_rights
from sertantai.audit.vouched.cuts import kept_as, rows_told
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.ids import OwnerId, Position
from sertantai.core.state import OwnerState
from sertantai.core.stored_state import encode_state
from sertantai.postgres import Database, Role
from sertantai.process.logs import logger
from sertantai.sealing.notices import Kind, Notices

log = logger(__name__)


async def keep_rights(database: Database, notices: Notices | None) -> None:
    """Of each organization that the next month to go tells of. ``notices``: of the log that is told of it."""
    async with database.transaction(Role.SYNC, readonly=True) as connection:
        due = await connection.fetch(months_sql.ORGANIZATIONS_DUE)
    for row in due:
        organization = OwnerId(row["organization"])
        try:
            worked_out = await _at_the_end_of(database, organization, row["month_after"])
        except BeforeTheTrail as error:
            log.warning("rights_not_kept", organization=str(organization), reason=error.message)
            continue
        if worked_out is not None:
            state, position = worked_out
            async with database.transaction(Role.SYNC) as connection:
                await connection.execute(sql.KEEP_RIGHTS, organization, position, encode_state(state))
                if notices is not None:
                    kept = await connection.fetchrow(sql.RIGHTS_KEPT, organization)
                    assert kept is not None, "it was kept just now"
                    rights = rows_told([(organization, kept_as(kept["position"], kept["state"]))])
                    await notices.tell(connection, Kind.BALANCE, body={"rights": rights})


async def _at_the_end_of(
    database: Database, organization: OwnerId, month_after: datetime
) -> tuple[OwnerState, Position] | None:
    """With the effect of all up to its last operation in a month, in order of positions."""
    async with whole_trail_now(database) as connection:
        start = await start_of_rights(connection, organization)
        if start is None:
            return None
        until = Position(await connection.fetchval(sql.LAST_BEFORE, organization, month_after))
        state = start.state
        async for line in lines(connection, start):
            if line.position > until:
                break
            state = line.state
        return state, max(until, start.position)
