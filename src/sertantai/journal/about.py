"""What a journal says of itself, under a seal: a checksum that is written with every change of it."""

import sqlite3
import zlib
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, Final

import msgspec

from sertantai.journal import entries_sql as sql

APPLICATION_ID: Final = 1397904449
VERSION_UNCHAINED: Final = 1
"""Journals of before: batches without a chain, and no anchor."""
VERSION_UNKEYED: Final = 2
"""A chain that anybody can write on: see `keyed`."""
SCHEMA_VERSION: Final = 3
SEAL: Final = "seal"
PROOF: Final = "proof"
"""The proof of the newest batch that was trimmed, see `keyed`."""
EPOCH: Final = "epoch"
"""Empty in a copy: whoever opens one begins another."""


def new_epoch() -> str:
    return token_hex(8)


def seal_of(about: Mapping[str, Any]) -> int:
    rows = sorted((key, value) for key, value in about.items() if key != SEAL)
    return zlib.crc32(msgspec.msgpack.encode(rows))


def write_about(connection: sqlite3.Connection, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change what a journal says of itself, with its seal; returns all of it."""
    before: dict[str, Any] = dict(connection.execute(sql.ABOUT).fetchall())
    about = {**before, **changes}
    about[SEAL] = seal_of(about)
    if about != before:
        connection.executemany(sql.SAY, sorted(about.items()))
    return about
