"""The schema: Alembic revisions written as SQL, run at start.

A revision is ``versions/vNNNN_name.py`` (a few lines) with its SQL in ``sql/NNNN/*.sql``. Revisions go
forwards only; the way back is a backup.
"""

from sertantai.postgres.migrations.run import head_revision, migrate, prepare_roles, require_schema

__all__ = ["head_revision", "migrate", "prepare_roles", "require_schema"]
