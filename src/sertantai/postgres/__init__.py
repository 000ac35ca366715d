"""PostgreSQL: the pool, transactions with claims, migrations, the embedded server."""

from sertantai.postgres.database import Connection, Database
from sertantai.postgres.roles import Role

__all__ = ["Connection", "Database", "Role"]
