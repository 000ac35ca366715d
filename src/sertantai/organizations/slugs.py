"""The name of an organization in addresses: short, in letters that cannot be mistaken for others."""

import re
import unicodedata
from typing import Final

from sertantai.organizations.errors import SlugRefused

SLUG_CHARACTERS_MAX: Final = 60
RESERVED: Final = frozenset(
    {
        *(
            "admin",
            "api",
            "audit",
            "default",
            "deleted",
            "health",
            "invitations",
            "join",
            "me",
            "members",
            "new",
        ),
        *("organizations", "scim", "settings", "sign-in", "sign-up", "sso", "static", "system", "teams"),
        "site",
    }
)
"""What is, or may become, part of an address; and what names the site's own provider."""
_GOOD: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_OTHER: Final = re.compile(r"[^a-z0-9]+")


def parse_slug(text: str) -> str:
    """Raises `SlugRefused`. Letters of other alphabets are refused: some read like others."""
    if not 2 <= len(text) <= SLUG_CHARACTERS_MAX or not _GOOD.fullmatch(text) or "--" in text:
        raise SlugRefused(
            f"slug: 2 to {SLUG_CHARACTERS_MAX} of the letters a to z, digits and single hyphens.",
            field="slug",
        )
    if text in RESERVED or _is_uuid(text):
        raise SlugRefused(f"slug: {text!r} is reserved.", field="slug")
    return text


def slug_of(name: str) -> str:
    """What follows from a name: "Müller & Söhne GmbH" is ``muller-sohne-gmbh``. May be taken, or empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-")[:SLUG_CHARACTERS_MAX].strip("-")


def _is_uuid(text: str) -> bool:
    return len(text.replace("-", "")) == 32 and all(letter in "0123456789abcdef-" for letter in text)
