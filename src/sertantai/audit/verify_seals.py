"""Holds the trail and the notices against the sealed log: each entry worked out anew from the rows, and its
hash compared with the leaf that was sealed.

Rows are read in one snapshot; the files are read after it, so they reach at least as far. What is committed
and not sealed yet has its leaf in the database still. Order and partitions of rows do not matter: a leaf is
found by position, and what was found is ticked off; what is left is what somebody deleted.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.as_found import rows_as_found
from sertantai.audit.sealed_rows import Keys, deeds_from, opaque_of, unlike
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import Link, change_bytes, microseconds, time_of
from sertantai.core.sealing.notes import Head, Key, NotANote, is_signed, parse_head, parse_note
from sertantai.core.sealing.tree import HASH_BYTES, leaf_hash
from sertantai.postgres import Connection, Database
from sertantai.sealing.deeds import ChainKey, Deed, advance, entry_of
from sertantai.sealing.files import NOTICE, PLACE, TrailFiles
from sertantai.sealing.keys import verifies
from sertantai.sealing.log import keys_of, newest_log

FAULTS_MAX: Final = 1_000
FILES_READ_AGAIN_S: Final = 3.0
PROGRESS_ROWS: Final = 50_000


class SealFault(StrEnum):
    LEAF_DIFFERS = "leaf_differs"
    """What the rows say is not what was sealed."""
    ROW_WITHOUT_LEAF = "row_without_leaf"
    """Nothing was sealed there: somebody else wrote it."""
    ROWS_GONE = "rows_gone"
    """It was sealed, and no row says it any more."""
    ROWS_DIFFER = "rows_differ"
    """Rows of one operation do not agree."""
    NOT_SEALED = "not_sealed"
    """It claims to be from before the log was sealed, and was not found then."""
    NOTICE_DIFFERS = "notice_differs"
    NOTICE_GONE = "notice_gone"
    HEAD_DIFFERS = "head_differs"
    """The log is not the one that a head was signed for."""


class SealDifference(msgspec.Struct, frozen=True):
    """``said``: a sentence. What is not known is None."""

    fault: SealFault
    said: str
    owner: UUID | None = None
    group: UUID | None = None
    position: int | None = None
    operation: UUID | None = None
    at: datetime | None = None


class SealVerification(msgspec.Struct, frozen=True):
    """``log`` is None where there is none in this data directory; then nothing was compared. ``elsewhere``:
    rows of journals whose log is another server's. ``waiting``: operations that are not sealed yet."""

    log: str | None
    size: int
    rows: int
    entries: int
    notices: int
    heads: int
    waiting: int
    elsewhere: int
    before: int
    differences: list[SealDifference]

    @property
    def clean(self) -> bool:
        return not self.differences


Progress = Callable[[int], None]


async def verify_seals(
    database: Database,
    data_path: Path,
    journal: UUID | None,
    heads: Sequence[str] = (),
    progress: Progress | None = None,
) -> SealVerification:
    """``journal``: this directory's. ``heads``: signed notes from elsewhere, which the log must be a later
    state of. Raises `DatabaseUnavailable`."""
    folder = newest_log(data_path)
    files = TrailFiles(folder)
    check = _Check(files, journal, progress)
    if journal is None or not (folder / "checkpoint").exists():
        return check.result(None)
    async with whole_trail_now(database) as connection:
        await check.begin(connection)
        await _check_rows(connection, check)
        await _check_notices(connection, check)
        await _check_found(connection, check)
    check.holes()
    check.heads(keys_of(folder), heads)
    return check.result(str(folder))


async def _check_rows(connection: Connection, check: "_Check") -> None:
    keys = Keys(connection)
    has_opaque = await connection.fetchval(sql.HAS_OPAQUE)
    floors = {
        (row["user_id"], row["group_id"]): Link(row["number"], bytes(row["head"]).hex())
        for row in await connection.fetch(sql.FLOORS)
    }
    newest: dict[ChainKey, Link] = {}
    owner: UUID | None = None
    async for deed, rows in deeds_from(connection):
        check.read(len(rows))
        if rows[0]["user_id"] != owner:
            owner = rows[0]["user_id"]
            newest = {key: link for key, link in floors.items() if key[0] == owner}
        if deed is None:
            check.before += len(rows)
        elif deed.journal != check.journal:
            check.elsewhere += len(rows)
        else:
            opaque = await opaque_of(connection, deed) if has_opaque else {}
            check.deed(deed, rows, await keys.of(deed), newest, opaque)


async def _check_notices(connection: Connection, check: "_Check") -> None:
    sealed = {
        entry["id"]: entry for line in check.files.notice_lines() for entry in [msgspec.json.decode(line)]
    }
    async for row in connection.cursor(sql.NOTICES, prefetch=1_000):
        check.notice(row, sealed.pop(str(row["id"]), None))
    for entry in sealed.values():
        check.notice_gone(entry)


async def _check_found(connection: Connection, check: "_Check") -> None:
    """Rows of before the log: as they were found when it began."""
    found = await connection.fetchval(sql.FOUND)
    if found is None:  # the server that will say so has not been there yet
        return
    now = await rows_as_found(connection)
    gone = {row["month"] for row in await connection.fetch(sql.MONTHS_TOLD_GONE)}
    for month in sorted({*found, *now} - gone):
        check.month_found(month, found.get(month), now.get(month))


class _Check:
    def __init__(self, files: TrailFiles, journal: UUID | None, progress: Progress | None) -> None:
        self.files = files
        self.journal = journal
        self.before = self.elsewhere = 0
        self._progress = progress
        self._rows = self._entries = self._notices = self._heads = 0
        self._size = 0
        self._leaves = b""
        self._index: dict[tuple[int, int], int] = {}
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._found = bytearray()
        self._gone: list[tuple[int, int]] = []
        self._differences: list[SealDifference] = []

    async def begin(self, connection: Connection) -> None:
        """What was committed and may not be sealed yet, and then the files."""
        for row in await connection.fetch(sql.LEAVES_WAITING, self.journal):
            for number, place in enumerate(PLACE.iter_unpack(row["places"])):
                self._waiting[place] = bytes(row["leaves"][number * HASH_BYTES : (number + 1) * HASH_BYTES])
        self._size = self.files.size
        self._leaves = self.files.leaves(0, self._size)
        self._found = bytearray(self._size)
        self._index = {
            place: at for at, place in enumerate(self.files.places(0, self._size)) if place[1] != NOTICE
        }

    def read(self, rows: int) -> None:
        before, self._rows = self._rows, self._rows + rows
        if self._progress is not None and before // PROGRESS_ROWS != self._rows // PROGRESS_ROWS:
            self._progress(self._rows)

    def deed(
        self,
        deed: Deed,
        rows: Sequence[Any],
        keys: Mapping[Any, bytes],
        newest: dict[ChainKey, Link],
        opaque: Mapping[str, str],
    ) -> None:
        self._entries += 1
        leaf = leaf_hash(change_bytes(entry_of(deed, keys, newest, opaque)))
        at = self._index.get((deed.position, deed.part))
        sealed = self._waiting.get((deed.position, deed.part))
        if at is not None:
            self._found[at] = 1
            sealed = self._leaves[at * HASH_BYTES : (at + 1) * HASH_BYTES]
        advance(newest, deed, leaf if sealed is None else sealed)  # so one fault is one, not all that follow
        if sealed is None:
            self._add(SealFault.ROW_WITHOUT_LEAF, deed, "was never sealed: it was not written by the product")
        elif leaf != sealed:
            self._add(
                SealFault.LEAF_DIFFERS, deed, "is not what was sealed: rows were changed, added or taken away"
            )
        elif (field := unlike(rows)) is not None:
            self._add(SealFault.ROWS_DIFFER, deed, f"has rows that do not agree in {field}")

    def notice(self, row: Any, entry: dict[str, Any] | None) -> None:
        self._notices += 1
        said = f"the notice of {row['kind']} of {row['at']:%Y-%m-%d %H:%M} ({row['id']})"
        if entry is None:
            return  # not sealed yet, or never: the sealer tells one from the other by its code
        if row["kind"] == "retention":
            self._gone += [(first, last) for first, last in row["body"].get("gone", ())]
        same = (
            entry["at"] == microseconds(row["at"])
            and entry["kind"] == row["kind"]
            and entry["subject"] == (None if row["subject"] is None else str(row["subject"]))
            and entry["by"] == (None if row["actor"] is None else str(row["actor"]))
            and canonical(entry["body"]) == canonical(row["body"])
        )
        if not same:
            self._difference(SealFault.NOTICE_DIFFERS, f"{said} is not what was sealed.", at=row["at"])

    def notice_gone(self, entry: Mapping[str, Any]) -> None:
        at = time_of(entry["at"])
        said = f"The notice of {entry['kind']} of {at:%Y-%m-%d %H:%M} ({entry['id']}) was sealed and is gone."
        self._difference(SealFault.NOTICE_GONE, said, at=at)

    def month_found(self, month: str, then: Sequence[Any] | None, now: tuple[int, str] | None) -> None:
        """``then``, ``now``: how many rows of before the log, and their hash."""
        of = "rows from before the log was sealed"
        if now is not None and then is None:
            said = f"{month}: {now[0]:,} rows claim to be {of[5:]}, and were not there then."
        elif now is None or then is None:
            said = f"{month}: all {of} are gone."
        elif now[0] != then[0]:
            said = f"{month}: of {of} there were {then[0]:,}, and are {now[0]:,}."
        elif now[1] != then[1]:
            said = f"{month}: {of} were changed since."
        else:
            return
        self._difference(SealFault.NOT_SEALED, said)

    def holes(self) -> None:
        """What was sealed and has no rows."""
        allowed = bytearray(self._size)
        for first, last in self._gone:
            allowed[first : last + 1] = b"\x01" * (min(last + 1, self._size) - first)
        for place, at in self._index.items():
            if not self._found[at] and not allowed[at]:
                said = f"Operation {place[0]} (entry {at:,} of the log) was sealed, and its rows are gone."
                self._difference(SealFault.ROWS_GONE, said, position=place[0])

    def heads(self, keys: Sequence[Key], others: Sequence[str]) -> None:
        for note in self.files.notes():
            self._heads += 1
            self._head(note, keys, "A head in the data directory")
        for note in others:
            self._heads += 1
            self._head(note, keys, "A head that was kept elsewhere")

    def _head(self, text: str, keys: Sequence[Key], what: str) -> None:
        try:
            note = parse_note(text)
            head = parse_head(note.text)
        except NotANote as error:
            self._difference(SealFault.HEAD_DIFFERS, f"{what} cannot be read: {error}.")
            return
        if not any(is_signed(note, key, verifies) for key in keys):
            self._difference(
                SealFault.HEAD_DIFFERS, f"{what}, of {head.size:,} entries, is not signed with our key."
            )
        elif head.size > self._size:
            here = f"the log has {self._size:,}: it is older"
            self._difference(SealFault.HEAD_DIFFERS, f"{what} is of {head.size:,} entries, but {here}.")
        elif not self._has(head):
            said = f"{what}, of {head.size:,} entries, is of another history than the log that is here."
            self._difference(SealFault.HEAD_DIFFERS, said)

    def _has(self, head: Head) -> bool:
        return self.files.root(head.size) == head.root

    def _add(self, fault: SealFault, deed: Deed, what: str) -> None:
        in_list = "" if deed.list is None else f" in the list {deed.list_name!r} ({deed.list})"
        laws = [name for _, _, name, _ in deed.rows if name]
        of = f" of {laws[0]}" if len(laws) == 1 else f" of {len(laws)} laws" if laws else ""
        actions = ", ".join(sorted({row[0] for row in deed.rows}))
        said = (
            f"{deed.at:%Y-%m-%d %H:%M}: {actions}{of}{in_list} of user {deed.owner}, by {deed.actor} "
            f"(operation {deed.position}), {what}."
        )
        self._difference(
            fault,
            said,
            owner=deed.owner,
            group=deed.list,
            position=deed.position,
            operation=deed.id,
            at=deed.at,
        )

    def _difference(self, fault: SealFault, said: str, **where: Any) -> None:
        if len(self._differences) < FAULTS_MAX:
            self._differences.append(SealDifference(fault, said, **where))

    def result(self, log: str | None) -> SealVerification:
        waiting = sum(1 for place in self._waiting if place not in self._index)
        return SealVerification(
            log,
            self._size,
            self._rows,
            self._entries,
            self._notices,
            self._heads,
            waiting,
            self.elsewhere,
            self.before,
            self._differences,
        )
