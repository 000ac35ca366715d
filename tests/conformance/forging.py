"""What somebody does to a stopped journal who can write to the disk, and knows how it is made."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from sertantai.journal.anchor import Anchor, anchor_path, read_anchor
from sertantai.journal.chain import next_link
from sertantai.journal.keyed import HEAD_BYTES

Forge = Callable[[int, int, bytes], bytes | None]
"""A batch's first and last position and its body, to what is put there; None: it is taken out."""


def forge(path: Path, change: Forge, *, anchor: bool) -> None:
    """With all checksums made right; ``anchor``: in the anchor too."""
    connection = sqlite3.connect(path)
    chain = before = 0
    rows = connection.execute("SELECT first, last, body FROM batch ORDER BY first").fetchall()
    connection.execute("DELETE FROM batch")
    for first, last, body in rows:
        put = change(first, last, body)
        if put is not None:
            before, link = chain, next_link(chain, first, last, put)
            chain = link.chain
            connection.execute("INSERT INTO batch VALUES (?, ?, ?, ?)", (first, last, link.checksum, put))
    connection.commit()
    connection.close()
    found = read_anchor(anchor_path(path))
    assert found is not None
    assert found.newest is not None
    if anchor:
        end = msgspec.structs.replace(found.newest.end, chain=chain, before=before)
        writer = Anchor(anchor_path(path), sync=False)
        writer.open(end, found.newest.serial)
        writer.close()


def in_place_of(at: int, new: list[bytes]) -> Forge:
    """The head of the old body, so that it looks like one of ours."""
    packed = msgspec.msgpack.encode(new)
    return lambda first, _last, body: body[:HEAD_BYTES] + packed if first == at else body
