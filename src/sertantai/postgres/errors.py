"""The only place that knows the driver's errors and PostgreSQL's error codes."""

from typing import Final

import asyncpg

from sertantai.core.errors import Conflict, DatabaseUnavailable, Forbidden, InvalidInput, SertantaiError

RETRY_AFTER_S = 2.0


class SerializationFailed(Conflict):
    """Two transactions crossed (or deadlocked); the whole transaction may be tried again."""

    code = "serialization_failed"


class RowMissing(Conflict):
    """A row this one refers to is not there (any more)."""

    code = "referenced_row_missing"


class DatabaseBusy(DatabaseUnavailable):
    """PostgreSQL answers, but others are before us, or what is asked takes too long: it is not away."""

    code = "database_busy"


class DatabaseError(SertantaiError):
    """PostgreSQL refused a statement for a reason that is our fault; a bug, or a schema not migrated."""

    code = "database_error"


class SchemaNotReady(DatabaseUnavailable):
    """A table, column or role is missing: migrations have not run."""

    code = "schema_not_ready"


class MigrationFailed(SertantaiError):
    """The schema could not be brought to this program's version; the message says what to do."""

    code = "migration_failed"


# Exact SQLSTATEs, then whole classes (their first two characters).
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_STATE: dict[str, tuple[type[SertantaiError], str]] = {
    "23505": (Conflict, "This already exists."),
    "23503": (RowMissing, "Something this refers to no longer exists."),
    "23001": (Forbidden, "PostgreSQL refuses to change or delete rows that are kept for ever."),
    "23502": (InvalidInput, "A value is missing."),
    "23514": (InvalidInput, "A value is not allowed."),
    "25006": (DatabaseUnavailable, "PostgreSQL is read-only at the moment."),
    "28000": (DatabaseUnavailable, "PostgreSQL does not accept this user."),
    "28P01": (DatabaseUnavailable, "PostgreSQL does not accept this password."),
    "3D000": (DatabaseUnavailable, "The database does not exist."),
    "40001": (SerializationFailed, "Another change came first."),
    "40P01": (SerializationFailed, "Another change came first."),
    "42501": (Forbidden, "This is not allowed."),
    "42704": (SchemaNotReady, "The database schema is not ready: run the migrations."),
    "42P01": (SchemaNotReady, "The database schema is not ready: run the migrations."),
    "42703": (SchemaNotReady, "The database schema is older than this program: run the migrations."),
    "42883": (SchemaNotReady, "The database schema is older than this program: run the migrations."),
    "54000": (InvalidInput, "A value is too long for an index."),
    "55P03": (DatabaseUnavailable, "A lock in PostgreSQL could not be obtained in time."),
    "57014": (DatabaseUnavailable, "PostgreSQL took too long."),
}
_BY_CLASS: dict[str, tuple[type[SertantaiError], str]] = {
    "08": (DatabaseUnavailable, "The connection to PostgreSQL was lost."),
    "22": (InvalidInput, "A value has the wrong form."),
    "53": (DatabaseUnavailable, "PostgreSQL is out of disk, memory or connections."),
    "57": (DatabaseUnavailable, "PostgreSQL is stopping or starting."),
    "58": (DatabaseUnavailable, "PostgreSQL cannot read or write its files."),
}
_LOST = (DatabaseUnavailable, "PostgreSQL cannot be reached.")
IN_THE_WAY: Final = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
)
"""Somebody else had what a statement needed, for longer than it may wait."""


def translate(exc: BaseException) -> SertantaiError:
    """The error of ours that says what ``exc``, an error of the driver or of a socket, means to a caller.

    The driver's text stays on ``__cause__`` (callers raise ``from exc``) and out of the message: it may hold
    other people's values.
    """
    if isinstance(exc, SertantaiError):
        return exc
    kind, message = _meaning(exc)
    retry_after_s = RETRY_AFTER_S if issubclass(kind, DatabaseUnavailable) else None
    return kind(message, field=_field(exc) if kind is InvalidInput else None, retry_after_s=retry_after_s)


def translate_connect(exc: BaseException) -> SertantaiError:
    """Like `translate`, for what happens while a connection is made, where nothing is the caller's doing."""
    error = translate(exc)
    if isinstance(error, DatabaseUnavailable):
        return error
    return SchemaNotReady(
        "A connection as one of Sertantai's database roles is refused: run the migrations.",
        retry_after_s=RETRY_AFTER_S,
    )


def _meaning(exc: BaseException) -> tuple[type[SertantaiError], str]:
    if isinstance(exc, asyncpg.PostgresError):
        state = exc.sqlstate or ""
        found = _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
        return found or (DatabaseError, f"PostgreSQL refused a statement ({state}).")
    if isinstance(exc, asyncpg.DataError | ValueError):
        return InvalidInput, "A value has the wrong form."
    if isinstance(exc, TimeoutError):
        return DatabaseUnavailable, "PostgreSQL did not answer in time."
    if isinstance(exc, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return _LOST
    return DatabaseError, "An unexpected error came from the database driver."


def _field(exc: BaseException) -> str | None:
    column = getattr(exc, "column_name", None)
    return column if isinstance(column, str) else None


def constraint(exc: BaseException) -> str | None:
    """The name of the constraint that a translated error (or its cause) broke."""
    source = exc if isinstance(exc, asyncpg.PostgresError) else exc.__cause__
    name = getattr(source, "constraint_name", None)
    return name if isinstance(name, str) else None
