"""The keys by which personal fields and free text are hidden in the log: one for each person, month and
class.

They stand in the database and, until a person is erased, in a file below the data directory: so a database
that was restored from before seals what the journal does again as it did at first.
"""

import asyncio
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from sertantai.core.sealing.commitments import BLIND_KEY_BYTES
from sertantai.postgres import Connection
from sertantai.process.private_files import append_bytes, make_private_folder
from sertantai.sealing import sql
from sertantai.sealing.files import TrailFiles

KEPT_MAX: Final = 20_000
"""Keys in memory; those met longest ago are read again."""
READ_AT_ONCE: Final = 5_000
WRITTEN_WITHIN_S: Final = 0.05
FILE: Final = "blinds"
KEPT_AGAIN: Final = "The next start writes it again with the keys that the database has."
NONE_LEFT: Final = "none"
"""A line of a file of which all keys had to go: it is not one that was lost."""
_SUM_LETTERS: Final = 8
"""Of the hash at the end of a line."""


class Class(StrEnum):
    ORIGIN = "origin"
    """From where: IP address, browser, session. The key is the actor's."""
    CONTENT = "content"
    """What people wrote: notes, reasons, names, filters. The key is the owner's."""
    IDENTITY = "identity"
    """Who somebody is: name and address."""


class Blind(NamedTuple):
    subject: UUID
    month: int
    kind: Class


class Blinds:
    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._kept: OrderedDict[Blind, bytes] = OrderedDict()
        self._in_file: dict[Blind, bytes] | None = None
        self._changing = threading.Lock()
        """Of the file, which several threads may change."""
        self.on_forgotten: Callable[[Collection[Blind]], None] | None = None
        """Told, in the thread that forgets, of keys that go: another process may have them, too."""

    async def keys(self, connection: Connection, wanted: Collection[Blind]) -> Mapping[Blind, bytes]:
        """The keys, made where there are none. Those that are read here are not remembered: the transaction
        may yet be undone, and what is sealed with a key that nobody has cannot be checked. See `remember`."""
        missing = [blind for blind in wanted if blind not in self._kept]
        found = await self._fetch(connection, missing) if missing else {}
        return {blind: found.get(blind) or self._kept[blind] for blind in wanted}

    def remember(self, keys: Mapping[Blind, bytes]) -> None:
        """Their transaction was committed."""
        for blind, key in keys.items():
            self._kept[blind] = key
            self._kept.move_to_end(blind)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    def kept(self, wanted: Collection[Blind]) -> Mapping[Blind, bytes]:
        """Those that are in memory, see `missing`."""
        return {blind: self._kept[blind] for blind in wanted}

    def missing(self, wanted: Collection[Blind]) -> bool:
        """Whether the database has to be asked for one of them."""
        return any(blind not in self._kept for blind in wanted)

    async def _fetch(self, connection: Connection, missing: list[Blind]) -> dict[Blind, bytes]:
        known = await asyncio.to_thread(self._read)
        fresh = {blind: known.get(blind) or secrets.token_bytes(BLIND_KEY_BYTES) for blind in missing}
        columns = columns_of(missing)
        await connection.execute(sql.KEEP_BLINDS, *columns, list(fresh.values()))
        rows = await connection.fetch(sql.BLINDS, *columns)
        found = {Blind(row["subject"], row["month"], Class(row["class"])): bytes(row["key"]) for row in rows}
        await asyncio.to_thread(self._write, {b: key for b, key in found.items() if b not in known})
        return found

    async def mend(self, connection: Connection) -> int | None:
        """Where the file is damaged or lost: written again, with all keys that the database has; returns how
        many there are. None: it is whole."""
        if await asyncio.to_thread(damaged_lines, self._path.parent) is None:
            return None
        found: dict[Blind, bytes] = {}
        async for row in connection.cursor(sql.ALL_BLINDS, prefetch=READ_AT_ONCE):
            found[Blind(row["subject"], row["month"], Class(row["class"]))] = bytes(row["key"])
        return await asyncio.to_thread(self._write_again, found)

    def doubt(self, some: Collection[Blind]) -> None:
        """Not all of them are in the database: it is asked again, and has those of the file put back."""
        for blind in some:
            self._kept.pop(blind, None)

    def in_file(self) -> Mapping[Blind, bytes]:
        """Those beside the database: nobody takes one from there by deleting it here."""
        return self._read()

    def forget(self, subject: UUID, kinds: Collection[Class]) -> None:
        """Somebody is erased: their keys go from memory and file; the database's are deleted by who calls."""
        self.forget_each(
            {b for b in [*self._kept, *self._read()] if b.subject == subject and b.kind in kinds}
        )

    def forget_each(self, gone: Collection[Blind]) -> None:
        """Those keys, of which the database has none any more."""
        for blind in gone:
            self._kept.pop(blind, None)
        if self.on_forgotten is not None and gone:
            self.on_forgotten(gone)
        with self._changing:
            self._replace({blind: key for blind, key in self._read_anew().items() if blind not in gone})

    def _write_again(self, found: Mapping[Blind, bytes]) -> int:
        """What the file has still, and what was ``found``."""
        with self._changing:
            self._replace({**self._read_anew(), **found})
            return len(self._read())

    def _replace(self, left: dict[Blind, bytes]) -> None:
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        _append(draft, left)
        draft.replace(self._path)
        self._in_file = left

    def _read(self) -> dict[Blind, bytes]:
        return self._read_anew() if self._in_file is None else self._in_file

    def _read_anew(self) -> dict[Blind, bytes]:
        self._in_file = dict(filter(None, map(_key_in, _lines(self._path))))
        return self._in_file

    def _write(self, fresh: Mapping[Blind, bytes]) -> None:
        if fresh:
            with self._changing:
                known = self._read()
                _append(self._path, fresh)
                known.update(fresh)  # else it is written with the next ones


def damaged_lines(folder: Path) -> int | None:
    """How many lines of the file in ``folder`` are none; 0: it is empty or missing, though something was
    hidden. None: it is whole."""
    path = folder / FILE
    count = sum(_key_in(line) is None for line in _lines(path))
    if count == 1:  # it may just be written
        time.sleep(WRITTEN_WITHIN_S)
        count = sum(_key_in(line) is None for line in _lines(path))
    if count:
        return count
    hidden = TrailFiles(folder).last_place() != (0, 0)
    return 0 if hidden and not (path.exists() and path.stat().st_size) else None


def _lines(path: Path) -> list[str]:
    """Of its keys, with what was cut off at the end as a line, too."""
    text = path.read_text(errors="replace") if path.exists() else ""
    lines = text.removesuffix("\n").split("\n") if text else []
    return [line for line in lines if line != NONE_LEFT]


def _key_in(line: str) -> tuple[Blind, bytes] | None:
    """None: it is damaged. Lines of before there were hashes at their ends have four parts."""
    said, _, end = line.rpartition(" ")
    if len(end) == _SUM_LETTERS:
        if end != _sum(said):
            return None
    else:
        said = line
    try:
        subject, month, kind, key = said.split(" ")
        found = Blind(UUID(subject), int(month), Class(kind)), bytes.fromhex(key)
    except ValueError:
        return None
    return found if len(found[1]) == BLIND_KEY_BYTES else None


def _sum(said: str) -> str:
    return sha256(said.encode()).hexdigest()[:_SUM_LETTERS]


def columns_of(blinds: Collection[Blind]) -> tuple[list[UUID], list[int], list[str]]:
    """As statements take them: subjects, months and classes."""
    return (
        [blind.subject for blind in blinds],
        [blind.month for blind in blinds],
        [str(blind.kind) for blind in blinds],
    )


def _append(path: Path, keys: Mapping[Blind, bytes]) -> None:
    make_private_folder(path.parent)
    lines = (f"{b.subject} {b.month} {b.kind} {key.hex()}" for b, key in keys.items())
    text = "".join(f"{line} {_sum(line)}\n" for line in lines) or f"{NONE_LEFT}\n"
    append_bytes(path, text.encode())
