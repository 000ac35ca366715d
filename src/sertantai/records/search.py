"""What a person typed, looked for in title, name and number."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from pyroaring import BitMap

from sertantai.core.citations import Citation, cited_name, parse_citation
from sertantai.core.ids import RecordNo
from sertantai.core.search_terms import search_terms
from sertantai.records.facets import Facet
from sertantai.records.finding.candidates import Candidate
from sertantai.records.rows import Rows
from sertantai.records.terms import Span, Terms

LOOKED_AT_MAX = 1_000
"""Records whose number column is read for one citation. Where more hold its year and its digits (for
"SI 2015/2015" every title of that year), only the name that the register gives such a law is looked for."""
_BEFORE_NUMBERS = {"c", "ch", "cap", "chapter", "no"}


def _longest(words: set[str]) -> list[str]:
    """Without those that another begins with: what holds "regulations" holds "r", "re" and "reg"."""
    kept: list[str] = []
    for word in sorted(words, reverse=True):
        if not kept or not kept[-1].startswith(word):
            kept.append(word)
    return kept


class Searched(NamedTuple):
    """``named``: those of ``matching`` that the text names, the likeliest first."""

    matching: BitMap
    named: tuple[Candidate, ...] = ()


class Search:
    """A name, a link or a citation finds that law; anything else finds what holds every word, and what people
    mean by it: a title with a slip, a citation behind it, an abbreviation.

    Each word may be unfinished ("heal saf"). A number before other words is finished: "37 work" is not 370.
    """

    def __init__(
        self,
        terms: Terms,
        rows: Rows,
        facets: dict[str, Facet],
        named: Callable[[str], RecordNo | None],
        meant: Callable[[str], Sequence[Candidate]],
    ) -> None:
        self._terms = terms
        self._rows = rows
        self._facets = facets
        self._named = named
        self._meant = meant

    def find(self, q: str) -> Searched:
        """Nothing, when ``q`` holds no word at all."""
        if cited := self.cited(q):
            return Searched(cited)
        meant = tuple(self._meant(q))
        return Searched(BitMap(one.number for one in meant) | self._worded(search_terms(q)), meant)

    def cited(self, q: str) -> BitMap:
        """The records whose series, year and number ``q`` states; nothing else, however alike it is."""
        name = cited_name(q)
        number = self._named(name) if name else None
        if number is not None:
            return BitMap([number])
        citation = parse_citation(q)
        return self.of_citation(citation) if citation else BitMap()

    def holding(self, words: Collection[str]) -> BitMap:
        """What holds every word as it stands; nothing, when there is none."""
        return self._in_all({self._terms.span_of(word) for word in words})

    def _worded(self, words: list[str]) -> BitMap:
        terms = self._terms
        finished = {word for word in words[:-1] if word.isdigit()}
        unfinished = _longest(
            {word for at, word in enumerate(words) if word not in finished or at == len(words) - 1}
        )
        spans = {terms.span_of(word) for word in finished} | {
            terms.span_beginning_with(w) for w in unfinished
        }
        return self._in_all(spans)

    def _in_all(self, spans: set[Span]) -> BitMap:
        if not spans:
            return BitMap()
        terms = self._terms
        # The rarest first: nobody who types what no law holds makes us look for the rest of it.
        rarest, *others = sorted(spans, key=terms.postings_in)
        found = terms.records(rarest)
        for span in others:
            if not found:
                break
            found = found & terms.records(span)
        return found

    def of_citation(self, citation: Citation) -> BitMap:
        found = self._terms.holding(citation.number) & self._facets["year"].records((citation.year,))
        if citation.type_codes is not None:
            found &= self._facets["type_code"].records(citation.type_codes)
        if len(found) > LOOKED_AT_MAX:
            return found & self._named_as(citation)
        return BitMap(number for number in found if self._has_number(number, citation.number))

    def _named_as(self, citation: Citation) -> BitMap:
        codes = citation.type_codes or tuple(map(str, self._facets["type_code"].values))
        names = (f"UK_{code}_{citation.year}_{citation.number}" for code in codes)
        return BitMap(number for name in names if (number := self._named(name)) is not None)

    def _has_number(self, record: int, cited: str) -> bool:
        """The number column may say "37" or "c. 37"."""
        words = search_terms(self._rows.text(record).number or "")
        if len(words) == 2 and words[0] in _BEFORE_NUMBERS:
            del words[0]
        return len(words) == 1 and words[0].lstrip("0") == cited.lstrip("0")
