"""Refusals of this room, in the caller's terms."""

from sertantai.core.errors import Conflict, InvalidInput, NotFound
from sertantai.engine.errors import LastOwner


class OrganizationNotFound(NotFound):
    """There is none, or the caller may not know that there is."""

    code = "organization_not_found"

    def __init__(self) -> None:
        super().__init__("This organisation does not exist.", field="organization")


class SlugTaken(Conflict):
    code = "slug_taken"

    def __init__(self, slug: str) -> None:
        super().__init__(f"The address {slug!r} is taken. Choose another.", field="slug")


class SlugRefused(InvalidInput):
    code = "slug_refused"


class TooManyOrganizations(Conflict):
    code = "organizations_exceeded"


class InvitationRefused(NotFound):
    """Used, too old, revoked, for another address, or never made: nobody is told which."""

    code = "invitation_not_found"

    def __init__(self) -> None:
        super().__init__("This invitation is not, or no longer, good for you. Ask for a new one.")


class AccountShut(Conflict):
    """There is none any more, or nobody can sign in with it."""

    code = "account_shut"

    def __init__(self) -> None:
        super().__init__("Their account is shut, or there is none any more. Nothing was changed.")


class OwnersShut(LastOwner):
    """There are other owners, and none of them can sign in."""

    def __init__(self) -> None:
        Conflict.__init__(
            self,
            "The accounts of all other owners are disabled, and an organisation needs an owner who can sign "
            "in: hand over its ownership first. Nothing was changed.",
        )


class HasEnded(Conflict):
    """Its thirty days are over: whether it is still there is a matter of minutes."""

    code = "organization_ended"

    def __init__(self) -> None:
        super().__init__("The last day of this organisation is over. It is too late to call that off.")


class DomainTaken(Conflict):
    """Another organization has proven it. Whoever has the DNS decides: without its record it is free soon."""

    code = "domain_taken"

    def __init__(self, domain: str) -> None:
        super().__init__(
            f"Another organisation has proven that {domain} is its own. Its record must leave the DNS first.",
            field="domain",
        )
