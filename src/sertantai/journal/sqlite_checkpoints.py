"""The checkpoints in a journal's SQLite file."""

import sqlite3
import zlib
from collections.abc import Mapping, Sequence

from sertantai.core.ids import OwnerId, Position
from sertantai.journal import mending_sql as mending
from sertantai.journal import sqlite_checkpoints_sql as sql
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.protocol import Checkpoint


def read(connection: sqlite3.Connection, owner: OwnerId) -> Checkpoint | None:
    row = connection.execute(sql.CHECKPOINT, (owner.bytes,)).fetchone()
    if row is None:
        return None
    if zlib.crc32(row[2]) != row[1]:
        raise JournalCorrupt("A checkpoint in the journal does not match its checksum.")
    names = connection.execute(sql.PART_NAMES, (owner.bytes,)).fetchall()
    return Checkpoint(Position(row[0]), row[2], tuple(name for (name,) in names))


def read_parts(connection: sqlite3.Connection, owner: OwnerId) -> dict[bytes, bytes]:
    found = {}
    rows = connection.execute(sql.PARTS, (owner.bytes,))
    for name, checksum, body in rows:
        if zlib.crc32(body) != checksum:
            raise JournalCorrupt("A part of a checkpoint in the journal does not match its checksum.")
        found[name] = body
    return found


def read_positions(connection: sqlite3.Connection, owners: Sequence[OwnerId]) -> dict[OwnerId, Position]:
    found = {}
    for owner in owners:
        row = connection.execute(sql.POSITION, (owner.bytes,)).fetchone()
        if row is not None:
            found[owner] = Position(row[0])
    return found


def keep_parts(connection: sqlite3.Connection, parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> None:
    connection.executemany(
        sql.KEEP_PART,
        [
            (owner.bytes, name, zlib.crc32(body), body)
            for owner, some in parts.items()
            for name, body in some.items()
        ],
    )


def replace(connection: sqlite3.Connection, checkpoints: Mapping[OwnerId, Checkpoint]) -> None:
    connection.executemany(
        sql.KEEP,
        [(owner.bytes, c.position, zlib.crc32(c.state), c.state) for owner, c in checkpoints.items()],
    )
    for owner, checkpoint in checkpoints.items():
        held = connection.execute(sql.PART_NAMES, (owner.bytes,))
        gone = {name for (name,) in held} - set(checkpoint.parts)
        connection.executemany(sql.FORGET_PART, [(owner.bytes, name) for name in gone])


def forget(connection: sqlite3.Connection, owner: OwnerId) -> None:
    connection.execute(sql.FORGET, (owner.bytes,))
    connection.execute(sql.FORGET_PARTS, (owner.bytes,))


def forget_orphans(connection: sqlite3.Connection) -> None:
    """Parts of a checkpoint that was never finished, of owners who have none."""
    connection.execute(sql.FORGET_ORPHANS)


def copy_whole(source: sqlite3.Connection, target: sqlite3.Connection, upto: Position) -> None:
    """Copy the checkpoints up to a position that are whole, with all their parts."""
    kept = {}
    for row in source.execute(mending.WHOLE, (upto,)):
        if zlib.crc32(row[3]) == row[2]:
            kept[row[0]] = row
    parts: dict[bytes, list[tuple[bytes, bytes, int, bytes]]] = {}
    for part in source.execute(mending.PARTS_OF_ALL):
        if zlib.crc32(part[3]) != part[2]:
            kept.pop(part[0], None)
        parts.setdefault(part[0], []).append(part)
    for owner, row in kept.items():
        target.execute(sql.KEEP, row)
        target.executemany(sql.KEEP_PART, parts.get(owner, []))
