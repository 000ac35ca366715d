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

import msgspec

from sertantai.backend import Backend
from sertantai.core.cursors import LIMIT_MAX
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import GroupId, OperationId, RecordId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Right
from sertantai.lists.access import Access, Allowed, Asking
from sertantai.lists.actions import FILTER, Bulk, Ticked, Undone
from sertantai.lists.groups import GroupFacts, facts_of, listed
from sertantai.lists.listing import Query, Wanted, found_page, matching
from sertantai.lists.named_owner import owner_named
from sertantai.process.settings import read_settings
from sertantai.records.filters import parse_filter
from sertantai.records.rows import RecordRow

LOCAL_OWNER = "local@localhost.localdomain"


class Selections:
    """The lists of one owner. A record is given by its name (``UK_ukpga_1974_37``) or its UUID, a list by
    its name or its UUID; ``default`` is the owner's own default list."""

    def __init__(self, backend: Backend, person: UserId) -> None:
        self._backend = backend
        self._access = Access(backend.engine)
        self._asking = Asking(Origin(person))

    async def select(self, record: str | UUID, group: str | UUID = "default") -> Ticked:
        """Tick a record. Raises `NotFound` for an unknown record or list."""
        found = await self._group(group, Right.TICK)
        return await self._backend.actions.select(found, self._record(record))

    async def deselect(
        self, record: str | UUID, group: str | UUID = "default", *, reason: str | None = None
    ) -> Ticked:
        """``reason``: why it goes, which stands in the history: 500 characters at most."""
        found = await self._group(group, Right.TICK)
        return await self._backend.actions.deselect(found, self._record(record), reason=reason)

    async def select_matching(
        self, filter: Mapping[str, Any], group: str | UUID = "default", *, expected_count: int | None = None
    ) -> Bulk:
        """Tick everything that matches, such as ``{"family": ["💚 WASTE"], "q": "landfill"}``."""
        found = await self._group(group, Right.TICK)
        rest = dict(filter)
        wanted = Wanted(selected=_flag(rest.pop("selected", None)), filter=parse_filter(rest))
        records = matching(await self._backend.register.current(), wanted, found.group.records)
        return await self._backend.actions.bulk(
            found.through(FILTER), "bulk_select", records, expected_count=expected_count
        )

    async def clear(self, group: str | UUID = "default", *, reason: str | None = None) -> Bulk:
        """``reason``: as with `deselect`."""
        found = await self._group(group, Right.TICK)
        return await self._backend.actions.bulk(found, "clear_all", found.group.records, reason=reason)

    async def undo(self, group: str | UUID = "default", operation: OperationId | None = None) -> Undone:
        """Undo a change, else the newest of the list that is still in effect."""
        return await self._backend.actions.undo(await self._group(group, Right.UNDO), operation)

    async def selected(self, group: str | UUID = "default") -> list[RecordRow]:
        """The laws of a list, by title."""
        target = (await self._group(group, Right.READ)).group
        catalogue = self._backend.register.catalogue
        rows: list[RecordRow] = []
        query = Query(selected=True, limit=LIMIT_MAX)
        while True:
            page = await found_page(catalogue, query, target.records)
            rows.extend(page.rows)
            if page.next_cursor is None:
                return rows
            query = msgspec.structs.replace(query, cursor=page.next_cursor)

    async def groups(self) -> list[GroupFacts]:
        return [facts_of(group) for group in listed((await self._access.lists_of(self._asking)).state)]

    async def create_group(self, name: str, description: str | None = None) -> GroupFacts:
        lists = await self._access.lists_of(self._asking)
        return facts_of(await self._backend.groups.create(lists, name, description))

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

    async def _group(self, group: str | UUID, right: Right) -> Allowed:
        lists = await self._access.lists_of(self._asking)
        if isinstance(group, UUID):
            return lists.named(GroupId(group), right)
        named = (g for g in lists.state.groups.values() if g.name == group and not g.deleted)
        known = next(named, None)
        return lists.named(group, right) if known is None else lists.one(known, right)


def _flag(stated: Any) -> bool | None:
    if stated not in (None, True, False, "true", "false"):
        raise InvalidInput(f"selected: {stated!r} is neither true nor false.", field="selected")
    return None if stated is None else stated in (True, "true")


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
