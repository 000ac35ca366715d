"""Refusals of SCIM, with the words that RFC 7644 has for them."""

from sertantai.core.errors import Conflict, InvalidInput, NotFound, NotSignedIn


class DirectoryTokenRefused(NotSignedIn):
    """Revoked, its maker gone, or never made: nobody is told which."""

    code = "directory_token_refused"

    def __init__(self) -> None:
        super().__init__("This token is not, or no longer, good for this organisation.")


class ScimInvalid(InvalidInput):
    """Its code becomes the keyword that RFC 7644 has for it (`http.protocol.scim_problems`)."""

    code = "invalid_value"


class InvalidFilter(ScimInvalid):
    code = "invalid_filter"


class InvalidPath(ScimInvalid):
    code = "invalid_path"


class InvalidSyntax(ScimInvalid):
    code = "invalid_syntax"


class NoTarget(ScimInvalid):
    code = "no_target"


class NotUnique(Conflict):
    """Somebody, or a team, is there with that name."""

    code = "uniqueness"


class ResourceNotFound(NotFound):
    code = "resource_not_found"

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no resource {id[:60]!r} here.")
