"""Alembic's entry: it runs this file. The connection comes from `upgrade.py`; there is no alembic.ini."""

from alembic import context
from sqlalchemy import text

# Readable by whoever connects: a login without the migrator role must be able to see that all is well.
SHOW_VERSION = text("GRANT SELECT ON alembic_version TO PUBLIC")
BECOME_MIGRATOR = text("SET ROLE sertantai_migrator")


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, version_table_schema="public", transaction_per_migration=False)
    with context.begin_transaction():
        connection.execute(BECOME_MIGRATOR)
        context.run_migrations()
        connection.execute(SHOW_VERSION)


run()
