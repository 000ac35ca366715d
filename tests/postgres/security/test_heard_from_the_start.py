"""What is performed while a server starts is watched too: whoever must hear of it is there before."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sertantai.app import running
from sertantai.backend import Backend
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.ids import GroupId, OperationId, OwnerId, UserId
from sertantai.core.operations import BulkSelect, ClearAll, Origin
from sertantai.core.security_events import SecurityEventKind
from sertantai.lists.deleted_lists import DeletedLists
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from tests.postgres.sync.test_copied_journal import settings

ADD_USER = "INSERT INTO users (id, email, created_at) VALUES ($1, 'anna@example.org', now())"
EVENTS = "SELECT details FROM security_events WHERE kind = $1"
SELECTED = 300


async def test_a_mass_removal_at_a_start_is_an_event(
    database_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, anna = settings(tmp_path / "data", database_dsn), UserId(new_id())
    async with Backend(own, durable=False) as backend:
        async with backend.database.transaction(Role.ACCOUNTS, anna) as connection:
            await connection.execute(ADD_USER, anna)
        default = (await backend.engine.state(OwnerId(anna))).default_group()
        assert default is not None
        every = pack(bitmap(range(1, SELECTED + 1)))
        await backend.engine.perform(BulkSelect(records=every, **by(backend, anna, default.id)))
    started, start = [], DeletedLists.start

    async def clearing(lists: DeletedLists) -> None:
        """The first of those who perform something by themselves does so at once."""
        engine = lists._groups._engine
        await engine.perform(ClearAll(**by(engine, anna, default.id)))
        started.append(lists)
        await start(lists)

    monkeypatch.setattr(DeletedLists, "start", clearing)
    async with running(own, durable=False) as web:
        assert started
        async with asyncio.timeout(60):
            while not (events := await removals(web.state.database)):  # noqa: ASYNC110  # it is written soon
                await asyncio.sleep(0.05)
    (details,) = events
    assert details["removed"] == details["of"] == SELECTED


def by(place: Any, user: UserId, group: GroupId) -> dict[str, Any]:
    return {
        "id": OperationId(new_id()),
        "owner": OwnerId(user),
        "group": group,
        "at": place.clock.now(),
        "origin": Origin(user, ip="192.0.2.7"),
    }


async def removals(database: Database) -> list[dict[str, Any]]:
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        rows = await connection.fetch(EVENTS, SecurityEventKind.MASS_REMOVAL.value)
    return [row["details"] for row in rows]
