"""How well laws are found as people name them, and how fast, in the whole register.

The texts are those of `cases/citations.csv`, and titles of the register with a slip, another beginning, a
sign for "and", or a citation behind them. None may be taken for another law: `finding_wrong` counts those,
with lines that mean no law of the United Kingdom.
"""

import csv
import gzip
import random
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

from benchmarks.case import Bench, Contest, case
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter
from sertantai.records.finding.abbreviations import abbreviations
from sertantai.records.finding.finder import Finder
from tests.fixtures.whole_register import DATA, WHOLE_REGISTER
from tests.unit.records.small_register import Law, catalogue_of

CITATIONS: Final = DATA.parent / "cases" / "citations.csv"
OF_EACH_KIND: Final = 300
TITLE_CHARACTERS_MAX: Final = 400
LINES: Final = 5_000
ROWS_SEEN: Final = 5
NO_LAWS: Final = (
    "ISO 45001:2018", "ISO 14001:2015", "BS 9999", "BS EN 12464-1:2011", "PAS 99:2012",
    "OHSAS 18001:2007", "HSG65", "INDG163", "ACOP L8", "HTM 01-05", "Directive 2012/18/EU",
    "Directive 2010/75/EU on industrial emissions", "Regulation (EU) 2016/679",
    "Regulation (EC) No 1907/2006", "Clean Air Act of 1970", "Privacy Act 1988",
    "Occupational Safety and Health Act 1970", "Toxic Substances Control Act 1976",
    "Work Health and Safety Act 2011", "Bundes-Immissionsschutzgesetz 1974", "Loi no 76-663 1976",
    "ILO Convention 155 of 1981", "MARPOL 73/78", "SOLAS 1974", "ADR 2023", "Paris Agreement 2015",
    "Montreal Protocol 1987", "10 High Street, London SW1A", "see above", "n/a", "2018", "Waste",
    "12/10/2015", "0800 2015 1234",
)  # fmt: skip

NO_LAWS_OF_EACH_KIND: Final = 60
_STREETS: Final = ("High Street", "Station Road", "Church Lane", "Mill Lane", "Victoria Road", "The Crescent")
_TOWNS: Final = ("London SW1A 2AA", "Leeds LS1 4DY", "Cardiff CF10 1EP", "Belfast BT1 5GS", "Glasgow G2 1DU")
_ELSEWHERE: Final = (
    "Clean Water Act of {}", "Privacy Act {} (Cth)", "Resource Management Act {} (NZ)",
    "Bundes-Bodenschutzgesetz vom {}", "Loi n° {}-663 relative aux installations classées",
    "Real Decreto {}/2010", "Occupational Health and Safety Act, R.S.O. {}", "Basel Convention {}",
)  # fmt: skip
_SYLLABLES: Final = ("ba", "ko", "tri", "mel", "fu", "sto", "ren", "qui", "lo", "zan", "pex", "uth")

Text = tuple[str, str | None]
"""What is written, and the name of the law that is meant; None: no law."""


@cache
def _register() -> Catalogue:
    with gzip.open(WHOLE_REGISTER, "rt", encoding="utf-8", newline="") as file:
        return catalogue_of([_law(at, row) for at, row in enumerate(csv.DictReader(file), 1)])


def _law(at: int, row: dict[str, str]) -> Law:
    return Law(
        at,
        row["name"],
        row["title_en"],
        row["type_code"] or None,
        int(row["year"]) if row["year"] else None,
        row["number"] or None,
        row["family"] or None,
        live=row["live"] or None,
    )


@cache
def _texts() -> list[Text]:
    with CITATIONS.open(encoding="utf-8", newline="") as file:
        written = [(row["text"], row["expected"] or None) for row in csv.DictReader(file)]
    no_laws = (*NO_LAWS, *_no_laws(random.Random(11)))
    return [*written, *_slips(random.Random(7)), *((text, None) for text in no_laws)]


def _no_laws(chance: random.Random) -> Iterator[str]:
    """Standards, laws of the European Union and of other countries, addresses, figures, nothing at all."""

    def number(most: int) -> int:
        return chance.randint(1, most)

    def year() -> int:
        return chance.randint(1950, 2025)

    kinds: tuple[Callable[[], str], ...] = (
        lambda: f"ISO {number(50_000)}:{year()}",
        lambda: f"BS EN {number(60_000)}-{number(9)}:{year()}",
        lambda: f"Directive {year()}/{number(180)}/EU",
        lambda: f"Regulation (EU) No {number(1_400)}/{year()}",
        lambda: f"{number(300)} {chance.choice(_STREETS)}, {chance.choice(_TOWNS)}",
        lambda: chance.choice(_ELSEWHERE).format(year()),
        lambda: f"{number(28):02}/{number(12):02}/{year()}, £{number(9_999_999):,}",
        lambda: " ".join("".join(chance.choices(_SYLLABLES, k=number(3))) for _ in range(number(8))),
    )
    for kind in kinds:
        yield from (kind() for _ in range(NO_LAWS_OF_EACH_KIND))


def _slips(chance: random.Random) -> Iterator[Text]:
    register = _register()
    numbers = list(register.everything)
    for changed in (_misspelt, _begun_otherwise, _with_signs, _cited):
        made = 0
        while made < OF_EACH_KIND:
            number = chance.choice(numbers)
            title = register.title(number) or ""
            text = changed(title, number, chance) if len(title) <= TITLE_CHARACTERS_MAX else None
            if text is not None and not title.startswith("https:"):
                made += 1
                yield text, register.row(number).name


Changed = Callable[[str, int, random.Random], str | None]


def _misspelt(title: str, _number: int, chance: random.Random) -> str | None:
    words = title.split()
    long = [at for at, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
    if not long:
        return None
    at = chance.choice(long)
    word, place = words[at], chance.randrange(1, len(words[at]) - 1)
    head, letter, next_letter, tail = word[:place], word[place], word[place + 1], word[place + 2 :]
    words[at] = chance.choice(
        (
            head + next_letter + tail,
            head + letter + letter + next_letter + tail,
            head + next_letter + letter + tail,
            head + chance.choice("aeionst") + next_letter + tail,
        )
    )
    return " ".join(words)


def _begun_otherwise(title: str, _number: int, _chance: random.Random) -> str | None:
    return title.removeprefix("The ") if title.startswith("The ") else f"The {title}"


def _with_signs(title: str, _number: int, _chance: random.Random) -> str | None:
    return title.replace(" and ", " & ")


def _cited(title: str, number: int, _chance: random.Random) -> str | None:
    row = _register().row(number)
    if row.type_code == "uksi":
        return f"{title} (SI {row.year}/{row.number})"
    return f"{title} ({(row.type_code or '').upper()} {row.year}/{row.number})"


def _same_title(one: str, other: str) -> bool:
    """Of two laws with the very same title, nobody can say which is meant by it."""
    register = _register()
    numbers = [register.number_named(name) for name in (one, other)]
    return all(numbers) and len({register.title(number) for number in numbers if number}) == 1


def _share_right() -> float:
    """Taken at once, or offered first."""
    register, right = _register(), 0
    texts = [(text, name) for text, name in _texts() if name is not None]
    for text, name in texts:
        first = register.finder.find(text).candidates[:1]
        found = register.row(first[0].number).name if first else None
        right += found is not None and (found == name or _same_title(found, name))
    return 100 * right / len(texts)


def _share_seen() -> float:
    """Among the first five rows of a search, or of what is offered where it finds nothing."""
    register, seen = _register(), 0
    texts = [(text, name) for text, name in _texts() if name is not None]
    for text, name in texts:
        found = register.matching(RecordFilter(q=text))
        numbers, _ = register.page(found, register.ordered(None, text), None, ROWS_SEEN)
        shown = numbers or [one.number for one in register.finder.find(text).candidates[:ROWS_SEEN]]
        names = [register.row(number).name for number in shown]
        seen += any(one == name or _same_title(one, name) for one in names)
    return 100 * seen / len(texts)


def _taken_wrongly() -> float:
    register, wrong = _register(), 0
    for text, name in _texts():
        found = register.finder.find(text)
        wrong += any(register.row(one.number).name != name for one in found.candidates[: found.sure])
    return float(wrong)


@case("finding_right", unit="% right", better="higher", limit=97, in_quick=False)
@asynccontextmanager
async def finding_right(_bench: Bench) -> AsyncIterator[Contest]:
    """Laws as people name them, in the register of 198,882: the right one taken at once, or offered first."""
    _register()

    async def ours() -> float:
        return _share_right()

    yield Contest(ours)


@case("finding_typed", unit="% seen", better="higher", limit=99, in_quick=False)
@asynccontextmanager
async def finding_typed(_bench: Bench) -> AsyncIterator[Contest]:
    """The same texts typed into the search: the right law is among the first five that the reader sees."""
    _register()

    async def ours() -> float:
        return _share_seen()

    yield Contest(ours)


@case("finding_wrong", unit="taken wrongly", better="lower", limit=0, in_quick=False)
@asynccontextmanager
async def finding_wrong(_bench: Bench) -> AsyncIterator[Contest]:
    """Of the same texts, and of lines that mean no law of the United Kingdom."""
    _register()

    async def ours() -> float:
        return _taken_wrongly()

    yield Contest(ours)


@case("finding_memory", unit="MB", better="lower", limit=120, in_quick=False)
@asynccontextmanager
async def finding_memory(_bench: Bench) -> AsyncIterator[Contest]:
    """What the finder holds beside the register of 198,882, once it has found all of these texts."""
    register, texts = _register(), [text for text, _ in _texts()]

    async def ours() -> float:
        tracemalloc.start()
        finder = Finder(register, abbreviations().and_those_of(register.parts.acronyms))
        for text in texts:
            finder.find(text)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return held / 1_000_000

    yield Contest(ours)


@case("finding_lines", unit="ms", better="lower", limit=2_000, in_quick=False)
@asynccontextmanager
async def finding_lines(_bench: Bench) -> AsyncIterator[Contest]:
    """Titles of 5,000 laws found in the register of 198,882, an import of so many lines: processor time."""
    register, chance = _register(), random.Random(3)
    numbers = chance.sample(list(register.everything), LINES)
    titles = [register.title(number) or "" for number in numbers]

    async def ours() -> float:
        began = time.process_time()
        for title in titles:
            register.finder.find(title)
        return 1_000 * (time.process_time() - began)

    yield Contest(ours)
