"""A catalogue from PostgreSQL, without holding up the event loop.

PostgreSQL ranks, groups and splits, on another core; what arrives are arrays that numpy reads as they are,
in a worker thread. All of it is read in one snapshot of the database.
"""

import asyncio
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from sertantai.postgres.database import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.records import sql
from sertantai.records.catalogue import Catalogue, Parts
from sertantai.records.finding.abbreviations import ACRONYMS_MAX
from sertantai.records.ranks import Integers, Numbers, Ranks, ranks_of
from sertantai.records.rows import Rows
from sertantai.records.sorting import ACCENTED, UNACCENTED
from sertantai.records.terms import Terms

ROWS_CHUNK = 5_000
TERMS_CHUNK = 500

_ARRAY_HEADER_BYTES = 20


async def build(database: Database) -> Catalogue:
    """The register as it is now. Raises `DatabaseUnavailable`."""
    async with database.session(Role.APP) as connection:
        transaction = connection.transaction(isolation="repeatable_read", readonly=True)
        async with transaction:
            revision = await connection.fetchrow(sql.READ_REVISION)
            assert revision is not None
            rows = await _read_rows(connection)
            columns = {"title_en": await _read_titles(connection, len(rows.lengths))}
            for name, statement in sql.RANKS.items():
                values = await connection.fetchval(sql.VALUES[name]) or [] if name in sql.VALUES else None
                columns[name] = await _ranks(await connection.fetch(statement), len(rows.lengths), values)
            terms = await _read_terms(connection, len(rows.lengths))
            acronyms = [tuple(row) for row in await connection.fetch(sql.READ_ACRONYMS, ACRONYMS_MAX)]
    parts = Parts(revision["revision"], revision["changed_at"], columns, terms, rows, acronyms)
    return await asyncio.to_thread(Catalogue, parts)


async def _read_titles(connection: Connection, size: int) -> Ranks:
    return await _ranks(await connection.fetch(sql.RANK_TITLES, ACCENTED, UNACCENTED), size, None)


async def _ranks(groups: Sequence[Any], size: int, values: list[Any] | None) -> Ranks:
    def decode() -> Ranks:
        numbers = [
            np.zeros(0, np.uint32),
            *(_integers(group["numbers"]).astype(np.uint32) for group in groups),
        ]
        ranks = [np.zeros(0, np.int32), *(_integers(group["ranks"]) for group in groups)]
        stated = sum(group["stated"] for group in groups)
        return ranks_of(size, np.concatenate(numbers), np.concatenate(ranks), stated, values)

    return await asyncio.to_thread(decode)


async def _read_rows(connection: Connection) -> Rows:
    numbers, lengths = array("I"), array("I")
    texts: list[bytes] = []
    ids: list[bytes] = []
    last = -1
    while True:
        chunk = await connection.fetchrow(sql.READ_ROWS, last, ROWS_CHUNK)
        if chunk is None or chunk["last"] is None:
            return await asyncio.to_thread(_rows, numbers, lengths, texts, ids)
        last = chunk["last"]
        numbers.frombytes(_integers(chunk["numbers"]).astype(np.uint32).tobytes())
        lengths.frombytes(_integers(chunk["lengths"]).astype(np.uint32).tobytes())
        texts.append(chunk["shown"])
        ids.append(chunk["ids"])


def _rows(numbers: Sequence[int], lengths: Sequence[int], texts: list[bytes], ids: list[bytes]) -> Rows:
    at = np.array(numbers, dtype=np.uint32)
    size = int(at[-1]) + 1 if len(at) else 0
    length = np.zeros(size, dtype=np.int32)
    length[at] = lengths
    offsets = np.zeros(size, dtype=np.int64)
    np.cumsum(length[:-1], out=offsets[1:])
    by_number = np.zeros(size * 16, dtype=np.uint8)
    by_number.reshape(-1, 16)[at] = np.frombuffer(_joined(ids), dtype=np.uint8).reshape(-1, 16)
    return Rows(_joined(texts), offsets, length, by_number.data)


def _joined(chunks: list[bytes]) -> memoryview:
    """Like ``b"".join``, which would keep every other thread waiting until all is copied."""
    joined, at = np.empty(sum(map(len, chunks)), dtype=np.uint8), 0
    for chunk in chunks:
        joined[at : at + len(chunk)] = np.frombuffer(chunk, dtype=np.uint8)
        at += len(chunk)
    return joined.data if chunks else memoryview(b"")


async def _read_terms(connection: Connection, size: int) -> Terms:
    lexemes: list[str] = []
    counts = array("q", [0])
    postings: list[Numbers] = []
    cursor = await connection.cursor(sql.READ_TERMS, timeout=sql.BUILD_TIMEOUT_S)
    while chunk := await cursor.fetch(TERMS_CHUNK):
        lexemes.extend(row["term"] for row in chunk)
        packed = [row["numbers"] for row in chunk]
        counts.extend((len(numbers) - _ARRAY_HEADER_BYTES) // 8 for numbers in packed)
        postings.append(_values(b"".join(numbers[_ARRAY_HEADER_BYTES:] for numbers in packed)))
    return await asyncio.to_thread(_terms, lexemes, counts, postings, size)


def _terms(lexemes: list[str], counts: Sequence[int], postings: list[Numbers], size: int) -> Terms:
    joined = np.concatenate(postings) if postings else np.zeros(0, dtype=np.uint32)
    return Terms(lexemes, np.cumsum(np.array(counts, dtype=np.int64)), joined, size)


def _integers(packed: bytes | None) -> Integers:
    """What `array_send(integer[])` wrote: a header, then each value behind its length, big-endian."""
    if packed is None:
        return np.zeros(0, dtype=np.int32)
    return _values(packed[_ARRAY_HEADER_BYTES:]).astype(np.int32)


def _values(pairs: bytes) -> Numbers:
    return np.frombuffer(pairs, dtype=">u4")[1::2].astype(np.uint32)
