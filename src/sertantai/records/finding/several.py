"""Lines that name several laws in a row: "Bribery Act 2010 and Fraud Act 2006", "Acts 1956 & 1993"."""

import re
from typing import Final

import msgspec

from sertantai.records.finding.text import plain

NAMED_MAX: Final = 8
"""Laws of one line; in one with more, as in a preamble, none is looked for by itself."""
_YEAR: Final = r"(?:1[2-9]\d\d|20\d\d)"
_KIND: Final = r"(?:acts?|measures?|orders?|regulations?|regs?\.?|rules?|schemes?)"
_YEARS: Final = re.compile(
    rf"(?P<head>.{{3,300}}?\b{_KIND}) \(?"
    rf"(?P<years>{_YEAR}(?:(?:\s?[,/&-]\s?|,? and | to ){_YEAR})+)\)?\.?",
    re.IGNORECASE,
)
_FROM_TO: Final = re.compile(r"-| to ")
_ONE: Final = re.compile(
    rf"(?:\b{_KIND},?(?: \([^()]{{2,40}}\))?|\b(?-i:[A-Z][A-Za-z&]{{1,9}})) \(?{_YEAR}\)?(?!\d|/\d)",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"\s?(?:,?\sand\s|,?\s?&\s|\s?/\s?|,\s|\s?\+\s?|\splus\s)(?:the\s)?(?=[A-Z])")


class Several(msgspec.Struct, frozen=True):
    """``texts``: each law by itself. ``are_all``: no other is meant; from 1985 to 1996 there may be more."""

    texts: tuple[str, ...] = ()
    are_all: bool = True


NOT_SEVERAL: Final = Several()


def laws_named(text: str) -> Several:
    """`NOT_SEVERAL` for what names one, or none. Whether there are such laws is not asked."""
    text = plain(text)
    years = _YEARS.fullmatch(text)
    if years is not None:
        each = tuple(f"{years['head']} {year}" for year in re.findall(_YEAR, years["years"]))
        are_all = _FROM_TO.search(years["years"]) is None
        return Several(each, are_all) if len(each) <= NAMED_MAX else NOT_SEVERAL
    named: list[str] = []
    begins = 0
    for one in _ONE.finditer(text):
        between = _BETWEEN.match(text, one.end())
        is_last = one.end() >= len(text.rstrip(" ."))
        if between is None and not is_last:
            continue  # a year within a title, as of the Act that it amends
        named.append(text[begins : one.end()])
        if between is None:
            return Several(tuple(named)) if 1 < len(named) <= NAMED_MAX else NOT_SEVERAL
        begins = between.end()
    return NOT_SEVERAL
