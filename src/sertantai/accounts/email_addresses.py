"""E-mail addresses: kept as typed, compared without regard to case, no look-alikes.

Two addresses that a person cannot tell apart must not be two accounts. The rules are those browsers
use for domain names: no characters that only look like others (anything that Unicode's compatibility
form changes), one script in each part, and no part written wholly in letters that pass for Latin.
"""

import re
import unicodedata
from typing import Final

from sertantai.core.errors import InvalidInput

EMAIL_CHARACTERS_MAX: Final = 254
"""RFC 5321's limit for a path, without its angle brackets."""
LOCAL_PART_CHARACTERS_MAX: Final = 64

_SHAPE: Final = re.compile(r"[^\s@\"(),:;<>\[\\\]]+@[^\s@\"(),:;<>\[\\\]_/]+\.[^\s@\"(),:;<>\[\\\]_/.]{2,63}")
_PASSES_FOR_LATIN: Final = frozenset("асԁеһіјӏорԛѕԝхуѵүԍ" + "αγεηικνορτυχω")
_EAST_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


def parse_email(text: str) -> str:
    """The address as it is stored, or `InvalidInput` with field ``email``.

    ASCII stays as typed; other letters are lowered here, since PostgreSQL's ``lower`` may know ASCII only.
    """
    address = unicodedata.normalize("NFC", text.strip())
    if len(address) > EMAIL_CHARACTERS_MAX or not _is_shaped(address):
        raise InvalidInput("Enter an e-mail address, like name@example.org.", field="email")
    if _deceives(address):
        raise InvalidInput(
            "This e-mail address has letters that only look like others. Write it in one alphabet.",
            field="email",
        )
    return "".join(letter if letter.isascii() else letter.lower() for letter in address)


def email_key(text: str) -> str | None:
    """What addresses are compared by; the same for every spelling of one address. None: nobody's."""
    key = unicodedata.normalize("NFC", text.strip()).lower()
    return key if 0 < len(key) <= EMAIL_CHARACTERS_MAX and key.isprintable() else None


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
    script = unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]
    return "EAST ASIAN" if script in _EAST_ASIAN else script


def _is_mixed(part: str) -> bool:
    return len({_script(letter) for letter in part if letter.isalpha() or not letter.isascii()}) > 1


def _passes_for_latin(part: str) -> bool:
    letters = [letter for letter in part.lower() if letter.isalpha()]
    return bool(letters) and not part.isascii() and all(letter in _PASSES_FOR_LATIN for letter in letters)
