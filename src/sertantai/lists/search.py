"""Searching within a list: in what the register says of a law, and in the notes and tags it has there."""

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import Final

import msgspec
from pyroaring import BitMap

from sertantai.core.operations import Annotation
from sertantai.core.search_terms import search_terms
from sertantai.core.state import GroupState
from sertantai.http.turns import sliced
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter

TURN_S_MAX: Final = 0.005
"""After so much of reading notes others are served."""
LOOKED_AT: Final = 16
"""Notes between two looks at the clock."""


async def found_in_list(catalogue: Catalogue, wanted: RecordFilter, group: GroupState) -> BitMap:
    """The list's records that a filter leaves; each word of ``q`` is in the law, its note or its tags."""
    return catalogue.matching(without_search(wanted)) & await worded(catalogue, wanted, group)


def without_search(wanted: RecordFilter) -> RecordFilter:
    return msgspec.structs.replace(wanted, q=None)


async def worded(catalogue: Catalogue, wanted: RecordFilter, group: GroupState) -> BitMap:
    """The list's records that its search alone finds; all, when nothing is searched for."""
    if wanted.q is None:
        return group.records
    found = catalogue.matching(RecordFilter(q=wanted.q, own=wanted.own)) & group.records
    terms = list(dict.fromkeys(search_terms(wanted.q)))
    if not terms or not group.annotations:
        return found
    noted = await _noted(group.annotations, terms)
    each = [
        (catalogue.matching(RecordFilter(q=term)) & group.records) | noted[term]
        async for term in sliced(terms, 1)
    ]
    return found | BitMap.intersection(*sorted(each, key=len))


async def _noted(annotations: Mapping[int, Annotation], terms: list[str]) -> dict[str, BitMap]:
    """For each word the records whose note or tags hold one that begins with it."""
    found = {term: BitMap() for term in terms}
    began = perf_counter()
    for at, (number, annotation) in enumerate(list(annotations.items())):
        if at % LOOKED_AT == 0 and perf_counter() - began >= TURN_S_MAX:
            await asyncio.sleep(0)
            began = perf_counter()
        for term in _held(" ".join([str(annotation.get("note", "")), *annotation.get("tags", ())]), terms):
            found[term].add(number)
    return found


def _held(text: str, terms: list[str]) -> list[str]:
    if text.isascii():
        # Most notes hold none of the words, which is seen faster than they are cut into words.
        lower = text.lower()
        terms = [term for term in terms if term in lower or "'" in lower]
    if not terms or not text.strip():
        return []
    words = search_terms(text)
    return [term for term in terms if any(word.startswith(term) for word in words)]
