"""The batches and checkpoints of one shard, read and changed over a connection; `journal.py` says when."""

import zlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple, cast

from sertantai.core.ids import OwnerId, Position
from sertantai.journal.chain import crc_matches
from sertantai.journal.damage import Damage, found
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.keyed import HEAD_BYTES, NO_PROOF, JournalKey, entries_in, previous_in, proof_in
from sertantai.journal.protocol import Checkpoint, Entry
from sertantai.journal.shared import sql
from sertantai.journal.shared.hub import Fence
from sertantai.journal.shared.primaries import Connection, Record

READ_BYTES_MAX: Final = 8 * 1024 * 1024
"""A read ends once it has so much: entries may be large."""
READ_BATCHES_MAX: Final = 2_000


class Held(NamedTuple):
    """What a shard holds as it is claimed."""

    size_bytes: int
    damages: list[Damage]


async def survey(connection: Connection, shard: int, says: Record) -> Held:
    """That each batch was written behind the one before it, by their proofs alone, up to the newest that the
    shard ``says`` of itself."""
    last, size, ends, before = says["last"], 0, says["trimmed"], says["trimmed_proof"]
    damages: list[Damage] = []
    for row in await connection.fetch(sql.HEADS, shard):
        if previous_in(row["head"]) != before and len(row["head"]) >= HEAD_BYTES:
            missing = [(ends + 1, row["first"] - 1)] if row["first"] > ends + 1 else []
            what = f"The journal's operations before {row['first']:,} are not those that were written."
            damages.append(found(what, missing, unbounded=not missing))
        size, ends, before = size + row["size"], row["last"], proof_in(row["head"])
    if before != says["proof"]:
        what = f"The journal lacks its newest operations: it ends at {ends:,}, and was at {last:,}."
        damages.append(found(what, [(ends + 1, last)] if last > ends else [], unbounded=last <= ends))
    return Held(size, damages)


async def read(
    connection: Connection, key: JournalKey, shard: int, after: Position, entries_max: int, upto: Position
) -> list[Entry]:
    most = min(READ_BATCHES_MAX, entries_max + 1)
    entries: list[Entry] = []
    for first, checksum, body in await connection.fetch(sql.AFTER, shard, after, upto, most, READ_BYTES_MAX):
        if not crc_matches(checksum, body):
            raise JournalCorrupt(f"The journal's batch at position {first} does not match its checksum.")
        bodies = entries_in(body)
        if not key.allows(first, first + len(bodies) - 1, body):
            raise JournalCorrupt(f"The journal's batch at position {first} is not what this server wrote.")
        wanted = range(max(first, after + 1), min(first + len(bodies), upto + 1))
        entries.extend(
            map(Entry, cast(Iterable[Position], wanted), islice(bodies, wanted.start - first, None))
        )
        if len(entries) >= entries_max:
            break
    return entries


class Trimmed(NamedTuple):
    upto: int
    freed_bytes: int


async def trim(
    connection: Connection, fence: Fence, upto: int, checkpoints: Mapping[OwnerId, Checkpoint]
) -> Trimmed:
    """The shard's own row comes last: what is appended meanwhile waits for no more than its end."""
    await _replace(connection, fence.shard, checkpoints)
    found = await connection.fetchrow(sql.UP_TO, fence.shard, upto)
    assert found is not None, "one row in any case"
    if found["upto"] is None:
        return Trimmed(0, 0)
    head = await connection.fetchval(sql.HEAD_AT, fence.shard, found["upto"])
    await connection.execute(sql.FORGET_UP_TO, fence.shard, found["upto"])
    await connection.execute(
        sql.TRIMMED, fence.shard, fence.holder, found["upto"], proof_in(head) or NO_PROOF
    )
    return Trimmed(found["upto"], found["size"])


async def checkpoint(connection: Connection, shard: int, owner: OwnerId) -> Checkpoint | None:
    row = await connection.fetchrow(sql.CHECKPOINT, shard, owner)
    if row is None:
        return None
    if zlib.crc32(row["state"]) != row["checksum"]:
        raise JournalCorrupt("A checkpoint in the journal does not match its checksum.")
    return Checkpoint(Position(row["position"]), row["state"], tuple(row["parts"]))


async def parts(connection: Connection, shard: int, owner: OwnerId) -> dict[bytes, bytes]:
    held = {}
    for name, checksum, body in await connection.fetch(sql.PARTS, shard, owner):
        if zlib.crc32(body) != checksum:
            raise JournalCorrupt("A part of a checkpoint in the journal does not match its checksum.")
        held[name] = body
    return held


async def keep_parts(
    connection: Connection, shard: int, kept: Mapping[OwnerId, Mapping[bytes, bytes]]
) -> None:
    await connection.executemany(
        sql.KEEP_PART,
        [
            (shard, owner, name, zlib.crc32(body), body)
            for owner, some in kept.items()
            for name, body in some.items()
        ],
    )


async def _replace(connection: Connection, shard: int, checkpoints: Mapping[OwnerId, Checkpoint]) -> None:
    await connection.executemany(
        sql.KEEP,
        [(shard, owner, c.position, zlib.crc32(c.state), c.state) for owner, c in checkpoints.items()],
    )
    await connection.executemany(
        sql.FORGET_OTHER_PARTS, [(shard, owner, list(c.parts)) for owner, c in checkpoints.items()]
    )


async def forget(connection: Connection, shard: int, owner: OwnerId) -> None:
    await connection.execute(sql.FORGET, shard, owner)
    await connection.execute(sql.FORGET_PARTS, shard, owner)
