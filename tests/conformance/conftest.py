"""What journals in PostgreSQL are kept in."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.conformance.shared_journals import where
from tests.fixtures.postgres import ServerUnderTest, execute

NAME = "journals"


@pytest.fixture(scope="session")
def journals_database(embedded_server: ServerUnderTest) -> Iterator[str]:
    """A database for journals, and nothing else."""
    administrator = embedded_server.dsn("postgres", "postgres")
    asyncio.run(execute(administrator, f"CREATE DATABASE {NAME} OWNER {embedded_server.owner}"))
    where[:] = [embedded_server.dsn(NAME, embedded_server.owner)]
    yield where[0]
    asyncio.run(execute(administrator, f"DROP DATABASE {NAME} WITH (FORCE)"))
