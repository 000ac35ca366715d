"""Dumps and what is made of them, on each PostgreSQL: Debian's is older than the programs that come along."""

from pathlib import Path

import asyncpg
import pytest

from sertantai.backup import dumping
from sertantai.backup.manifest import BackupFailed
from sertantai.postgres import Database
from sertantai.postgres.migrations.run import prepare_roles
from tests.fixtures.postgres import DatabaseUnderTest, made_user

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


async def dumped(cloned: DatabaseUnderTest, target: Path) -> int:
    """The server's major version."""
    connection = await asyncpg.connect(cloned.superuser_dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            major = connection.get_server_version().major
            await dumping.dump(cloned.owner_dsn, major, snapshot, target)
    finally:
        await connection.close()
    return major


async def asked(database: DatabaseUnderTest, question: str) -> int:
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        return int(await connection.fetchval(question))
    finally:
        await connection.close()


async def test_a_dump_fills_an_empty_database(
    cloned: DatabaseUnderTest, empty: DatabaseUnderTest, database: Database, tmp_path: Path
) -> None:
    await made_user(database)
    major = await dumped(cloned, tmp_path / "dump")
    await prepare_roles(empty.owner_dsn)
    await dumping.restore(empty.owner_dsn, major, tmp_path / "dump")
    for question in (TABLES, "SELECT count(*) FROM users"):
        assert await asked(empty, question) == await asked(cloned, question) > 0


async def test_a_dump_that_ends_too_early_fills_nothing(
    cloned: DatabaseUnderTest, empty: DatabaseUnderTest, database: Database, tmp_path: Path
) -> None:
    await made_user(database)
    major = await dumped(cloned, tmp_path / "dump")
    whole = (tmp_path / "dump").read_bytes()
    (tmp_path / "dump").write_bytes(whole[: len(whole) * 9 // 10])
    await prepare_roles(empty.owner_dsn)
    with pytest.raises(BackupFailed, match="pg_restore"):
        await dumping.restore(empty.owner_dsn, major, tmp_path / "dump")
    assert await asked(empty, TABLES) == 0
