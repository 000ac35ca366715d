"""Why accounts refuse: one class per cause. None of them says whether an address is known."""

from datetime import datetime

from sertantai.core.errors import Conflict, Forbidden, InvalidInput, NotSignedIn, RateLimited
from sertantai.core.ids import UserId


class WrongCredentials(NotSignedIn):
    """Unknown address or wrong password: the caller cannot tell which."""

    code = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class WrongPassword(InvalidInput):
    """Said to somebody who is signed in and proves it again."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("That is not your current password.", field="current_password")


class TokenRefused(NotSignedIn):
    """The token is forged, expired, revoked, or of somebody who is gone."""

    code = "token_refused"

    def __init__(self) -> None:
        super().__init__("This token is not valid, or has expired. Sign in again.")


class SecondFactorNeeded(NotSignedIn):
    code = "second_factor_needed"

    def __init__(self, user_id: UserId) -> None:
        self.user_id = user_id
        super().__init__(
            "Enter the six-digit code from your authenticator app, or a recovery code.", field="code"
        )


class SecondFactorWrong(NotSignedIn):
    code = "second_factor_wrong"

    def __init__(self) -> None:
        super().__init__("That code is wrong, expired or already used. Wait for the next one.", field="code")


class ConfirmationNeeded(Forbidden):
    """Right password, but the address has not been confirmed yet."""

    code = "confirmation_needed"

    def __init__(self) -> None:
        super().__init__("Confirm your e-mail address first: open the link we sent you.")


class AccountDisabled(Forbidden):
    """Only said to somebody who knew the password, or whom a provider has named. ``user_id``: whose it is."""

    code = "account_disabled"

    def __init__(self, user_id: UserId | None = None) -> None:
        self.user_id = user_id
        super().__init__("This account has been disabled. Ask your administrator.")


class ErasureWaits(Conflict):
    """An account that is to be erased is opened by undoing that, and in no other way."""

    code = "erasure_waits"

    def __init__(self, due_at: datetime) -> None:
        super().__init__(
            f"This account is to be erased on {due_at:%Y-%m-%d %H:%M} UTC. Undo that first; it opens with it."
        )


class ShutByOrganization(Conflict):
    """Who has shut an account opens it."""

    code = "shut_by_organization"

    def __init__(self, organization: str) -> None:
        super().__init__(
            f"The directory of “{organization}” has shut this account. It opens it again by activating them."
        )


class EmailTaken(Conflict):
    code = "email_taken"

    def __init__(self) -> None:
        super().__init__(
            "There is already an account with this e-mail address. Sign in instead.", field="email"
        )


class PasswordRefused(InvalidInput):
    code = "password_refused"

    def __init__(self, message: str, field: str = "password") -> None:
        super().__init__(message, field=field)


class LinkRefused(InvalidInput):
    """A one-time link is unknown, used, expired or changed; the caller cannot tell which."""

    code = "link_refused"

    def __init__(self) -> None:
        super().__init__("This link has expired or has already been used. Ask for a new one.")


class SignInDelayed(RateLimited):
    code = "sign_in_delayed"

    def __init__(self, wait_s: float) -> None:
        seconds = max(1, round(wait_s))
        shown = f"{seconds} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"
        super().__init__(f"Too many failed attempts to sign in. Try again in {shown}.", retry_after_s=wait_s)


class GuestsNotWelcome(NotSignedIn):
    """The setting `guests_enabled` is off."""

    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("Sign in to save your ticks.")


class StepExpired(NotSignedIn):
    """Too long between the password and the code."""

    code = "step_expired"

    def __init__(self) -> None:
        super().__init__("That took too long. Enter your password again.")


class SignInToConfirm(Forbidden):
    code = "sign_in_to_confirm"

    def __init__(self, *, is_somebody: bool) -> None:
        super().__init__(
            "This link is for another account. Sign out, sign in to that account, and open the link again."
            if is_somebody
            else "Sign in first, then open the link again."
        )
        self.is_somebody = is_somebody
