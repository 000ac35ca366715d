"""An account with an address that nobody had confirmed, in the hands of who has just shown its mailbox.

Anybody may have made it, with somebody else's address, and wait for them to come (pre-hijacking). So whatever
opened it until now, and was not shown now, opens it no more.
"""

from datetime import datetime
from uuid import UUID

from sertantai.accounts import sql
from sertantai.accounts.second_factor import sql as factor_sql
from sertantai.accounts.sessions.api_tokens import end_all_in
from sertantai.accounts.store import revoke_all_in
from sertantai.core.ids import UserId
from sertantai.postgres import Connection


async def reclaim_in(connection: Connection, user_id: UserId, now: datetime) -> list[UUID] | None:
    """Part of a transaction: the address is confirmed; password, second factor, sessions and tokens end.

    Returns the tokens that ended; None: it was confirmed before, and everything stays. Tell
    `LiveSessions.forget_user` once it is committed.
    """
    if await connection.fetchrow(sql.RECLAIM, user_id, now) is None:
        return None
    await connection.execute(factor_sql.DELETE_CODES, user_id)
    await connection.execute(factor_sql.DELETE, user_id)
    await revoke_all_in(connection, user_id, now)
    return await end_all_in(connection, user_id, now)
