"""Why nobody was signed in by a provider. What it said stands in no message: it may be anybody's words."""

from sertantai.core.errors import Forbidden, InvalidInput, NotFound, NotSignedIn, Unavailable


class ProviderRefused(NotSignedIn):
    """``reason`` is for the log and the security events; it holds no secret and nothing that was sent."""

    code = "provider_refused"

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or "Your organisation’s sign-in could not be confirmed. Start again.")
        self.reason = reason


class SignInBroken(ProviderRefused):
    """Begun in another browser, too long ago, or finished already: nobody is told which."""

    def __init__(self) -> None:
        super().__init__(
            "unknown state",
            "This sign-in took too long, or was begun in another browser. Start again.",
        )


class ProviderUnavailable(Unavailable):
    code = "provider_unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Your organisation’s sign-in gives no answer that we can use. Try again in a minute.",
            retry_after_s=30,
        )
        self.reason = reason


class AddressNotSpokenFor(Forbidden):
    code = "address_not_spoken_for"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” cannot sign you in: it has not confirmed an e-mail address of its own domains."
        )


class AdministratorsByPassword(Forbidden):
    code = "administrators_by_password"

    def __init__(self) -> None:
        super().__init__("Administrators of this site sign in with their password.")


class ProviderNotFound(NotFound):
    code = "provider_not_found"

    def __init__(self) -> None:
        super().__init__(
            "No organisation here signs in like this. Enter your work e-mail address, or ask a colleague.",
            field="organization",
        )


class ProviderMisconfigured(InvalidInput):
    """Said to who sets it up."""

    code = "provider_misconfigured"
