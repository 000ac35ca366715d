"""Sertantai without the web: the same engine, journal and database, in a script.

    async with sertantai.open(data_dir="laws") as selections:
        await selections.select("UK_ukpga_1974_37")
        print(await selections.selected())

A change is on disk before its call returns, and in PostgreSQL moments later. One process at a time may have
a data directory open.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sertantai.accounts.named_owner import owner_named
from sertantai.backend import Backend
from sertantai.core.errors import NotFound
from sertantai.core.ids import GroupId, OperationId, RecordId, UserId
from sertantai.core.operations import Origin
from sertantai.core.state import GroupState
from sertantai.lists.access import own_lists
from sertantai.lists.actions import Bulk, Ticked, Undone, find_group
from sertantai.lists.groups import GroupView, listed, view
from sertantai.lists.listing import list_page, matching, parse_query
from sertantai.process.settings import read_settings
from sertantai.records.rows import RecordRow

LOCAL_OWNER = "local@localhost.localdomain"


class Selections:
    """The lists of one owner. A record is given by its name (``UK_ukpga_1974_37``) or its UUID, a list by
    its name or its UUID; ``default`` is the owner's own default list."""

    def __init__(self, backend: Backend, person: UserId) -> None:
        self._backend = backend
        self._person, self._owner = person, own_lists(person)
        self._origin = Origin(person, source="hand")

    async def select(self, record: str | UUID, group: str | UUID = "default") -> Ticked:
        """Tick a record. Raises `NotFound` for an unknown record or list."""
        target = await self._group(group)
        return await self._backend.actions.select(self._origin, self._owner, target.id, self._record(record))

    async def deselect(self, record: str | UUID, group: str | UUID = "default") -> Ticked:
        target = await self._group(group)
        return await self._backend.actions.deselect(
            self._origin, self._owner, target.id, self._record(record)
        )

    async def select_matching(
        self, filter: Mapping[str, Any], group: str | UUID = "default", *, expected_count: int | None = None
    ) -> Bulk:
        """Tick everything that matches, such as ``{"family": ["💚 WASTE"], "q": "landfill"}``."""
        target = await self._group(group)
        query = parse_query(filter)
        records = matching(await self._backend.register.current(), query, target.records)
        return await self._backend.actions.bulk(
            Origin(self._person, source="filter"),
            self._owner,
            target.id,
            "bulk_select",
            records,
            expected_count=expected_count,
        )

    async def clear(self, group: str | UUID = "default") -> Bulk:
        target = await self._group(group)
        return await self._backend.actions.bulk(
            self._origin, self._owner, target.id, "clear_all", target.records
        )

    async def undo(self, group: str | UUID = "default", operation: OperationId | None = None) -> Undone:
        """Undo a change, else the newest of the list that is still in effect."""
        target = await self._group(group)
        return await self._backend.actions.undo(self._origin, self._owner, target.id, operation)

    async def selected(self, group: str | UUID = "default") -> list[RecordRow]:
        """The laws of a list, by title."""
        target = await self._group(group)
        catalogue = self._backend.register.catalogue
        rows: list[RecordRow] = []
        query = parse_query({"selected": "true", "limit": "500"})
        while True:
            page = await list_page(catalogue, query, target.records)
            rows.extend(page.rows)
            if page.next_cursor is None:
                return rows
            query = parse_query({"selected": "true", "limit": "500", "cursor": page.next_cursor})

    async def groups(self) -> list[GroupView]:
        return [view(group) for group in listed(await self._backend.engine.state(self._owner))]

    async def create_group(self, name: str, description: str | None = None) -> GroupView:
        return view(await self._backend.groups.create(self._origin, self._owner, name, description))

    async def flush(self) -> None:
        """Wait until everything is in PostgreSQL."""
        await self._backend.engine.flush()

    def _record(self, record: str | UUID) -> RecordId:
        if isinstance(record, UUID):
            return RecordId(record)
        catalogue = self._backend.register.catalogue
        number = catalogue.number_named(record)
        if number is None:
            raise NotFound(f"There is no record named {record!r}.", field="record")
        return catalogue.record_id(number)

    async def _group(self, group: str | UUID) -> GroupState:
        state = await self._backend.engine.state(self._owner)
        if isinstance(group, UUID):
            return find_group(state, GroupId(group))
        named = (g for g in state.groups.values() if g.name == group and not g.deleted)
        return next(named, None) or find_group(state, group)


@asynccontextmanager
async def open(
    *, data_dir: str | os.PathLike[str] = "data", owner: str = LOCAL_OWNER, **settings: Any
) -> AsyncIterator[Selections]:
    """Start everything but the web, on ``data_dir``, for the lists of ``owner`` (an e-mail address).

    ``settings`` are those of docs/guides/settings.md, such as ``database_url``. An owner that is not there
    is made, without a password. Raises `DataDirectoryBusy` while a server has the directory open.
    """
    read = read_settings(os.environ, data_dir=os.fspath(data_dir), **settings)
    async with Backend(read) as backend:
        user = await owner_named(backend.database, backend.clock, owner)
        yield Selections(backend, user)
