"""A provider of sign-ins: whose it is, where it is, and for which addresses its word counts here."""

from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.email_keys import email_key

SITE: Final = UUID(int=0)
"""The provider that the site's operator has set for everybody."""
SITE_REFERENCE: Final = "site"


def reference_of(provider: UUID) -> str:
    """What it is called in our addresses; an organization's is its id, which stays."""
    return SITE_REFERENCE if provider == SITE else str(provider)


class Provider(msgspec.Struct, frozen=True):
    """``domains``: whose addresses it may speak for; None: all, which only the operator can say.
    ``reference``: see `reference_of`."""

    id: UUID
    reference: str
    name: str
    issuer: str
    client_id: str
    client_secret: str | None = None
    domains: frozenset[str] | None = frozenset()

    def __repr__(self) -> str:
        return f"Provider({self.reference!r}, {self.issuer!r})"

    @property
    def is_site(self) -> bool:
        return self.id == SITE

    def speaks_for(self, email: str | None) -> bool:
        key = email_key(email or "")
        if key is None:
            return False
        return self.domains is None or key.rpartition("@")[2] in self.domains
