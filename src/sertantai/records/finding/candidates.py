"""What a text may mean, and why."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

from sertantai.core.ids import RecordNo

OFFERED_MAX: Final = 12
BY_NUMBER: Final = "by number"
BY_TITLE: Final = "by title"
BY_ABBREVIATION: Final = "by abbreviation"
BY_INITIALS: Final = "by the initials of its title"
BY_OWN_ABBREVIATION: Final = "by your abbreviation"
WITHOUT_YEAR: Final = "by title, without its year"
OTHER_ENDINGS: Final = "nearly: other endings of words"
ANOTHER_LETTER: Final = "nearly: a letter differs"
ANOTHER_YEAR: Final = "nearly: another year"
ABBREVIATION_OF_ANOTHER_YEAR: Final = "by abbreviation, of another year"
BY_BEGINNING: Final = "by the title that it begins with"
IN_PART: Final = "by words of its title"


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """``score``: from 0 to 1."""

    number: RecordNo
    score: float
    reason: str


class Found(msgspec.Struct, frozen=True, gc=False):
    """``candidates``: the likeliest first. ``sure``: so many of them, from the first on, are meant."""

    candidates: tuple[Candidate, ...] = ()
    sure: int = 0


NOTHING: Final = Found()


def with_reason(numbers: Iterable[int], score: float, reason: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(RecordNo(number), score, reason) for number in numbers)


def distinct(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    known: dict[int, Candidate] = {}
    for one in candidates:
        known.setdefault(one.number, one)
    return tuple(islice(known.values(), OFFERED_MAX))
