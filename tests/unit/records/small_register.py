"""A catalogue from plain rows, in plain Python: what tests compare the real one with."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from sertantai.core.search_terms import search_terms
from sertantai.records.catalogue import Catalogue, Parts
from sertantai.records.columns import KEPT_ONCE, SORTABLE
from sertantai.records.ranks import Ranks, ranks_of
from sertantai.records.rows import Rows
from sertantai.records.sorting import sort_key
from sertantai.records.terms import Terms

REVISED = datetime(2026, 1, 1, tzinfo=UTC)


class Law(msgspec.Struct, frozen=True):
    record_no: int
    name: str
    title_en: str
    type_code: str | None = None
    year: int | None = None
    number: str | None = None
    family: str | None = None
    family_ii: str | None = None
    live: str | None = None
    md_date: date | None = None

    @property
    def id(self) -> UUID:
        return UUID(int=self.record_no << 64 | 7)

    @property
    def words(self) -> list[str]:
        return search_terms(f"{self.title_en} {self.name} {self.number or ''}")


def catalogue_of(
    laws: Sequence[Law], revision: int = 1, acronyms: Sequence[tuple[str, str]] = ()
) -> Catalogue:
    size = max((law.record_no for law in laws), default=-1) + 1
    columns = {column: _ranks(laws, size, column) for column in SORTABLE}
    return Catalogue(Parts(revision, REVISED, columns, _terms(laws, size), _rows(laws, size), acronyms))


def key_of(column: str) -> Callable[[Law], Any]:
    return lambda law: sort_key(column, getattr(law, column, None))


def _ranks(laws: Sequence[Law], size: int, column: str) -> Ranks:
    key = key_of(column)
    keys = sorted({key(law) for law in laws} - {None})
    rank_of = {value: rank for rank, value in enumerate(keys, start=1)}
    numbers = np.array([law.record_no for law in laws], dtype=np.uint32)
    ranks = np.array([rank_of.get(key(law), len(keys) + 1) for law in laws], dtype=np.int32)
    stated = sum(key(law) is not None for law in laws)
    return ranks_of(size, numbers, ranks, stated, keys if column in KEPT_ONCE else None)


def _terms(laws: Sequence[Law], size: int) -> Terms:
    postings: dict[str, list[int]] = {}
    for law in laws:
        for word in set(law.words):
            postings.setdefault(word, []).append(law.record_no)
    lexemes = sorted(postings)
    counts = [0, *(len(postings[word]) for word in lexemes)]
    joined = [number for word in lexemes for number in postings[word]]
    return Terms(lexemes, np.cumsum(np.array(counts, np.int64)), np.array(joined, np.uint32), size)


def _rows(laws: Sequence[Law], size: int) -> Rows:
    texts, ids = bytearray(), bytearray(16 * size)
    offsets, lengths = np.zeros(size, np.int64), np.zeros(size, np.int32)
    for law in laws:
        shown = json.dumps([law.name, law.title_en, law.number, True]).encode()
        offsets[law.record_no], lengths[law.record_no] = len(texts), len(shown)
        ids[16 * law.record_no : 16 * law.record_no + 16] = law.id.bytes
        texts += shown
    return Rows(bytes(texts), offsets, lengths, bytes(ids))
