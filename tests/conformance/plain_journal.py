"""A second journal, as plain as can be: one file, written whole at each change.

It is there to be chosen in place of the real one: whatever works with both asks no more than every journal
promises.
"""

import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.damage import Damage, Range
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.protocol import Checkpoint, Entry, Journal, JournalReport, Salvage
from sertantai.process.data_directory import JOURNAL_STEM
from sertantai.process.new_ids import new_id
from tests.simulation.disk import (
    READ_BYTES_MAX,
    Change,
    Contents,
    appending,
    forgetting,
    keeping,
    skipping,
    trimming,
)

FILE: Final = f"{JOURNAL_STEM}plain"
_CRC_BYTES: Final = 4


class Written(msgspec.Struct):
    id: JournalId
    contents: Contents
    opened: str = ""

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.contents.entries.values()))

    def after(self, position: Position) -> list[Entry]:
        return [Entry(p, body) for p, body in sorted(self.contents.entries.items()) if p > position]


def read(path: Path) -> Written:
    content = path.read_bytes()
    if zlib.crc32(content[_CRC_BYTES:]) != int.from_bytes(content[:_CRC_BYTES]):
        raise JournalCorrupt(f"The journal {path} does not match its checksum.")
    return msgspec.msgpack.decode(content[_CRC_BYTES:], type=Written)


def write(path: Path, written: Written) -> None:
    content = msgspec.msgpack.encode(written)
    new = path.with_name(f".{path.name}-new")
    with new.open("wb") as file:
        file.write(zlib.crc32(content).to_bytes(_CRC_BYTES) + content)
        file.flush()
        os.fsync(file.fileno())
    new.chmod(0o600)
    new.replace(path)


class PlainJournal:
    """`Journal`; what is in memory is what was written last."""

    damages: Sequence[Damage] = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = Written(JournalId(new_id()), Contents())
        self._is_open = False

    @property
    def id(self) -> JournalId:
        return self._written.id

    @property
    def epoch(self) -> str:
        return f"{self._written.opened}-{self._written.contents.skips}"

    @property
    def first(self) -> Position:
        return Position(self._written.contents.trimmed + 1)

    @property
    def last(self) -> Position:
        return self._written.contents.last

    @property
    def size_bytes(self) -> int:
        return self._written.size_bytes

    async def open(self) -> None:
        if self._path.exists():
            self._written = read(self._path)
        self._written.opened = self._written.opened or str(new_id())
        self._is_open = True
        self._change(skipping(Position(0)))

    async def close(self) -> None:
        self._is_open = False

    async def append(self, bodies: Sequence[bytes]) -> Position:
        first = Position(self.last + 1)
        self._change(appending(first, bodies))
        return first

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        found: list[Entry] = []
        size = 0
        for entry in self._written.after(after)[:entries_max]:
            found.append(entry)
            size += len(entry.body)
            if size >= READ_BYTES_MAX:
                break
        return found

    async def trim(self, upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]) -> None:
        self._change(trimming(upto, checkpoints))

    async def keep_parts(self, parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> None:
        self._change(keeping(parts))

    async def checkpoint_parts(self, owner: OwnerId) -> dict[bytes, bytes]:
        return self._written.contents.parts.get(owner, {})

    async def advance(self, past: Position) -> None:
        self._change(skipping(past))

    async def compare(self, watermark: Position, highest: Position) -> None:
        """It has nothing to hold against them."""

    def overtaken(self, after: Position, last: Position) -> None:
        """It keeps no notes."""

    async def checkpoint(self, owner: OwnerId) -> Checkpoint | None:
        held = self._written.contents.checkpoints.get(owner)
        if held is None:
            return None
        return msgspec.structs.replace(held, parts=tuple(await self.checkpoint_parts(owner)))

    async def checkpoint_positions(self, owners: Sequence[OwnerId]) -> dict[OwnerId, Position]:
        held = self._written.contents.checkpoints
        return {owner: held[owner].position for owner in owners if owner in held}

    async def wipe(self) -> None:
        """Each change writes the file anew."""

    async def forget(self, owner: OwnerId) -> None:
        self._change(forgetting(owner))

    def _change(self, change: Change) -> None:
        if not self._is_open:
            raise JournalUnavailable("The journal is closed.")
        change(self._written.contents)
        write(self._path, self._written)


class PlainSalvage:
    def __init__(self, written: Written) -> None:
        self.id = written.id
        self._entries = written.after(Position(0))

    @property
    def changed(self) -> list[Range]:
        return []

    @property
    def strange(self) -> list[Entry]:
        return []

    @property
    def ranges(self) -> list[Range]:
        return [(entry.position, entry.position) for entry in self._entries]

    def entries(self, wanted: Iterable[Range]) -> list[Entry]:
        ranges = list(wanted)
        return [
            entry for entry in self._entries if any(first <= entry.position <= last for first, last in ranges)
        ]


class PlainFiles:
    """`JournalFiles` of a `PlainJournal`. It keeps no notes of damage: a changed file does not open."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def all(self) -> list[Path]:
        return [self.path] if self.exists else []

    def journal(self, *, durable: bool = True, expected: bool = False) -> Journal:
        return PlainJournal(self.path)

    def inspect(self) -> JournalReport | None:
        return self.check() if self.exists else None

    def vouch(self) -> None:
        """It has no key: a file that was changed does not open."""

    def first_after(self, position: Position) -> Entry | None:
        return next(iter(read(self.path).after(position)), None)

    def check(self) -> JournalReport:
        if not self.exists:
            raise JournalUnavailable(f"There is no journal {self.path}.")
        written = read(self.path)
        held, last = written.contents.entries, written.contents.last
        first = min(held, default=Position(last + 1))
        size, checkpoints = self.path.stat().st_size, len(written.contents.checkpoints)
        return JournalReport(written.id, first, last, written.size_bytes, size, checkpoints)

    def copy(self, folder: Path) -> JournalReport | None:
        if not self.exists:
            return None
        target = PlainFiles(folder)
        write(target.path, msgspec.structs.replace(read(self.path), opened=""))
        return target.check()

    def damages(self) -> Sequence[Damage]:
        return ()

    def accept(self, reason: str, damages: Iterable[UUID]) -> None:
        """There is nothing to accept."""

    def lost(self) -> list[Range]:
        return []

    def known(self) -> Sequence[JournalId]:
        return [read(self.path).id] if self.exists else []

    def salvage(self, file: Path | None = None) -> Salvage:
        if not (file or self.path).exists():
            raise JournalCorrupt(f"There is no journal {file or self.path}.")
        return PlainSalvage(read(file or self.path))
