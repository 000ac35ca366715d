"""Long arrays as texts, for statements that take them as ``$1::text::int[]``.

Of each item of an array the driver asks whether it is an array itself, which takes a microsecond: of a whole
register it would hold the event loop for 100 ms. Writing the text takes a tenth of it, and is done beside.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import numbers
from sertantai.process.new_ids import new_id

_encode: Final = msgspec.json.Encoder().encode
_COUNTED: Final = [f"{number:03x}" for number in range(0x1000)]


def array_as_text(values: Sequence[UUID | int | datetime | str | None]) -> str:
    """As JSON writes a list: PostgreSQL reads an array so, but for what a backslash stands before."""
    told = _encode(values)
    if b"\\" in told:
        return f"{{{','.join(map(_quoted, values))}}}"
    return f"{{{told[1:-1].decode()}}}"


def _quoted(value: UUID | int | datetime | str | None) -> str:
    if not isinstance(value, str):
        return _encode(value).decode()
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def records_as_text(records: BitMap) -> str:
    return await asyncio.to_thread(lambda: numbers_as_text(numbers(records)))


def numbers_as_text(numbers: list[int]) -> str:
    return f"{{{str(numbers)[1:-1]}}}"


def moments_as_text(moments: Iterable[datetime]) -> str:
    return f"{{{','.join(moment.isoformat() for moment in moments)}}}"


def new_ids_as_text(count: int) -> str:
    """So many new ids (UUID version 7), of which up to 4,096 follow one another: their last 12 bits count.

    PostgreSQL's own `gen_random_uuid` opens a file for each of them where it is built without OpenSSL, as the
    embedded one is, and each comes to another page of an index.
    """
    blocks = []
    for begun in range(0, count, len(_COUNTED)):
        beginning = str(new_id())[:-3]
        blocks.append(beginning + f",{beginning}".join(_COUNTED[: count - begun]))
    return f"{{{','.join(blocks)}}}"
