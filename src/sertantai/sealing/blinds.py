"""The keys by which personal fields and free text are hidden in the log: one for each person, month and
class.

They stand in the database and, until a person is erased, in a file below the data directory: so a database
that was restored from before seals what the journal does again as it did at first.
"""

import asyncio
import os
import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from sertantai.core.sealing.commitments import BLIND_KEY_BYTES
from sertantai.postgres import Connection
from sertantai.process.private_files import make_private_folder
from sertantai.sealing import sql

KEPT_MAX: Final = 20_000
"""Keys in memory; those met longest ago are read again."""
FILE: Final = "blinds"


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
        left = {blind: key for blind, key in self._read().items() if blind not in gone}
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        _append(draft, left)
        draft.replace(self._path)
        self._in_file = left

    def _read(self) -> dict[Blind, bytes]:
        if self._in_file is None:
            self._in_file = {}
            if self._path.exists():
                for line in self._path.read_text().splitlines():
                    parts = line.split(" ")
                    if len(parts) == 4 and len(parts[3]) == 2 * BLIND_KEY_BYTES:
                        blind = Blind(UUID(parts[0]), int(parts[1]), Class(parts[2]))
                        self._in_file[blind] = bytes.fromhex(parts[3])
        return self._in_file

    def _write(self, fresh: Mapping[Blind, bytes]) -> None:
        if fresh:
            self._read().update(fresh)
            _append(self._path, fresh)


def columns_of(blinds: Collection[Blind]) -> tuple[list[UUID], list[int], list[str]]:
    """As statements take them: subjects, months and classes."""
    return (
        [blind.subject for blind in blinds],
        [blind.month for blind in blinds],
        [str(blind.kind) for blind in blinds],
    )


def _append(path: Path, keys: Mapping[Blind, bytes]) -> None:
    make_private_folder(path.parent)
    text = "".join(f"{b.subject} {b.month} {b.kind} {key.hex()}\n" for b, key in keys.items())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
