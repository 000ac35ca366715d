"""Removing rows that are of no use any more: some at a time, so that nobody waits behind their removal."""

from datetime import datetime
from typing import Final

from sertantai.postgres import Database, Role

ROWS_TOGETHER_MAX: Final = 5_000


async def remove_old(database: Database, statement: str, before: datetime) -> int:
    """Run ``statement`` (a time, a bound) until nothing is left that it removes; returns how many rows."""
    removed = 0
    while True:
        async with database.transaction(Role.ACCOUNTS) as connection:
            status = await connection.execute(statement, before, ROWS_TOGETHER_MAX)
        count = int(status.rpartition(" ")[2])
        removed += count
        if count < ROWS_TOGETHER_MAX:
            return removed
