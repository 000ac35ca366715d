"""Everybody's trail, as an operator may see it."""

from collections.abc import Awaitable, Callable
from typing import Any

from sertantai.postgres import Connection, Database, Role
from sertantai.reporting.sight import Sight, of_everybody


def everybody_in(database: Database) -> Sight:
    async def reading(read: Callable[[Connection], Awaitable[Any]], _waits: bool = False, /) -> Any:
        async with database.transaction(Role.AUDITOR, readonly=True) as connection:
            return await read(connection)

    async def names(_people: Any) -> dict[Any, str]:
        return {}

    async def still() -> None:
        """An operator's right does not end."""

    return of_everybody(reading, names, still)
