"""PostgreSQL: the pool, transactions with claims, migrations, the embedded server."""

from asyncpg import Record

from sertantai.postgres.database import Connection, Database
from sertantai.postgres.plain import plain_uuid
from sertantai.postgres.roles import Role

__all__ = ["Connection", "Database", "Record", "Role", "plain_uuid"]
