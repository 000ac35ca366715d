"""Organizations on real PostgreSQL, with an engine of their own; Ann, who makes them."""

import asyncpg
import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.engine.engine import Engine
from sertantai.organizations.memberships import Memberships
from sertantai.organizations.organizations import Organizations
from sertantai.postgres import Database
from tests.postgres.audit.conftest import add_person, clock, engine, records

__all__ = ["clock", "engine", "records"]


@pytest.fixture
async def organizations(database: Database, engine: Engine, clock: ManualClock) -> Organizations:
    memberships = Memberships(database, lambda: engine.journal.id, lambda: engine.synced)
    engine._heard = memberships.note
    return Organizations(database, engine, memberships, clock)


@pytest.fixture
async def ann(superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock) -> Origin:
    return Origin(UserId((await add_person(superuser, engine, clock, "ann@example.org")).id))
