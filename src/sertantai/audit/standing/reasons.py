"""Why something is held, is to be erased or is kept for so long: held against what the sealed log was
told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from sertantai.audit.standing.difference import SECOND, Differing
from sertantai.core.sealing.canonical import free_text
from sertantai.core.sealing.commitments import committed
from sertantai.postgres import Connection
from sertantai.sealing.blinds import Class
from sertantai.sealing.deeds import month_of
from sertantai.sealing.reasons import REASON
from sertantai.sealing.sql import BLINDS

_WHILE_TOLD = timedelta(minutes=1)
"""A month may end between the commitment and its notice."""


class Given(NamedTuple):
    """``text``: as the database has it; ``told``: the commitment, None where the log was told without one.
    ``subject`` and ``field``: what it was made with."""

    of: str
    text: str
    told: str | None
    at: datetime
    subject: UUID
    field: str = REASON

    @property
    def months(self) -> set[int]:
        return {month_of(self.at), month_of(self.at - _WHILE_TOLD)}


async def differing_reasons(connection: Connection, given: Sequence[Given]) -> list[Differing]:
    keys = await _keys(connection, given)
    found = []
    for one in given:
        of = [keys[one.subject, month] for month in sorted(one.months) if (one.subject, month) in keys]
        if one.told is None:
            what = f"the sealed log was not told why, when it was told of it on {one.at:%Y-%m-%d}"
        elif any(committed(key, one.field, str(one.subject), free_text(one.text)) == one.told for key in of):
            continue
        elif of:
            what = f"its reason is not the one that the sealed log was told of on {one.at:%Y-%m-%d}"
        else:
            what = f"the key is gone by which its reason of {one.at:%Y-%m-%d} can be shown"
        digest = sha256(one.text.encode()).hexdigest()
        known_by = [REASON, str(one.subject), one.field, digest]
        said = f"{one.at:%Y-%m-%d %H:%M}: {one.of}: {what}."
        found.append(Differing(said, at=one.at, found=known_by, of_trail=False, compared=SECOND))
    return found


async def _keys(connection: Connection, given: Sequence[Given]) -> dict[tuple[UUID, int], bytes]:
    wanted = sorted({(one.subject, month) for one in given if one.told for month in one.months})
    rows = await connection.fetch(
        BLINDS,
        [subject for subject, _ in wanted],
        [month for _, month in wanted],
        [str(Class.CONTENT)] * len(wanted),
    )
    return {(row["subject"], row["month"]): bytes(row["key"]) for row in rows}
