"""One error root; one class per cause, each with a stable ``code``.

The text of an error is written for the person who reads it: what is wrong, where, and what to do.
HTTP statuses are not known here; `sertantai.web` maps classes to them.
"""

from collections.abc import Sequence
from typing import ClassVar


class SertantaiError(Exception):
    """Root of every error this package raises on purpose.

    ``field`` names the input that is wrong, in the caller's terms.
    ``retry_after_s`` says when trying again makes sense, in seconds.
    """

    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, field: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s


class InvalidInput(SertantaiError):
    code = "invalid_input"


class NotSignedIn(SertantaiError):
    code = "not_signed_in"


class NotFound(SertantaiError):
    """It does not exist, or the caller may not know that it does."""

    code = "not_found"


class Forbidden(SertantaiError):
    """The caller may see it but not do this."""

    code = "forbidden"


class PermissionNeeded(Forbidden):
    """``permission`` is the right that the caller lacks (see `rights`), ``ask`` names who can give it."""

    code = "permission_needed"

    def __init__(self, permission: str, ask: Sequence[str]) -> None:
        whom = f" Ask {' or '.join(ask)}." if ask else ""
        super().__init__(f"You need the right {permission} for this.{whom}")
        self.permission = str(permission)
        self.ask = tuple(ask)


class Conflict(SertantaiError):
    code = "conflict"


class PreconditionFailed(SertantaiError):
    code = "precondition_failed"


class PreconditionRequired(SertantaiError):
    code = "precondition_required"


class TooLarge(SertantaiError):
    code = "too_large"


class RateLimited(SertantaiError):
    code = "rate_limited"


class Unavailable(SertantaiError):
    """It cannot be done now, and nothing was changed; try again after ``retry_after_s``."""

    code = "unavailable"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


class JournalUnavailable(Unavailable):
    """The journal could not make a change durable; the change was not made."""

    code = "journal_unavailable"


class JournalFull(JournalUnavailable):
    """The journal has reached its bound; changes are refused until it has been synchronised."""

    code = "journal_full"
