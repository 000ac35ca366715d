"""Citations and addresses of laws anywhere in a line, of every series that there is.

Whether a whole text is a citation is another question: `sertantai.core.citations` answers that one.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from sertantai.core.citations import (
    ACTS,
    NORTHERN_IRISH_ACTS,
    SERIES,
    SERIES_CODES,
    Citation,
    cited_name,
    parse_citation,
)
from sertantai.records.finding.years import is_year

OTHERS_MAX: Final = 20
"""Numbers that follow one citation."""
_YEAR: Final = r"(?P<year>1[2-9]\d\d|20\d\d)"
_NUMBER: Final = r"(?P<number>\d{1,6})(?!\d)"
_NO: Final = r"(?:\s?/\s?|\s?,?\s?(?:nos?|number|nr)\b\.?\s?:?\s?)"
_SECOND: Final = r"(?:\s?[(\[]\s?(?P<second>n\.?\s?i|[a-z])\b\.?\s?\d{1,4}\s?[)\]])?"
"""The number that an instrument has in a series of its own too: (W. 212), (N.I. 9), (S. 3), (C. 12)."""

_WHERE: Final = (
    r"(?:(?:in )?(?:n\.?\s?i\.?|northern ireland|scotland|wales|england(?: (?:and|&) wales)?|gb|uk)"
    r"\s?:\s?(?:see )?)?"
)
"""A remark that the law of another place follows, which is no word of the title before it."""

_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?:www\.)?(?:legislation|opsi|hmso)\.gov\.uk/[^\s?#<>\"')\]]{1,200}", re.IGNORECASE
)
_NAME: Final = re.compile(r"\buk_[a-z]{3,6}_\w{1,80}", re.IGNORECASE)
_PATH: Final = re.compile(
    rf"\b{_WHERE}(?P<code>[a-z]{{3,6}})/{_YEAR}/{_NUMBER}(?:/[\w./-]{{0,200}})?", re.IGNORECASE
)
_CODED: Final = re.compile(rf"\b{_WHERE}(?P<code>[a-z]{{3,6}})[\s:]\s?{_YEAR}{_NO}{_NUMBER}", re.IGNORECASE)
_INSTRUMENT: Final = re.compile(
    rf"\b{_WHERE}(?:(?P<of>scottish|scotland|scots?|welsh|wales|northern irish|northern ireland|n\.?\s?i\.?|"
    r"uk|gb|w)(?:\sequivalent|\sversion|\sonly)?\s?[:-]?\s?)?"
    r"(?P<series>statutory instruments?|statutory rules?(?: (?:&|and) orders?)?|s\.?\s?r\.?\s?(?:&|and)\s?o|"
    r"s\.?\s?s\.?\s?i|s\.?\s?i|s\.?\s?r)(?![a-rt-z])\.?(?:s\b)?(?:\sof northern ireland)?"
    r"(?:\s?[(\[]?\s?(?P<ni>n\.?\s?i)\b\.?\s?[)\]]?)?\s?[:,]?\s?(?:no\.?\s?)?"
    rf"{_YEAR}(?:{_NO}|\s){_NUMBER}{_SECOND}(?:\s?[(\[]\s?n\.?\s?i\.?\s?[)\]])?",
    re.IGNORECASE,
)
_SHORT_SERIES: Final = (
    r"(?P<series>s\.?\s?s\.?\s?i|w\.?\s?s\.?\s?i|n\.?\s?i\.?\s?s\.?\s?r|s\.?\s?i|s\.?\s?r)\.?s?"
)
_NUMBER_FIRST: Final = re.compile(
    rf"\b{_SHORT_SERIES}\s?(?:nos?\.?\s?)?(?P<number>\d{{1,4}})\s?(?:/|of|\()\s?{_YEAR}\)?(?![\d/])",
    re.IGNORECASE,
)
_BEHIND_YEAR: Final = re.compile(
    rf"\b{_YEAR}\s?[,:]?\s?[(\[]?\s?{_SHORT_SERIES}\s?(?:nos?\.?\s?)?{_NUMBER}(?![/\w-])\s?[)\]]?",
    re.IGNORECASE,
)
"""The year is that of the title before it: "Regulations 2013 (SI 3113)"."""
_OF_A_YEAR: Final = re.compile(
    rf"\b{_YEAR}\s?,?\s?[(\[]?\s?(?P<code>asp|anaw|asc|mwa|nia)\b\.?\s?{_NUMBER}\s?[)\]]?", re.IGNORECASE
)
_CHAPTER_OF_YEAR: Final = re.compile(
    rf"\b{_YEAR}\s?,?\s?[(\[]?\s?(?:c|ch|cap|chapter)\b\.?\s?{_NUMBER}\s?[)\]]?"
    r"(?:\s?[(\[]\s?(?P<ni>n\.?\s?i)\b\.?\s?[)\]])?",
    re.IGNORECASE,
)
_CHAPTER_JOINED: Final = re.compile(rf"\b{_YEAR}\s?,?\s?[(\[]?c{_NUMBER}\s?[)\]]?", re.IGNORECASE)
_BARE: Final = re.compile(rf"(?<![\w/.-]){_YEAR}\s?/\s?{_NUMBER}(?![/\w-]){_SECOND}", re.IGNORECASE)
_OF_EUROPE: Final = re.compile(
    r"\b(?:eu|ec|eec|euratom|directive|decision|celex)\b[^a-z]{0,8}(?:nos?\b[^a-z]{0,4})?$", re.IGNORECASE
)
_ANOTHER: Final = re.compile(
    r"(?:\s?[,;&]\s?|,?\sand\s)(?:s\.?\s?i\.?\s)?(?:nos?\.?\s)?(?P<number>\d{1,4})(?=\s?(?:$|[,;&)\]]|and\b))",
    re.IGNORECASE,
)
"""Another number of the same series and year: "SI 1998/2306, 2307"."""
_BEHIND_KIND: Final = re.compile(r"\b(?:acts?|orders?|regulations?|regs?\.?|rules) $", re.IGNORECASE)
_SHORT_CODES: Final = {
    "si": SERIES["si"],
    "ssi": ("ssi",),
    "wsi": ("wsi",),
    "sr": ("nisr",),
    "nisr": ("nisr",),
}
_PATTERNS: Final = (
    _ADDRESS, _NAME, _PATH, _INSTRUMENT, _NUMBER_FIRST, _BEHIND_YEAR, _OF_A_YEAR, _CHAPTER_OF_YEAR,
    _CHAPTER_JOINED, _CODED, _BARE,
)  # fmt: skip
"""The surest first: what one has taken no other reads again."""
_OLD_ADDRESS: Final = re.compile(
    rf"(?P<what>si|sr|acts|acts/acts|legislation/scotland/ssi)[\w/]{{0,12}}?{_YEAR}/"
    r"(?:uk)?(?:si|pga|sr|ssi)?_?(?:\d{4})?(?P<number>\d{3,4})(?!\d)",
    re.IGNORECASE,
)
_OLD_SERIES: Final = {"si": ("uksi",), "sr": ("nisr",), "acts": ACTS, "acts/acts": ACTS}


class Cited(msgspec.Struct, frozen=True):
    """Where it stands; the law by its number, or by ``name`` where the register's own or a regnal year is
    stated. ``keeps_year``: the year is that of the title before it, too, as in "Act 1974 (c. 37)"."""

    start: int
    end: int
    citation: Citation | None = None
    name: str | None = None
    keeps_year: bool = False


def citations_in(text: str) -> list[Cited]:
    """In their order; none reads a part of another."""
    found: list[Cited] = []
    taken = bytearray(len(text))
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(taken[start:end]) or (pattern is _BARE and _is_of_two_years(text, match)):
                continue
            cited = _read(pattern, match)
            if cited is not None and not _OF_EUROPE.search(text, max(0, start - 40), start):
                found.append(cited)
            if cited is not None:
                taken[start:end] = b"\1" * (end - start)
    found += [other for one in found for other in _others_behind(text, one)]
    if not found and (whole := parse_citation(text)) is not None:
        return [Cited(0, len(text), whole)]
    return sorted(found, key=lambda one: one.start)


def _others_behind(text: str, one: Cited) -> Iterator[Cited]:
    citation = one.citation
    if citation is None or citation.type_codes is None or "ukpga" in citation.type_codes:
        return
    end = one.end
    for _ in range(OTHERS_MAX):
        match = _ANOTHER.match(text, end)
        if match is None or is_year(match["number"]):
            return
        yield Cited(end, match.end(), Citation(citation.type_codes, citation.year, match["number"]))
        end = match.end()


def _is_of_two_years(text: str, match: re.Match[str]) -> bool:
    """ "Road Traffic Act 1988/1991" names two Acts, and no instrument."""
    return is_year(match["number"]) and _BEHIND_KIND.search(text[: match.start()][-20:]) is not None


def _read(pattern: re.Pattern[str], match: re.Match[str]) -> Cited | None:
    start, end = match.span()
    if pattern is _ADDRESS:
        return _of_address(match.group(), start, end)
    if pattern is _NAME:
        return Cited(start, end, name="UK_" + match.group()[3:])
    codes = _codes(pattern, match.groupdict())
    if codes == ():
        return None
    number = match["number"].lstrip("0") or "0"
    joined = pattern in (_CHAPTER_OF_YEAR, _CHAPTER_JOINED, _OF_A_YEAR, _BEHIND_YEAR)
    return Cited(start, end, Citation(codes, int(match["year"]), number), keeps_year=joined)


def _of_address(address: str, start: int, end: int) -> Cited | None:
    name = cited_name(address)
    if name is not None:
        return Cited(start, end, name=name)
    old = _OLD_ADDRESS.search(address)
    if old is None:
        return None
    codes = _OLD_SERIES.get(old["what"].lower(), ("ssi",))
    return Cited(start, end, Citation(codes, int(old["year"]), old["number"].lstrip("0") or "0"))


def _codes(pattern: re.Pattern[str], groups: dict[str, str | None]) -> tuple[str, ...] | None:
    """Which series; None: any; empty: it is no citation."""
    if pattern is _BARE:
        return _by_second(groups, None)
    if pattern in (_CHAPTER_OF_YEAR, _CHAPTER_JOINED):
        return NORTHERN_IRISH_ACTS if groups.get("ni") else ACTS
    if pattern is _INSTRUMENT:
        return _by_second(groups, _of_instruments(groups))
    if pattern in (_NUMBER_FIRST, _BEHIND_YEAR):
        return _SHORT_CODES[re.sub(r"[^a-z]", "", (groups["series"] or "").lower())]
    code = (groups["code"] or "").lower()
    return SERIES.get(code) or ((code,) if code in SERIES_CODES else ())


def _of_instruments(groups: dict[str, str | None]) -> tuple[str, ...]:
    series = re.sub(r"[^a-z]|and", "", (groups["series"] or "").lower())
    series = {"statutoryinstrument": "si", "statutoryinstruments": "si"}.get(series, series)
    if series.startswith("statutoryrule"):
        series = "sro" if "order" in series else "sr"
    of = re.sub(r"[^a-z]", "", (groups["of"] or "").lower())
    if series == "si" and of.startswith("scot"):
        return ("ssi",)
    if series == "si" and of in ("welsh", "wales", "w"):
        return ("wsi",)
    return SERIES[series]


def _by_second(groups: dict[str, str | None], codes: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The second number says of whom an instrument is: Welsh, or an Order in Council for Northern Ireland."""
    second = re.sub(r"[^a-z]", "", (groups.get("second") or "").lower())
    if codes is None or "wsi" in codes:
        return {"w": ("wsi",), "ni": ("nisi",)}.get(second, codes)
    return codes
