"""Domains as people write them, and those that are nobody's own."""

from functools import cache
from importlib import resources
from typing import Final

from sertantai.core.email_addresses import parse_email
from sertantai.core.email_keys import email_key, readable_domain
from sertantai.core.errors import InvalidInput

_LOCAL: Final = "name@"
PUBLIC_LIST: Final = "public_mail_domains.txt"


def parse_domain(text: str, field: str) -> str:
    """In ASCII, as addresses are compared by it; ``@example.org`` will do.

    Raises `InvalidInput` for what is no domain, or mixes letters that look alike.
    """
    try:
        key = email_key(parse_email(f"{_LOCAL}{text.strip().removeprefix('@')}"))
    except InvalidInput:
        key = None
    if key is None:
        raise InvalidInput(f"{field}: {text[:60]!r} is not a domain.", field=field)
    return key.removeprefix(_LOCAL)


def readable(domain: str) -> str:
    """In its own letters, for whoever reads it."""
    return readable_domain(_LOCAL + domain).removeprefix(_LOCAL)


def domain_of(email: str) -> str:
    """Of an address, as `parse_domain` has it; empty: of none."""
    return (email_key(email) or "").rpartition("@")[2]


def is_public(domain: str) -> bool:
    """Whether anybody can get an address there, so that it says nothing of where somebody works."""
    parts = domain.split(".")
    return any(".".join(parts[at:]) in _public() for at in range(len(parts)))


@cache
def _public() -> frozenset[str]:
    text = resources.files("sertantai.organizations").joinpath(PUBLIC_LIST).read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
