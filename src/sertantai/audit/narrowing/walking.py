"""A page of the timeline that is narrowed by more than there are indexes for.

However little of a long trail fits, a page looks through so many operations and no more: then it ends there,
and the next one goes on.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sertantai.audit.narrowing.sql import Narrowed
from sertantai.audit.trail import Keyset
from sertantai.core.ids import UserId
from sertantai.postgres import Connection, Record

OPERATIONS_WALKED_MAX: Final = 10_000


class Narrower(msgspec.Struct, frozen=True):
    """``source``: by what means. ``undone``: whether it has been taken back since. ``actor``: by whom, where
    the statement that is narrowed does not say so itself."""

    source: str | None = None
    undone: bool | None = None
    actor: UserId | None = None

    def __bool__(self) -> bool:
        return self.source is not None or self.undone is not None or self.actor is not None


async def narrowed_page(
    connection: Connection,
    statement: Narrowed,
    asked: Sequence[Any],
    more: Sequence[Any],
    narrower: Narrower,
    limit: int,
) -> tuple[list[Record], Keyset | None]:
    """At most ``limit`` rows, and, where fewer were found, how far it was looked for them if not to the end.

    ``asked``: what stands before the number of rows in the timeline's own statement, ``more`` what behind."""
    walked = (*asked, OPERATIONS_WALKED_MAX, *more)
    rows = await connection.fetch(
        statement.page, *walked, narrower.source, narrower.undone, narrower.actor, limit
    )
    if len(rows) >= limit:
        return rows, None
    last = await connection.fetchrow(statement.last, *walked)
    return rows, None if last is None else (last["created_at"], last["operation_id"])
