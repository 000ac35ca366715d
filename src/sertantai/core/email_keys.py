"""Which ways of writing an e-mail address are one mailbox.

A domain such as ``müller.example`` has a second spelling, ``xn--mller-kva.example`` (IDNA): browsers send
that one from an e-mail field, everybody else the first. What addresses are compared by has it in ASCII,
where every domain has one form. Nothing is refused here: what is no domain is compared as it stands.
"""

import unicodedata
from collections.abc import Iterable
from itertools import product
from typing import Final

import idna

EMAIL_CHARACTERS_MAX: Final = 254
"""RFC 5321's limit for a path, without its angle brackets."""
ACE_PREFIX: Final = "xn--"
LABELS_MIXED_MAX: Final = 4
"""So many labels of a domain may each be in either form; with more, all are in the one or the other."""


def email_key(text: str) -> str | None:
    """What addresses are compared by; the same for every spelling of one address. None: nobody's."""
    spelled = spelled_email(text)
    if not 0 < len(spelled) <= EMAIL_CHARACTERS_MAX or not spelled.isprintable():
        return None
    return ascii_domain(spelled)


def spelled_email(text: str) -> str:
    """This very spelling, but for case, blanks around it, and how its letters are composed."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def email_spellings(text: str) -> list[str]:
    """Every spelling in lower case that is the same mailbox, this one first; empty: nobody's."""
    key = email_key(text)
    if key is None:
        return []
    local, at, domain = key.rpartition("@")
    labels = domain.split(".")
    readable = [readable_label(label) for label in labels]
    foreign = sum(label != other for label, other in zip(labels, readable, strict=True))
    domains: Iterable[Iterable[str]] = (labels, readable)
    if foreign <= LABELS_MIXED_MAX:
        domains = product(*({label, other} for label, other in zip(labels, readable, strict=True)))
    found = [f"{local}{at}{'.'.join(one)}" for one in domains]
    return list(dict.fromkeys([spelled_email(text), key, *found]))


def ascii_domain(address: str) -> str:
    """The address with its domain as mail servers know it; as it stands if that has no such form."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return f"{local}{at}{domain.lower()}"
    written = f"{local}{at}{'.'.join(map(_ascii_label, _mapped(domain).split('.')))}"
    return written if len(written) <= EMAIL_CHARACTERS_MAX else address


def readable_domain(address: str) -> str:
    """The address with its domain in its own letters, for showing it to whoever wrote it."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{'.'.join(map(readable_label, domain.split('.')))}"


def readable_label(label: str) -> str:
    """``müller`` for ``xn--mller-kva``; itself where it stands for nothing else."""
    lowered = label.lower()
    if not lowered.startswith(ACE_PREFIX) or not lowered.isascii():
        return label
    try:
        found = lowered.removeprefix(ACE_PREFIX).encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    is_whole = not found.isascii() and found.isprintable() and found == _mapped(spelled_email(found))
    return found if is_whole and _ascii_label(found) == lowered else label


def _mapped(domain: str) -> str:
    """As browsers map what is typed (UTS 46): widths, full stops, case."""
    lowered = domain.lower()
    try:
        mapped = idna.uts46_remap(lowered, std3_rules=False, transitional=False)
    except (idna.IDNAError, UnicodeError):
        return lowered
    return lowered if "@" in mapped or not mapped.isprintable() else mapped


def _ascii_label(label: str) -> str:
    return label if label.isascii() else f"{ACE_PREFIX}{label.encode('punycode').decode('ascii')}"
