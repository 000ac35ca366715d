"""What people write when they mean a law, taken apart: readings of its title, and its citations.

Nothing is looked up here. "2. The Hazardous Waste Regs 2005 (SI 2005/894, as amended), reg. 5" holds a number
of the line's own, a title, a citation, a word on its state, and a provision of the law that is meant.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from sertantai.core.citations import Citation
from sertantai.core.search_terms import search_terms
from sertantai.records.finding.citations import Cited, citations_in
from sertantai.records.finding.years import is_year, year_of

CHARACTERS_MAX: Final = 3_000
"""Of a line, what is read: the longest title of the United Kingdom has 2,598."""
ENDS_MAX: Final = 8
"""Places of a line at which a title may end."""
SMALL_WORDS: Final = frozenset(
    ("a", "an", "and", "at", "by", "etc", "for", "from", "in", "of", "on", "or", "the", "to", "with")
)
KINDS: Final = frozenset(
    ("act", "acts", "measure", "order", "orders", "regulation", "regulations", "rule", "rules", "scheme")
)
"""What a law is, as its title says: nobody finds one by that alone."""
CHANGES: Final = frozenset(
    (
        *("amendment", "amendments", "amending", "appointed", "commencement", "consequential", "correction"),
        *("extension", "modification", "modifications", "repeal", "repeals", "revocation", "revocations"),
        *("saving", "savings", "transitional"),
    )
)
"""Of laws that do something to others, and are not what is meant by the name of those."""
PLACES: Final = frozenset(("england", "ireland", "northern", "scotland", "wales"))
"""Where a law is of force: two laws may differ in nothing else."""
_WRITTEN_OUT: Final = {
    "regs": "regulations", "regn": "regulations", "regns": "regulations", "reg": "regulations",
    "ord": "order", "sch": "schedule", "amdt": "amendment", "govt": "government", "dept": "department",
    "misc": "miscellaneous", "prov": "provisions", "provs": "provisions", "equip": "equipment",
    "eqpt": "equipment", "mgmt": "management", "mgt": "management", "ops": "operations", "prot": "protection",
}  # fmt: skip
_WRITTEN_AS_TWO: Final = {"ni": ("northern", "ireland")}
_WRITTEN_SHORT: Final = {
    "ppe": "personal protective equipment", "ghg": "greenhouse gas", "eia": "environmental impact assessment",
    "dse": "display screen equipment", "hs": "health safety", "hsw": "health safety welfare",
    "tcp": "town country planning",
}  # fmt: skip
"""In titles; alone each of them is an abbreviation of laws, too."""
_SHORT: Final = re.compile(
    r"\b(?:ppe|ghg|eia|dse|h\s?(?:&|and)\s?s|hs\s?&\s?w|h,?\s?s\s?(?:&|and)\s?w|t\s?&\s?c\s?p)\b",
    re.IGNORECASE,
)
_YEAR_IN_SHORT: Final = re.compile(r"(?<!\w)'(\d\d)(?![\w'])")
_GUESSED_YEAR: Final = re.compile(
    r"(?P<head>.*\b(?:acts?|orders?|regulations?|regs?\.?|rules)|[\w&-]{3,12}) (?P<year>\d\d)",
    re.IGNORECASE,
)
_SIGNS: Final = str.maketrans({
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u00ab\u00bb", '"'),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", None),
    "\u2044": "/",
})  # fmt: skip
_NUMBERING: Final = re.compile(
    r"(?:[\u2022\u25aa\u25e6\u00b7\u25cf\u2023*>+-]+\s*|\[\d{1,4}\]\s*|\(?(?:\d{1,4}|[a-z]|[ivxl]{1,6})[.)]\s+)",
    re.IGNORECASE,
)
_ABBREVIATED: Final = re.compile(
    r"[(\[]\s?(?:the\s)?\W?(?!E?E[CU]\b|UK\b|NI\b|GB\b)[A-Z][A-Za-z]{0,3}[A-Z&][A-Za-z&]{0,10}\W?(?:\s(?:Regs?|Act|Order))?\s?[)\]]"
)
"""A short name in brackets."""
_AMENDED: Final = re.compile(
    r"[\s,;:(\[-]{0,4}\bas (?:subsequently |further |last |duly )?"
    r"(?:amended|modified|revised|updated|applied|extended)\b.*",
    re.IGNORECASE,
)
_CHANGED: Final = re.compile(
    r"[\s,;:(\[-]{0,4}\b(?:incl(?:uding|\.)?\s)?(?:"
    r"(?:amended|revoked|repealed|replaced|superseded|modified|revised|updated|extended|applied)"
    r"\s(?:in part\s)?by"
    r"|amendments?(?=\s?:|\s(?:by\s)?(?:s\.?\s?s?\.?\s?i|s\.?\s?r|w\.?\s?s\.?\s?i)\b)"
    r"|(?:made|issued) under|in place of|replaces|revokes|formerly|previously)\b.*",
    re.IGNORECASE,
)
"""What stands behind it are other laws."""
_STATE: Final = re.compile(
    r"[\s,;:(\[-]{0,4}\b(?:now |partly |all )?"
    r"(?:amended|revoked|repealed|superseded|replaced|in force)\b(?: in part)?(?: by\b.*|[^a-z]{0,9})$",
    re.IGNORECASE,
)
_PROVISIONS: Final = re.compile(
    r"[\s,;:(\[-]{0,4}\b(?:ss?|sections?|secs?|regs?|regulations?|rr?|rules?|arts?|articles?|paras?|paragraphs?|"
    r"sch|scheds?|schedules?|parts?|pts?|chapters?|annex(?:es)?|appendix)(?![a-z])\.?\s?"
    r"(?:\d{1,3}[a-z]{0,3}(?!\w)|[ivx]{1,5}[a-z]?\b|(?<=part )[a-z]\b)",
    re.IGNORECASE,
)
_PROVISION: Final = re.compile(_PROVISIONS.pattern + ".*", re.IGNORECASE)
_PROVISION_OF: Final = re.compile(
    r"(?:ss?|sections?|regs?|regulations?|rules?|arts?|articles?|paras?|paragraphs?|sch|schedules?|parts?|chapters?)\b\.?"
    r"\s?(?:\d[\w(),.]{0,19}|[ivx]{1,5}|[a-z]) (?:of|to|in|under) (?:the )?(?=\w)",
    re.IGNORECASE,
)
_TITLES_END: Final = re.compile(
    r"(?:\b(?:acts?|measure|orders?|regulations?|regs?|rules?|scheme)\b[ .,(]{0,3}|^[\w&.-]{2,12} )"
    r"(?:1[2-9]\d\d|20\d\d)\)?(?!\d)",
    re.IGNORECASE,
)
"""Behind what a law is, or an abbreviation that a text begins with, its year."""
_OF_TITLES: Final = re.compile(
    r"\b(?:acts?|measure|orders?|regulations|regs|rules|scheme|no|scotland|wales|england|ireland|ni|gb|equivalent|amendment|commencement|"
    r"consequential|revocation|transitional|application|extension|appointed|approval|declaration|designation|"
    r"directions?|exemptions?|instrument|modifications?|overseas|resolution|savings?|session|variation|jersey|"
    r"guernsey|isle|now)\b",
    re.IGNORECASE,
)
"""What follows a year and may still be of a title: "Finance Act 1998 (Commencement) Order"."""
_REMARK: Final = re.compile(r" ?[,;:(|]| ?\[(?!S\])| - | [A-Z][A-Za-z]{0,2}[A-Z]{1,6}$")
_ABBREVIATION_OF_YEAR: Final = re.compile(r"\b[A-Z][A-Za-z&]{0,9}[A-Z]s? ?(?:1[2-9]|20)\d\d\b")
_MORE_YEARS: Final = re.compile(r"[ ,&/(\[]*(?:and )?(?:1[2-9]|20)\d\d\b")
_ENDS: Final = frozenset(("revoked", "repealed"))


class Title(msgspec.Struct, frozen=True):
    """A title as folded words, written out and in order. ``year``: the last that it names, if any."""

    words: tuple[str, ...]
    year: int | None

    @property
    def significant(self) -> tuple[str, ...]:
        """Its words in no order, without small ones; the same for whoever turns them round."""
        return tuple(sorted(word for word in self.words if word not in SMALL_WORDS))


class Asked(msgspec.Struct, frozen=True):
    """``titles``: readings of what may be a title, the fullest first. ``citations`` and ``names`` of laws
    that are meant, in their order; those that only amended it are none of them. ``guessed``: a reading of
    which the year is a guess, such as "Protection of Badgers Act 92". ``short``: a short name in brackets
    that was left out."""

    titles: tuple[Title, ...]
    citations: tuple[Citation, ...]
    names: tuple[str, ...]
    guessed: tuple[Title, ...] = ()
    short: str = ""


def title_of(text: str) -> Title:
    """Of the register's own titles, and of what may be one."""
    words = search_terms(text)
    if words[:1] == ["the"]:
        del words[0]
    ends = next((at for at, word in enumerate(words) if word in _ENDS and at >= len(words) - 4), None)
    if ends is not None and all(word.isdigit() for word in words[ends + 1 :]):
        del words[ends:]  # "(repealed 27.8.1993)"
    plain_words = [_WRITTEN_OUT.get(word, word) for word in words if word not in ("and", "etc")]
    written = tuple(part for word in plain_words for part in _WRITTEN_AS_TWO.get(word, (word,)))
    year = next((int(word) for word in reversed(written) if is_year(word)), None)
    return Title(written, year)


def understand(text: str) -> Asked:
    """Take a line apart. Only its first `CHARACTERS_MAX` characters are read."""
    text = plain(text)
    bare = _AMENDED.sub("", text) or text
    bare = _CHANGED.sub("", bare) or bare
    meant = citations_in(bare)
    readings = [text, *_bared(bare, meant)]
    titles = dict.fromkeys(title for reading in readings if (title := title_of(reading)).words)
    return Asked(
        tuple(titles),
        tuple(dict.fromkeys(one.citation for one in meant if one.citation)),
        tuple(dict.fromkeys(one.name for one in meant if one.name)),
        _guessed(bare),
        _short_name(bare),
    )


def plain(text: str) -> str:
    """One line without numbering, with plain signs and single spaces."""
    text = " ".join(unicodedata.normalize("NFKC", text[:CHARACTERS_MAX]).translate(_SIGNS).split())
    text = _YEAR_IN_SHORT.sub(lambda found: str(year_of(found[1])), text)
    for _ in range(2):
        numbered = _NUMBERING.match(text)
        if numbered and numbered.end() < len(text):
            text = text[numbered.end() :]
    return text


def _bared(text: str, meant: Iterable[Cited]) -> Iterator[str]:
    """Shorter and shorter readings. Nothing is left out that may tell one law from another: where it is of
    force, whether it amends, its number in a year."""
    meant = list(meant)
    if len(meant) > 1:
        yield _without(text, meant[-1:])  # titles cite laws, too
    text = _without(text, meant)
    yield text
    text = _STATE.sub("", text) or text
    if _SHORT.search(text):
        yield _SHORT.sub(_in_full, text)
    text = _ABBREVIATED.sub(" ", text).strip()
    yield text
    for found in islice(_TITLES_END.finditer(text), ENDS_MAX):
        rest = text[found.end() :]
        is_beside = _REMARK.match(rest) or _PROVISIONS.match(rest)
        is_another = _MORE_YEARS.match(rest) or _ABBREVIATION_OF_YEAR.search(rest)
        if is_beside and not is_another and not _OF_TITLES.search(_PROVISIONS.sub(" ", rest)):
            text = text[: found.end()]
            yield text
            break
    if _SHORT.search(text):
        yield _SHORT.sub(_in_full, text)
    within = _PROVISION_OF.match(text)
    if within:
        yield text[within.end() :]
    before = _PROVISION.sub("", text)
    if before and not any(map(str.isdigit, before)):
        yield before


def _in_full(found: re.Match[str]) -> str:
    return _WRITTEN_SHORT[re.sub(r"and|[^a-z]", "", found.group().lower())]


def _guessed(text: str) -> tuple[Title, ...]:
    found = _GUESSED_YEAR.fullmatch(text) if text[-3:-2] == " " else None
    return (title_of(f"{found['head']} {year_of(found['year'])}"),) if found else ()


def beginning(text: str) -> Title | None:
    """The title that a text begins with; what follows may make it another: "Noise Act 1996 (Jersey)"."""
    text = plain(text)
    found = _TITLES_END.search(text)
    return title_of(text[: found.end()]) if found else None


def _short_name(text: str) -> str:
    found = _ABBREVIATED.search(text)
    # One that is read as the words that it stands for is no other name of the law.
    return "" if found is None or _SHORT.search(found.group()) else "".join(search_terms(found.group())[:1])


def _without(text: str, meant: Iterable[Cited]) -> str:
    kept, at = [], 0
    for one in meant:
        kept.append(text[at : one.start])
        if one.keeps_year:
            kept.append(text[one.start : one.start + 4])
        at = one.end
    kept.append(text[at:])
    return " ".join(" ".join(kept).replace("( )", " ").replace("()", " ").split())


def says_enough(title: Title) -> bool:
    """To be compared with a title."""
    return sum(word.isalpha() and word not in SMALL_WORDS for word in title.words) >= 2
