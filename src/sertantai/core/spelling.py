"""One spelling for what people write: names, tags and notes.

Kept in Unicode's composed form (NFC), without blanks around it. Any character may be in it but control
characters, which are refused by their name. From names and tags, what cannot be seen and does nothing where
it stands is left out (a pasted soft hyphen, a joiner at the end). They are compared without case, so that two
that read alike are one.
"""

import re
import unicodedata
from typing import Final

from sertantai.core.errors import InvalidInput

_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_REFUSED: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tab and line feed, and halves of surrogate pairs."""
_JOINERS: Final = "\u200c\u200d"
"""Zero width non-joiner and joiner: between letters of Persian, and within one emoji."""
_FLAG: Final = "\U0001f3f4"
_TAG_CHARACTERS: Final = range(0xE0020, 0xE0080)
"""What makes a black flag that of Scotland (https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences)."""
_UNSEEN: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
"""Soft hyphen, marks of direction, zero width spaces and joiners, byte order mark, tag characters."""


def one_line(text: str, field: str) -> str:
    """A name or a tag: one space where there are many or a line ends. Raises `InvalidInput`."""
    composed = _composed(text, field)
    seen = _UNSEEN.sub(lambda found: found[0] if _does_something(composed, found.start()) else "", composed)
    return " ".join(seen.split())


def lines(text: str, field: str) -> str:
    """A note: its lines stay, and end with a line feed. Raises `InvalidInput`."""
    return _composed(text, field).strip()


def without_refused(text: str) -> str:
    """What of a text is not refused, where nobody can be asked: in a file."""
    return _REFUSED.sub("", _LINE_ENDS.sub("\n", text))


def compared(text: str) -> str:
    """Two texts of one spelling have the same; for comparing only, never shown."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _composed(text: str, field: str) -> str:
    text = _LINE_ENDS.sub("\n", text)
    if (found := _REFUSED.search(text)) is not None:
        raise InvalidInput(
            f"{field}: it holds the control character U+{ord(found[0]):04X}, which cannot be saved.",
            field=field,
        )
    return unicodedata.normalize("NFC", text)


def _does_something(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] in _JOINERS:
        return _joins(before) and _joins(after)
    return ord(text[at]) in _TAG_CHARACTERS and (before == _FLAG or ord(before or " ") in _TAG_CHARACTERS)


def _joins(beside: str) -> bool:
    return beside != "" and unicodedata.category(beside)[0] in "LMNS"
