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

_encode: Final = msgspec.json.Encoder().encode


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
