"""What the sealed log is told of laws: of each a hash of all that the register says of it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Final

from sertantai.postgres.database import Connection
from sertantai.records import sql

LAWS, REVISION = "laws", "revision"
"""Under which a notice has them, and the register's revision at which they were so."""
HASH_LETTERS: Final = 16
TOLD_TOGETHER: Final = 12_000
"""Laws in one notice."""


async def laws_told(connection: Connection, changed_in: int | None = None) -> AsyncIterator[dict[str, Any]]:
    """The bodies of as many notices as it takes: of all laws as they are, or of those of one revision.
    Each run of numbers that follow each other is its first, and the hashes one after another."""
    revision = await connection.fetchval(sql.REGISTER_REVISION) if changed_in is None else changed_in
    some: list[Any] = []
    async for row in connection.cursor(sql.LAWS_HASHED, changed_in, prefetch=TOLD_TOGETHER):
        some.append(row)
        if len(some) == TOLD_TOGETHER:
            yield {LAWS: _runs(some), REVISION: revision}
            some = []
    if some:
        yield {LAWS: _runs(some), REVISION: revision}


def _runs(rows: Sequence[Any]) -> list[list[Any]]:
    runs: list[list[Any]] = []
    hashes: list[str] = []
    for row in rows:
        if not runs or row["record_no"] != runs[-1][0] + len(hashes):
            if runs:
                runs[-1].append("".join(hashes))
            runs.append([row["record_no"]])
            hashes = []
        hashes.append(row["hashed"])
    if runs:
        runs[-1].append("".join(hashes))
    return runs


def laws_in(body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Number and hash of each."""
    for first, hashes in body.get(LAWS, ()):
        for at in range(0, len(hashes), HASH_LETTERS):
            yield first + at // HASH_LETTERS, hashes[at : at + HASH_LETTERS]
