"""PostgreSQL: the pool, transactions with claims, migrations, the embedded server."""

from asyncpg import Record

from sertantai.postgres.database import Connection, Database, asks_as
from sertantai.postgres.plain import plain_uuid
from sertantai.postgres.roles import Role

__all__ = ["Connection", "Database", "Record", "Role", "asks_as", "plain_uuid"]
