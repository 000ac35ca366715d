"""Driver errors in our words."""

import asyncpg
import pytest

from sertantai.core.errors import Conflict, DatabaseUnavailable, Forbidden, InvalidInput, SertantaiError
from sertantai.postgres.errors import DatabaseError, SchemaNotReady, SerializationFailed, translate


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.UniqueViolationError("x"), Conflict),
        (asyncpg.SerializationError("x"), SerializationFailed),
        (asyncpg.DeadlockDetectedError("x"), SerializationFailed),
        (asyncpg.InsufficientPrivilegeError("x"), Forbidden),
        (asyncpg.RestrictViolationError("x"), Forbidden),
        (asyncpg.UndefinedTableError("x"), SchemaNotReady),
        (asyncpg.InvalidTextRepresentationError("x"), InvalidInput),
        (asyncpg.DataError("x"), InvalidInput),
        (asyncpg.TooManyConnectionsError("x"), DatabaseUnavailable),
        (asyncpg.DiskFullError("x"), DatabaseUnavailable),
        (asyncpg.OutOfMemoryError("x"), DatabaseUnavailable),
        (asyncpg.CannotConnectNowError("x"), DatabaseUnavailable),
        (asyncpg.AdminShutdownError("x"), DatabaseUnavailable),
        (asyncpg.CrashShutdownError("x"), DatabaseUnavailable),
        (asyncpg.QueryCanceledError("x"), DatabaseUnavailable),
        (asyncpg.ReadOnlySQLTransactionError("x"), DatabaseUnavailable),
        (asyncpg.ConnectionDoesNotExistError("x"), DatabaseUnavailable),
        (asyncpg.PostgresIOError("x"), DatabaseUnavailable),
        (asyncpg.InvalidPasswordError("x"), DatabaseUnavailable),
        (asyncpg.InvalidCatalogNameError("x"), DatabaseUnavailable),
        (asyncpg.InterfaceError("x"), DatabaseUnavailable),
        (ConnectionRefusedError(), DatabaseUnavailable),
        (FileNotFoundError(), DatabaseUnavailable),
        (TimeoutError(), DatabaseUnavailable),
        (asyncpg.PostgresSyntaxError("x"), DatabaseError),
    ],
)
def test_each_cause_has_its_class(error: Exception, kind: type[SertantaiError]) -> None:
    assert type(translate(error)) is kind


def test_unavailable_says_when_to_come_back() -> None:
    assert translate(ConnectionRefusedError()).retry_after_s
    assert translate(asyncpg.UniqueViolationError("x")).retry_after_s is None


def test_what_the_driver_says_stays_inside() -> None:
    secret = "Key (email)=(someone@example.org) already exists"
    assert "example" not in str(translate(asyncpg.UniqueViolationError(secret)))


def test_our_own_errors_pass_as_they_are() -> None:
    ours = Conflict("x")
    assert translate(ours) is ours
