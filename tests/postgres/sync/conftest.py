"""A backend of its own for each test, somebody who has lists in it, and ticks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sertantai.backend import Backend
from sertantai.core.ids import OperationId, OwnerId, RecordNo, UserId
from sertantai.core.operations import Origin, Select
from sertantai.postgres import Role
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from tests.fixtures.postgres import short_directory
from tests.fixtures.prepared import copy_prepared

MISSING = RecordNo(900_000)
"""A law that the database does not have."""
ADD_USER = "INSERT INTO users (id, email, created_at) VALUES ($1, 'a@example.org', now())"


@asynccontextmanager
async def backend_of_its_own(*, apart: bool) -> AsyncIterator[Backend]:
    """``apart``: its synchroniser runs in a process of its own."""
    with short_directory() as home:
        data = await asyncio.to_thread(copy_prepared, home / "data")
        async with Backend(Settings(data_dir=str(data)), durable=False, apart=apart) as running:
            yield running


@pytest.fixture
async def owner(backend: Backend) -> OwnerId:
    """With ``backend`` as the test's own file has it."""
    user = OwnerId(new_id())
    async with backend.database.transaction(Role.ACCOUNTS, user) as connection:
        await connection.execute(ADD_USER, user)
    return user


async def tick(backend: Backend, owner: OwnerId, *records: int) -> None:
    group = (await backend.engine.state(owner)).default_group()
    assert group is not None
    for record in records:
        await backend.engine.perform(
            Select(
                id=OperationId(new_id()),
                owner=owner,
                group=group.id,
                at=backend.clock.now(),
                origin=Origin(UserId(owner), "session", "127.0.0.1", "a browser"),
                record=RecordNo(record),
            )
        )
