"""Views of the register with names: a query and columns, kept for each user, the same on every device."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput, NotFound
from sertantai.core.ids import UserId
from sertantai.core.spelling import compared, one_line
from sertantai.lists import saved_views_sql as sql
from sertantai.postgres import Connection, Database, Record, Role, plain_uuid

NAME_CHARACTERS_MAX: Final = 100
QUERY_CHARACTERS_MAX: Final = 20_000
VIEWS_MAX: Final = 200
"""Views that a user may have."""


class ViewNameTaken(Conflict):
    code = "view_name_taken"

    def __init__(self) -> None:
        super().__init__("You already have a view with this name.", field="name")


class TooManyViews(Conflict):
    code = "too_many_views"

    def __init__(self) -> None:
        super().__init__(f"You have {VIEWS_MAX} views, which is the maximum.")


class SavedView(msgspec.Struct, frozen=True):
    """``query`` is a query string of ``/records``; ``columns`` None: as they are in the browser."""

    id: UUID
    name: str
    query: str
    columns: str | None
    created_at: datetime
    updated_at: datetime


class SavedViews:
    """All methods raise `DatabaseUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, owner: UserId) -> list[SavedView]:
        """The owner's views by name."""
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            return [_view(row) for row in await connection.fetch(sql.LIST_VIEWS, owner)]

    async def put(self, owner: UserId, id: UUID, name: str, query: str, columns: str | None) -> SavedView:
        """Make a view, or change it; again it is the same. Raises `ViewNameTaken`, `TooManyViews`."""
        now = self._clock.now()
        try:
            async with self._database.transaction(Role.APP, owner) as connection:
                await _check_free(connection, owner, id, view_name(name))
                row = await connection.fetchrow(
                    sql.PUT_VIEW, owner, id, view_name(name), query, columns, now, VIEWS_MAX
                )
        except Conflict:
            raise ViewNameTaken from None
        if row is None:
            raise TooManyViews
        return _view(row)

    async def delete(self, owner: UserId, id: UUID) -> None:
        """Raises `NotFound`."""
        async with self._database.transaction(Role.APP, owner) as connection:
            status = await connection.execute(sql.DELETE_VIEW, owner, id)
        if not status.endswith(" 1"):
            raise NotFound("This view does not exist.")


async def _check_free(connection: Connection, owner: UserId, id: UUID, name: str) -> None:
    """A name that reads like another's is taken; of two at the same moment both may stand."""
    for row in await connection.fetch(sql.LIST_VIEWS, owner):
        if row["id"] != id and compared(row["name"]) == compared(name):
            raise ViewNameTaken


def view_name(text: str) -> str:
    """Raises `InvalidInput` for what is no name."""
    name = one_line(text, "name")
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"name: 1 to {NAME_CHARACTERS_MAX} characters.", field="name")
    return name


def _view(row: Record) -> SavedView:
    return SavedView(
        plain_uuid(row["id"]),
        row["name"],
        row["query"],
        row["columns"],
        row["created_at"],
        row["updated_at"],
    )
