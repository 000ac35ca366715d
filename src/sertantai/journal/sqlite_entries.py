"""The batches in a journal's SQLite file; `sqlite.py` says when they are written."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import UUID

from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal import entries_sql as sql
from sertantai.journal import sqlite_checkpoints
from sertantai.journal.about import (
    EPOCH,
    PROOF,
    SCHEMA_VERSION,
    VERSION_UNCHAINED,
    VERSION_UNKEYED,
    new_epoch,
    write_about,
)
from sertantai.journal.anchor import Record
from sertantai.journal.chain import Link, crc_matches, link_of, next_link
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.keyed import NO_PROOF, JournalKey, entries_in, proof_in
from sertantai.journal.protocol import Checkpoint, Entry
from sertantai.journal.verdict import Verdict
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

READ_BYTES_MAX = 8 * 1024 * 1024
"""A read ends once it has so much: entries may be large."""

log = logger(__name__)


class Loaded(NamedTuple):
    """What a journal holds as it is opened."""

    id: JournalId
    epoch: str
    is_new: bool
    first: Position
    last: Position
    size_bytes: int
    newest: Link
    newest_proof: bytes
    trimmed_chain: int
    anchor_since: int


class Trimmed(NamedTuple):
    """``upto`` and the chain's value there; 0 when nothing was forgotten."""

    upto: int
    chain: int
    freed_bytes: int


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


def load(connection: sqlite3.Connection, verdict: Verdict) -> Loaded:
    """Bring the tables up to date, do what the anchor says is left to be done, and tell what is there."""
    known = dict(connection.execute(sql.ABOUT).fetchall())
    first_words = {
        "id": new_id().bytes,
        "trimmed": 0,
        "advanced": 0,
        "chain": 0,
        "version": SCHEMA_VERSION,
    }
    connection.executemany(sql.SAY_FIRST, sorted(first_words.items()))
    if known.get("version", SCHEMA_VERSION) not in (VERSION_UNCHAINED, VERSION_UNKEYED, SCHEMA_VERSION):
        raise JournalCorrupt("The journal was written by another version of Sertantai.")
    sqlite_checkpoints.forget_orphans(connection)
    changes: dict[str, Any] = {"version": SCHEMA_VERSION}
    if verdict.advance_to:
        changes["advanced"] = verdict.advance_to
    if not known.get(EPOCH) or verdict.advance_to or verdict.doubts or verdict.is_damaged:
        changes[EPOCH] = new_epoch()
    about = write_about(connection, changes)
    if verdict.redo is not None:
        _redo(connection, verdict.redo)
    held = max(about["trimmed"], about["advanced"])
    row = connection.execute(sql.NEWEST).fetchone()
    newest = Link(held, held, 0, about["chain"]) if row is None else link_of(*row[:3])
    return Loaded(
        id=JournalId(UUID(bytes=about["id"])),
        epoch=about[EPOCH],
        is_new=not known,
        first=Position(about["trimmed"] + 1),
        last=Position(max(held, newest.last)),
        size_bytes=connection.execute(sql.SIZE).fetchone()[0],
        newest=newest,
        newest_proof=about.get(PROOF, NO_PROOF) if row is None else proof_in(row[3]),
        trimmed_chain=about["chain"],
        anchor_since=about.get("anchor_since", 0),
    )


def _redo(connection: sqlite3.Connection, record: Record) -> None:
    """Write the batch that only the anchor has: whoever sent it was told, or will find it done."""
    assert record.body is not None
    end = record.end
    link = next_link(end.before, end.first, end.last, record.body)
    connection.execute(sql.KEEP_BATCH, (link.first, link.last, link.checksum, record.body))
    log.warning("the newest batch was taken from the anchor", first=link.first, last=link.last)


def read(
    connection: sqlite3.Connection, key: JournalKey, after: Position, entries_max: int, upto: Position
) -> list[Entry]:
    entries: list[Entry] = []
    size = 0
    for first, checksum, body in connection.execute(sql.AFTER, (after + 1, after)):
        if not crc_matches(checksum, body):
            raise JournalCorrupt(f"The journal's batch at position {first} does not match its checksum.")
        bodies = entries_in(body)
        if not key.allows(first, first + len(bodies) - 1, body):
            raise JournalCorrupt(f"The journal's batch at position {first} is not what this server wrote.")
        # Without a line of Python for each: a start reads a million.
        wanted = range(max(first, after + 1), min(first + len(bodies), upto + 1))
        entries.extend(
            map(Entry, cast(Iterable[Position], wanted), islice(bodies, wanted.start - first, None))
        )
        size += len(body)
        if len(entries) >= entries_max or size >= READ_BYTES_MAX:
            break
    return entries


def trim(
    connection: sqlite3.Connection, upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]
) -> Trimmed:
    sqlite_checkpoints.replace(connection, checkpoints)
    newest, freed = connection.execute(sql.UP_TO, (upto,)).fetchone()
    if not newest:
        return Trimmed(0, 0, 0)
    *ending, head = connection.execute(sql.ENDING_AT, (newest,)).fetchone()
    chain = link_of(*ending).chain
    connection.execute(sql.FORGET_UP_TO, (upto,))
    # Only entries count: what was skipped by `advance` was never there to be forgotten.
    write_about(connection, {"trimmed": newest, "chain": chain, PROOF: proof_in(head)})
    return Trimmed(newest, chain, freed)


def advance(connection: sqlite3.Connection, past: Position) -> tuple[Position, str]:
    """Returns the epoch that begins with it, too."""
    epoch = new_epoch()
    write_about(connection, {"advanced": int(past), EPOCH: epoch})
    return past, epoch


def forget_beyond(connection: sqlite3.Connection, last: Position) -> None:
    """Take out what a failed commit may have left: it was refused."""
    connection.execute(sql.FORGET_BEYOND, (last,))
