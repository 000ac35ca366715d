"""E-mail addresses: kept as typed, compared in one form (`core/email_keys.py`), no look-alikes.

Two addresses that a person cannot tell apart must not be two accounts. The rules are those browsers
use for domain names: no characters that only look like others (anything that Unicode's compatibility
form changes), in each part one script or those that East Asian names mix, with Latin or without, and no part
written wholly in letters that pass for Latin.
"""

import re
import unicodedata
from typing import Final

import idna

from sertantai.core.email_keys import ACE_PREFIX, EMAIL_CHARACTERS_MAX, ascii_domain
from sertantai.core.errors import InvalidInput

LOCAL_PART_CHARACTERS_MAX: Final = 64

_SHAPE: Final = re.compile(r"[^\s@\"(),:;<>\[\\\]]+@[^\s@\"(),:;<>\[\\\]_/]+\.[^\s@\"(),:;<>\[\\\]_/.]{2,63}")
_PASSES_FOR_LATIN: Final = frozenset("асԁеһіјӏорԛѕԝхуѵүԍ" + "αγεηικνορτυχω")
_HAN: Final = frozenset({"CJK", "IDEOGRAPHIC"})
"""How names begin of the letters that Chinese, Japanese and Korean share."""
_KANA: Final = frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})
_EAST_ASIAN: Final = _HAN | _KANA | {"HANGUL", "BOPOMOFO"}
_TOGETHER: Final = (
    _HAN | _KANA | {"LATIN"},
    _HAN | {"BOPOMOFO", "LATIN"},
    _HAN | {"HANGUL", "LATIN"},
    _EAST_ASIAN,
)
"""Ordinary in one word: the first three are the highly restrictive profile of
https://www.unicode.org/reports/tr39/#Restriction_Level_Detection."""


def parse_email(text: str) -> str:
    """The address as it is stored, or `InvalidInput` with field ``email``.

    ASCII stays as typed; other letters are lowered here, since PostgreSQL's ``lower`` may know ASCII only.
    A domain that has letters of its own is stored in them, however it came: one mailbox, one row.
    """
    address = unicodedata.normalize("NFC", text.strip())
    if len(address) > EMAIL_CHARACTERS_MAX or not _is_shaped(address):
        raise InvalidInput("Enter an e-mail address, like name@example.org.", field="email")
    _refuse_deceit(address)
    local, _, domain = address.rpartition("@")
    address = f"{local}@{'.'.join(map(_label, domain.split('.')))}"
    _refuse_deceit(address)
    if not ascii_domain(address).rpartition("@")[2].isascii():
        raise _no_domain()  # too long for one
    return "".join(letter if letter.isascii() else letter.lower() for letter in address)


def _label(label: str) -> str:
    """A part of the domain in its own letters; raises `InvalidInput` for what IDNA 2008 does not know."""
    lowered = label.lower()
    if lowered.isascii() and not lowered.startswith(ACE_PREFIX):
        return label
    try:
        readable = idna.ulabel(lowered)
        idna.alabel(readable)
    except (idna.IDNAError, UnicodeError):
        raise _no_domain() from None
    return readable


def _no_domain() -> InvalidInput:
    return InvalidInput(
        "The part after the @ of this e-mail address is not a valid domain. Check it for typing mistakes.",
        field="email",
    )


def _refuse_deceit(address: str) -> None:
    if _deceives(address):
        raise InvalidInput(
            "This e-mail address mixes letters of different alphabets that look alike. Use one alphabet.",
            field="email",
        )


def _is_shaped(address: str) -> bool:
    if not _SHAPE.fullmatch(address) or ".." in address or not address.isprintable():
        return False
    local, _, domain = address.rpartition("@")
    if len(local) > LOCAL_PART_CHARACTERS_MAX or local[0] == "." or local[-1] == ".":
        return False
    return all(label and label[0] != "-" and label[-1] != "-" for label in domain.split("."))


def _deceives(address: str) -> bool:
    if address.isascii():
        return False
    if unicodedata.normalize("NFKC", address) != address:
        return True
    local, _, domain = address.rpartition("@")
    return any(_is_mixed(part) or _passes_for_latin(part) for part in (local, *domain.split(".")))


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]


def _is_mixed(part: str) -> bool:
    scripts = {_script(letter) for letter in part if letter.isalpha() or not letter.isascii()}
    return len(scripts) > 1 and not any(scripts <= ordinary for ordinary in _TOGETHER)


def _passes_for_latin(part: str) -> bool:
    letters = [letter for letter in part.lower() if letter.isalpha()]
    return bool(letters) and not part.isascii() and all(letter in _PASSES_FOR_LATIN for letter in letters)
