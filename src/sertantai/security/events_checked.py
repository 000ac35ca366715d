"""Holds the security events in the database against what the sealed log was told of them."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import microseconds, time_of
from sertantai.postgres import Connection, Database, Record
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.dropped import stub_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import KEYS_FOLDER, MAC_FILE, RowMacs, macs_in
from sertantai.sealing.log import journals_of, newest_log
from sertantai.sealing.notices import Kind, notice_mac
from sertantai.sealing.servers import servers_in
from sertantai.security import sql
from sertantai.security.events_told import OF_A_CLASS, FoundDays, Row, blind_of, event_of, row_of
from sertantai.security.model import SecurityEvent

FOUND_MAX: Final = 1_000
PREFETCH_ROWS: Final = 1_000
TOLD_WITHIN: Final = timedelta(minutes=5)
"""Younger ones may not have been told of yet."""


class EventDiffers(msgspec.Struct, frozen=True):
    """``said``: a sentence. ``id`` is None where it is about a day."""

    id: UUID | None
    said: str


async def differing_events(database: Database, data_path: Path) -> Sequence[EventDiffers]:
    """What was invented, changed or taken away, `FOUND_MAX` at most; nothing where this data directory has no
    sealed log, or it was not told yet what there was before. Raises `DatabaseUnavailable`."""
    folder = newest_log(data_path)
    if not (folder / "checkpoint").exists():
        return []
    check, keys = _Check(), Blinds(folder).in_file()
    async with whole_trail_now(database) as connection:
        servers = await asyncio.to_thread(servers_in, TrailFiles(folder))
        beside = await servers.are_there(connection, journals_of(folder))
        async for kind, body, is_ours in _told(connection, folder, data_path):
            if is_ours:
                check.told(kind, body)
            elif beside and kind == Kind.EVENTS:
                check.told_elsewhere(body)
        if check.until is None:
            return []
        async for row in connection.cursor(sql.EVENTS_TO_CHECK, prefetch=PREFETCH_ROWS):
            event = event_of(row)
            check.event(event, row["key"] or keys.get(blind_of(event)))
    check.end()
    return check.found


async def _told(
    connection: Connection, folder: Path, data_path: Path
) -> AsyncIterator[tuple[str, Any, bool]]:
    """What was sealed, and what will be in a moment; last whether this server wrote it."""
    sealed = set()
    for entry in _sealed(folder):
        sealed.add(entry["id"])
        yield entry["kind"], entry["body"], True
    has_key = (data_path / KEYS_FOLDER / MAC_FILE).exists()
    macs = macs_in(data_path) if has_key else None
    async for row in connection.cursor(sql.EVENTS_TOLD, prefetch=PREFETCH_ROWS):
        if str(row["id"]) not in sealed:
            yield row["kind"], row["body"], macs is not None and _is_ours(row, macs)


def _sealed(folder: Path) -> Iterator[Mapping[str, Any]]:
    for line in TrailFiles(folder).notice_lines():
        stub = stub_in(line)
        yield msgspec.json.decode(line) if stub is None else {"id": str(stub.id), "kind": "", "body": {}}


def _is_ours(row: Record, macs: RowMacs) -> bool:
    said = (row["id"], row["at"], row["kind"], row["subject"], row["actor"], canonical(row["body"]))
    return hmac.compare_digest(notice_mac(macs, *said), bytes(row["mac"]))


class _Check:
    def __init__(self) -> None:
        self.found: list[EventDiffers] = []
        self.until: int | None = None
        """What is older and was not told of singly was found when the log began."""
        self._cutoff = 0
        self._told: dict[bytes, tuple[int, bytes, bytes]] = {}
        self._in_notices: list[Sequence[bytes]] = []
        """Events of each notice of any kind, in the order of the log."""
        self._lost: set[bytes] = set()
        self._elsewhere: set[bytes] = set()
        self._redacted = 0
        self._bare: list[SecurityEvent] = []
        self._then: dict[str, Sequence[Any]] = {}
        self._days = FoundDays()
        self._fresh = microseconds(datetime.now(UTC) - TOLD_WITHIN)

    def told(self, kind: str, body: Mapping[str, Any]) -> None:
        rows = body.get("rows", ()) if kind == Kind.EVENTS else ()
        self._in_notices.append([UUID(row[0]).bytes for row in rows])
        for id, row in zip(self._in_notices[-1], rows, strict=True):
            self._told[id] = (row[1], _clear(row), bytes.fromhex(row[-1]))
        if kind == Kind.EVENTS and "found" in body:
            self.until = max(self.until or 0, body["until"])
            self._then.update(body["found"])
        elif kind == Kind.RETENTION and body.get("class") == OF_A_CLASS:
            self._cutoff = max(self._cutoff, body["before"])
        elif kind == Kind.ERASURE:
            self._redacted += body.get("went", {}).get("security_events/redacted", 0)
        elif kind == Kind.RESTORE and (back := body.get("notices", 0)):
            # So many were put back, as the database is from before them: it never had what they tell of.
            self._lost.update(id for some in self._in_notices[-1 - back : -1] for id in some)

    def told_elsewhere(self, body: Mapping[str, Any]) -> None:
        """In the log of another server on this database, which can check it."""
        self._elsewhere.update(UUID(row[0]).bytes for row in body.get("rows", ()))

    def event(self, event: SecurityEvent, key: bytes | None) -> None:
        """``key`` is None where there is none of whom it says that it was about."""
        row, told = row_of(event, key), self._told.pop(event.id.bytes, None)
        if told is None:
            if event.id.bytes in self._elsewhere:
                return
            assert self.until is not None
            if row[1] <= self.until:
                self._days.add(event, None if self._redacted and _is_bare(event) else key)
            elif row[1] < self._fresh:
                self._add(
                    event, "was never told to the sealed log: the product did not write it, or was killed"
                )
        elif told[1] != _clear(row):
            self._add(event, "is not what the sealed log was told")
        elif key is None or told[2] != bytes.fromhex(row[-1]):
            if _is_bare(event):
                self._bare.append(event)
            else:
                self._add(event, "is not what the sealed log was told")

    def end(self) -> None:
        """What was told of and is not there; retention has told up to when it removed them."""
        if len(self._bare) > self._redacted:  # an erasure says how many it left without whom they were about
            for event in self._bare:
                self._add(event, "is not what the sealed log was told: of whom and from where is gone")
        for id, (at, _, _) in self._told.items():
            if at >= self._cutoff and id not in self._lost:
                said = f"security event of {time_of(at):%Y-%m-%d %H:%M} ({UUID(bytes=id)})"
                self._say(UUID(bytes=id), f"{said} was told to the sealed log, and is gone")
        now = self._days.result()
        for day in sorted({*self._then, *now}):
            then, there = self._then.get(day, (0, None)), now.get(day, (0, None))
            began = datetime.fromisoformat(day).replace(tzinfo=UTC)
            if microseconds(began) < self._cutoff:
                continue
            of = f"security events of {day}, from before the sealed log was told of them"
            if then[0] != there[0]:
                self._say(None, f"{of}: there were {then[0]:,}, and are {there[0]:,}")
            elif then[1] != there[1] and not (self._redacted and there[1] is None):
                self._say(None, f"{of}: they were changed since")

    def _add(self, event: SecurityEvent, what: str) -> None:
        who = "nobody's account" if event.user_id is None else f"user {event.user_id}"
        at = f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M}"
        self._say(event.id, f"security event {event.kind} of {at}, {who} ({event.id}), {what}")

    def _say(self, id: UUID | None, said: str) -> None:
        if len(self.found) < FOUND_MAX:
            self.found.append(EventDiffers(id, said))


def _is_bare(event: SecurityEvent) -> bool:
    """As an erasure leaves it: it happened, and nobody knows to whom."""
    return (event.user_id, event.ip, dict(event.details)) == (None, None, {})


def _clear(row: Row) -> bytes:
    return sha256(canonical(row[:-1])).digest()
