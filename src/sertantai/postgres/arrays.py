"""Long arrays as texts, for statements that take them as ``$1::text::int[]``.

Of each item of an array the driver asks whether it is an array itself, which takes a microsecond: of a whole
register it would hold the event loop for 100 ms. Writing the text takes a tenth of it, and is done beside.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from pyroaring import BitMap

from sertantai.core.bitmaps import numbers


async def records_as_text(records: BitMap) -> str:
    return await asyncio.to_thread(lambda: numbers_as_text(numbers(records)))


def numbers_as_text(numbers: list[int]) -> str:
    return f"{{{str(numbers)[1:-1]}}}"


def moments_as_text(moments: Iterable[datetime]) -> str:
    return f"{{{','.join(moment.isoformat() for moment in moments)}}}"
