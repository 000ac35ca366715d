"""How people cite laws: "1974 c. 37", "SI 2023/1164", a legislation.gov.uk link, a name of the register.

A citation says which series of numbers is meant. A "statutory instrument" number is shared by United Kingdom,
Welsh and Northern Irish (Order in Council) instruments, so one citation may name several type codes.
"""

import re

import msgspec

CITATION_CHARS_MAX = 300

ACTS = ("ukpga", "apgb", "aep")
NORTHERN_IRISH_ACTS = ("nia", "apni")
SERIES: dict[str, tuple[str, ...]] = {
    "si": ("uksi", "wsi", "nisi"),
    "ssi": ("ssi",),
    "sr": ("nisr",),
    "sro": ("uksro", "nisro"),
}
# fmt: off
SERIES_CODES = frozenset((
    "aep", "aip", "anaw", "aosp", "apgb", "apni", "asc", "asp", "eudn", "eudr", "eur", "eut", "gbla", "gbppa",
    "mnia", "mwa", "nia", "nidsi", "nisi", "nisr", "nisro", "sdsi", "ssi", "ukci", "ukcm", "ukdsi", "ukla",
    "ukmd", "ukmo", "ukpga", "ukppa", "uksi", "uksro", "wdsi", "wsi",
))
# fmt: on
"""The series of legislation.gov.uk; "regs 2002/2677" is of none of them, and no citation."""
_YEAR = r"(?P<year>[1-9]\d{2,3})"
_NUMBER = r"(?P<number>\d{1,18})"

_CHAPTER = re.compile(
    rf"{_YEAR}\s*,?\s*(?:c|ch|cap|chapter)\b\.?\s*{_NUMBER}\s*(?P<ni>\(\s*n\.?\s*i\.?\s*\))?", re.IGNORECASE
)
_ACT_SERIES = re.compile(rf"{_YEAR}\s*,?\s*(?P<code>asp|anaw|asc|nia|mwa)\.?\s*{_NUMBER}", re.IGNORECASE)
_INSTRUMENT = re.compile(
    rf"(?P<series>s\.?\s*s\.?\s*i|s\.?\s*i|s\.?\s*r\.?\s*(?:&|and)\s*o|s\.?\s*r)\.?\s*"
    rf"{_YEAR}\s*(?:/|,?\s*no\.?\s*)\s*{_NUMBER}\s*(?:\([a-z][a-z. ]*\d+\))?",
    re.IGNORECASE,
)
_CODED = re.compile(
    rf"(?P<code>[a-z]{{3,6}})\s*[/ ]\s*{_YEAR}\s*(?:/|\s+no\.?\s*|\s+)\s*{_NUMBER}", re.IGNORECASE
)
_BARE = re.compile(rf"{_YEAR}\s*(?:/|,?\s*no\.?\s*)\s*{_NUMBER}", re.IGNORECASE)
_NAMED = re.compile(rf"uk_(?P<code>[a-z]{{3,6}})_{_YEAR}_{_NUMBER}", re.IGNORECASE)
_LINK_PATH = re.compile(
    r"(?:https?://)?(?:www\.)?legislation\.gov\.uk/(?:id/)?(?P<path>[a-z]{3,6}/[^\s?#]+)", re.IGNORECASE
)
_DATED_PATH = re.compile(rf"(?P<code>[a-z]{{3,6}})/{_YEAR}/{_NUMBER}(?:/.*)?", re.IGNORECASE)
_REGNAL_PATH = re.compile(
    r"(?P<code>[a-z]{3,6})/(?P<reign>[A-Za-z][A-Za-z0-9]*)/(?P<session>[\w-]+)/(?P<chapter>\w+)"
    r"(?:/.*)?",
    re.IGNORECASE,
)
_REGNAL_NAME = re.compile(r"uk_(?P<rest>[a-z]{3,6}_[A-Za-z0-9-]+_[A-Za-z0-9-]+(?:_\w+)?)", re.IGNORECASE)


class Citation(msgspec.Struct, frozen=True):
    """A law by its series (``None``: any), its year and its number within both, without leading zeros."""

    type_codes: tuple[str, ...] | None
    year: int
    number: str

    @property
    def states_its_series(self) -> bool:
        """Whether there is only one law of this series, year and number.

        "2023/1164" is a number of several series, and so is that of a statutory rule and order: the United
        Kingdom's and Northern Ireland's were numbered apart.
        """
        return self.type_codes is not None and self.type_codes != SERIES["sro"]


def states_a_law(text: str) -> bool:
    """Whether ``text`` is a citation, a link or a name: it means that law, or none."""
    return cited_name(text) is not None or parse_citation(text) is not None


def parse_citation(text: str) -> Citation | None:
    """What the whole of ``text`` cites, or ``None`` when it is not a citation."""
    # One space where there are many: patterns that allow for spaces then have nothing to try again.
    text = " ".join(text.split())
    cited = _path_of_link(text) or text
    if len(cited) > CITATION_CHARS_MAX:
        return None
    for pattern in (_DATED_PATH, _NAMED, _CHAPTER, _ACT_SERIES, _INSTRUMENT, _CODED, _BARE):
        found = pattern.fullmatch(cited)
        if found and (pattern is not _CODED or _is_series(found["code"])):
            return _citation(found)
    return None


def _is_series(code: str) -> bool:
    return code.lower() in SERIES_CODES or code.lower() in SERIES


def cited_name(text: str) -> str | None:
    """The register's name for what a link or a name states, regnal years included.

    "https://www.legislation.gov.uk/id/aep/Hen3cc1415/52/1" is "UK_aep_Hen3cc1415_52_1".
    """
    text = text.strip()
    if len(text) > CITATION_CHARS_MAX:
        return None
    path = _path_of_link(text)
    if path is None:
        found = _REGNAL_NAME.fullmatch(text)
        return f"UK_{_lower_code(found['rest'])}" if found else None
    dated = _DATED_PATH.fullmatch(path)
    if dated:
        return f"UK_{dated['code'].lower()}_{dated['year']}_{dated['number']}"
    regnal = _REGNAL_PATH.fullmatch(path)
    if regnal:
        return f"UK_{regnal['code'].lower()}_{regnal['reign']}_{regnal['session']}_{regnal['chapter']}"
    return None


def _path_of_link(text: str) -> str | None:
    found = _LINK_PATH.match(text.strip())
    return found["path"].rstrip("/") if found else None


def _lower_code(rest: str) -> str:
    code, _, tail = rest.partition("_")
    return f"{code.lower()}_{tail}"


def _citation(found: re.Match[str]) -> Citation:
    number = found["number"].lstrip("0") or "0"
    return Citation(type_codes=_type_codes(found), year=int(found["year"]), number=number)


def _type_codes(found: re.Match[str]) -> tuple[str, ...] | None:
    groups = found.groupdict()
    if found.re is _CHAPTER:
        return NORTHERN_IRISH_ACTS if groups["ni"] else ACTS
    if found.re is _INSTRUMENT:
        return SERIES[re.sub(r"[^a-z]|and", "", groups["series"].lower())]
    if found.re is _BARE:
        return None
    code: str = groups["code"].lower()
    return SERIES.get(code, (code,))
