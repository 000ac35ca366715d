"""Words as a search sees them: without case, accents and punctuation.

The same folding is applied to titles when they are imported, to what a person types, and to the marks that
show why a row was found, so that the three can never disagree.
"""

import re
import unicodedata
from collections.abc import Sequence, Set

TERM_CHARS_MAX = 64
"""Longer words are cut here, in the register and in the query alike."""

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc")
_ASCII_FOLD = bytes(ord(chr(i).lower()) if i < 128 and chr(i).isalnum() else ord(" ") for i in range(256))


def search_terms(text: str) -> list[str]:
    """The folded words of a text, in order, repeated words kept.

    An apostrophe does not split a word: "Children's" and "childrens" are the same term.
    """
    if text.isascii():
        words = text.encode().translate(_ASCII_FOLD, delete=b"'").decode().split()
    else:
        words = _WORD.findall(_fold(text.translate(_APOSTROPHES)))
    if not words or max(map(len, words)) <= TERM_CHARS_MAX:
        return words
    return [word[:TERM_CHARS_MAX] for word in words]


def matches(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where words of ``text`` begin with one of the folded ``terms``: (start, end), ascending, disjoint.

    The ranges count characters of ``text`` as it stands, accents and apostrophes included.
    """
    wanted = frozenset(filter(None, terms))
    if not wanted:
        return []
    lengths = sorted(set(map(len, wanted)), reverse=True)
    folded, origin = _fold_with_origin(text)
    found: list[tuple[int, int]] = []
    for word in _WORD.finditer(folded):
        longest = _longest_beginning(word.group(), wanted, lengths)
        if longest:
            start, last = word.start(), word.start() + longest - 1
            found.append((origin[start], _end_of_character(text, origin[last])))
    return _disjoint(found)


def _longest_beginning(word: str, wanted: Set[str], lengths: Sequence[int]) -> int:
    """How long the longest of ``wanted`` is that the word begins with; 0: none does."""
    return next((n for n in lengths if n <= len(word) and word[:n] in wanted), 0)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _fold_with_origin(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the index of the character it came from."""
    if text.isascii():
        at = [index for index, character in enumerate(text) if character != "'"]
        return text.lower().replace("'", ""), at
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for part in _fold(character.translate(_APOSTROPHES)):
            folded.append(part)
            origin.append(index)
    return "".join(folded), origin


def _end_of_character(text: str, index: int) -> int:
    """One past the character at ``index`` and the combining marks that sit on it."""
    end = index + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _disjoint(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges that touch the same character (a ligature such as ½ folds to several words) become one."""
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
