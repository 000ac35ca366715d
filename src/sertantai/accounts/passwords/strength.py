"""Which passwords are good enough: long, not common, not the address itself (NIST SP 800-63B, 5.1.1.2)."""

import re
import unicodedata
from collections.abc import Set
from itertools import pairwise
from typing import Final

from sertantai.accounts.errors import PasswordRefused
from sertantai.accounts.passwords.hashes import PASSWORD_BYTES_MAX

PASSWORD_CHARACTERS_MIN: Final = 12
DIFFERENT_CHARACTERS_MIN: Final = 5
PERSONAL_PART_CHARACTERS_MIN: Final = 5
"""Shorter parts of an address are in too many good passwords by chance."""

_TRIMMINGS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SUBSTITUTES: Final = str.maketrans("@4310$5!7", "aaeiossit")


def require_good_password(
    password: str,
    *,
    email: str | None,
    common: Set[str],
    field: str = "password",
    bytes_max: int = PASSWORD_BYTES_MAX,
) -> None:
    """Raise `PasswordRefused` saying what is wrong and what would be better. ``common`` holds lower case."""
    fault = _fault(password, email, common, bytes_max)
    if fault is not None:
        raise PasswordRefused(fault, field)


def _fault(password: str, email: str | None, common: Set[str], bytes_max: int) -> str | None:
    if len(password.encode("utf-8", "surrogatepass")) > bytes_max:
        return f"The password is too long: at most {bytes_max:,} bytes are allowed."
    if not _is_text(password):
        return "The password contains a character that cannot be typed. Use letters, digits and symbols."
    if len(password) < PASSWORD_CHARACTERS_MIN:
        return (
            f"The password is too short: at least {PASSWORD_CHARACTERS_MIN} characters. "
            "Four unrelated words make a good one."
        )
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(set(folded)) < DIFFERENT_CHARACTERS_MIN or _is_run(folded):
        return "The password repeats itself or follows the keyboard. Four unrelated words are better."
    if _is_common(folded, common):
        return "This password is among the most common ones, or close to one. Choose another."
    if email and _is_personal(folded, email):
        return "The password is based on your e-mail address. Choose something unrelated."
    return None


def _is_text(password: str) -> bool:
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in password)


def _is_run(folded: str) -> bool:
    """Whether each character follows the one before it by the same step: 123456789012, abcdefghijkl."""
    digits_wrap = folded.isdigit()
    steps = {
        (ord(after) - ord(before)) % 10 if digits_wrap else ord(after) - ord(before)
        for before, after in pairwise(folded)
    }
    return len(steps) == 1


def _is_common(folded: str, common: Set[str]) -> bool:
    """Also when it is a common password with trimmings, with signs for letters, or said again and again."""
    trimmed = _TRIMMINGS.sub("", folded)
    candidates = {folded, trimmed, _repeated_part(folded), _repeated_part(trimmed)}
    candidates |= {_TRIMMINGS.sub("", candidate) for candidate in tuple(candidates)}
    candidates |= {candidate.translate(_SUBSTITUTES) for candidate in tuple(candidates)}
    return any(candidate in common for candidate in candidates)


def _repeated_part(folded: str) -> str:
    """The shortest part that, said again and again, makes the whole; the whole itself if there is none."""
    start = (folded + folded).find(folded, 1) if folded else 0
    return folded[:start] if start < len(folded) else folded


def _is_personal(folded: str, email: str) -> bool:
    """Whether little is left of the password without the parts of the address."""
    left = folded
    for part in sorted(re.split(r"[\W_]+", email.casefold()), key=len, reverse=True):
        if len(part) >= PERSONAL_PART_CHARACTERS_MIN:
            left = left.replace(part, "")
    letters_left = sum(letter.isalnum() for letter in left)
    return len(left) < len(folded) and letters_left < PASSWORD_CHARACTERS_MIN // 2
