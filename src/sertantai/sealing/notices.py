"""What the log tells beside changes of lists: who somebody was, who looked at what, what was dropped, and
why.

A notice is written in the transaction of what it tells, and taken into the sealed log within moments; until
then a code from a key that is not in the database tells it from one that somebody else put there.
"""

import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from sertantai.core.clock import Clock
from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.canonical import canonical, free_text
from sertantai.core.sealing.commitments import commitment, salt_of
from sertantai.core.sealing.entries import VERSION, NoticeEntry, microseconds, notice_bytes
from sertantai.postgres import Connection
from sertantai.process.new_ids import new_id
from sertantai.sealing import sql
from sertantai.sealing.blinds import Blind, Blinds, Class
from sertantai.sealing.keys import RowMacs, macs_in

BODY_BYTES_MAX: Final = 500_000


class Kind(StrEnum):
    LIST = "list"
    PERSON = "person"
    REJECTED = "rejected"
    ACCESS = "access"
    EVENTS = "events"
    REGISTER = "register"
    POLICY = "policy"
    HOLD = "hold"
    RETENTION = "retention"
    ERASURE = "erasure"
    BALANCE = "balance"
    STATEMENT = "statement"
    REVIEWED = "reviewed"
    KEY = "key"
    RESTORE = "restore"
    CHECKED = "checked"


class NoticeTooLarge(InvalidInput):
    code = "notice_too_large"


class Committed(NamedTuple):
    """``text`` is what ``commitment`` is of; whoever is shown the salt can check it."""

    salt: str
    text: str
    commitment: str


class Notices:
    def __init__(self, macs: RowMacs, blinds: Blinds, clock: Clock) -> None:
        self._macs = macs
        self._blinds = blinds
        self._clock = clock

    async def tell(
        self,
        connection: Connection,
        kind: Kind,
        *,
        subject: UUID | None = None,
        by: UUID | None = None,
        body: dict[str, Any],
    ) -> UUID:
        """Write it with what the transaction does; returns its id. ``body``: strings, whole numbers, lists
        and objects with ASCII keys; what is personal or free text stands in it as `committed` only. Raises
        `NoticeTooLarge`, and `ValueError` for what has no canonical form."""
        if len(said := canonical(body)) > BODY_BYTES_MAX:
            raise NoticeTooLarge(
                f"A notice of {len(said):,} bytes is too large; {BODY_BYTES_MAX:,} are allowed."
            )
        id, at = new_id(), self._clock.now()
        mac = notice_mac(self._macs, id, at, kind, subject, by, said)
        await connection.execute(sql.TELL, id, at, str(kind), subject, by, body, mac)
        return id

    async def keys(self, connection: Connection, wanted: Collection[Blind]) -> Mapping[Blind, bytes]:
        """The keys for commitments that are made by whoever tells of many at once."""
        return await self._blinds.keys(connection, wanted) if wanted else {}

    async def committed(
        self, connection: Connection, kind: Class, subject: UUID, field: str, value: Any
    ) -> str:
        """The commitment to ``value`` (any JSON), with the key of ``subject`` for this month."""
        return (await self.committing(connection, kind, subject, field, value)).commitment

    async def committing(
        self, connection: Connection, kind: Class, subject: UUID, field: str, value: Any
    ) -> Committed:
        """The same, with what opens it."""
        now = self._clock.now()
        blind = Blind(subject, now.year * 100 + now.month, kind)
        keys = await self._blinds.keys(connection, [blind])
        salt, text = salt_of(keys[blind], field, str(subject)), free_text(value)
        return Committed(salt, text, commitment(salt, field, text))


def notices_in(data_path: Path, folder: Path, clock: Clock) -> Notices:
    """With the keys of this data directory. ``folder``: of the log."""
    return Notices(macs_in(data_path), Blinds(folder), clock)


def notice_mac(
    macs: RowMacs, id: UUID, at: datetime, kind: str, subject: UUID | None, by: UUID | None, body: bytes
) -> bytes:
    return macs.of(
        "notice",
        str(id),
        microseconds(at),
        str(kind),
        None if subject is None else str(subject),
        None if by is None else str(by),
        body,
    )


def is_told_with(macs: RowMacs, row: Any) -> bool:
    """Whether a notice that the database has was written with these keys."""
    try:
        said = canonical(row["body"])
    except (TypeError, ValueError):
        return False
    mac = notice_mac(macs, row["id"], row["at"], row["kind"], row["subject"], row["actor"], said)
    return hmac.compare_digest(mac, bytes(row["mac"]))


def notice_line(row: Any, number: int, previous: str) -> bytes:
    """The entry of a notice as the database has it."""
    return notice_bytes(
        NoticeEntry(
            at=microseconds(row["at"]),
            body=row["body"],
            by=row["actor"],
            id=row["id"],
            kind=row["kind"],
            number=number,
            previous=previous,
            subject=row["subject"],
            v=VERSION,
        )
    )
