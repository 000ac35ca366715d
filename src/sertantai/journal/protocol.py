"""What a journal promises: to the one who writes it, and to those who look at it from outside.

`tests/conformance` holds one suite that every implementation must pass.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec

from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.damage import Damage, Range


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One operation as bytes, with its place in the order."""

    position: Position
    body: bytes


class Checkpoint(msgspec.Struct, frozen=True, array_like=True):
    """An owner's encoded state after every operation up to and including ``position``.

    A large state stands in ``parts``, which were kept before (`Journal.keep_parts`); these are their names.
    """

    position: Position
    state: bytes
    parts: tuple[bytes, ...] = ()


class Journal(Protocol):
    """Entries have consecutive positions, in the order in which they were appended, for ever.

    What was changed on the disk is never read as if it were true, even where its checksums were made right:
    it is damage, told in `damages`, as long as whoever changed it has not the journal's key.

    One process writes at a time. Methods raise `JournalUnavailable` when the storage fails; nothing of a
    failed append is acknowledged, and its positions are given out anew.
    """

    @property
    def id(self) -> JournalId:
        """Made with the journal and never changed; a watermark belongs to one journal."""

    @property
    def epoch(self) -> str:
        """Which run of positions this is: another one once a position may stand for something else than it
        did, as in a copy that was put back. Versions compare only within one."""

    @property
    def first(self) -> Position:
        """Every entry from this position on is still held; 1 until something was trimmed.

        Positions that `advance` skipped never had an entry, so they do not count as forgotten.
        """

    @property
    def last(self) -> Position:
        """The newest durable position; 0 in a new journal."""

    @property
    def size_bytes(self) -> int:
        """How much the held entries take, without checkpoints."""

    @property
    def damages(self) -> Sequence[Damage]:
        """What is wrong with it and was not accepted by an operator; read often, so without waiting."""

    async def open(self) -> None:
        """Open it for writing. Damage does not stop this: what can be read serves; see `damages`."""

    async def close(self) -> None: ...

    async def append(self, bodies: Sequence[bytes]) -> Position:
        """Make ``bodies`` durable, all or none, and return the position of the first.

        Each is a write to the disk of its own, and they are done in the order in which they were asked for:
        whoever has many changes gathers them first (`GroupCommit`). When this returns, the entries survive
        the death of the process and of the machine.
        """

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        """The oldest entries beyond ``after``: one or more if there are any, about ``entries_max``, and fewer
        where they are large."""

    async def trim(self, upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]) -> None:
        """Forget entries up to ``upto`` and keep ``checkpoints``, in one durable step.

        Of an owner with a checkpoint, parts that it does not name are forgotten.
        """

    async def keep_parts(self, parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> None:
        """Keep parts of checkpoints that come next: a large state is written in many small steps."""

    async def checkpoint_parts(self, owner: OwnerId) -> dict[bytes, bytes]:
        """The parts that are kept of an owner, by name."""

    async def advance(self, past: Position) -> None:
        """Give no position up to ``past`` out, ever: a database that is ahead keeps its order."""

    async def compare(self, watermark: Position, highest: Position) -> None:
        """Hold it against what the database has: ``watermark`` of this journal, ``highest`` of any.

        To be called before anything is advanced past or written to the database; `damages` then says what is
        lost, and what the database has all the same.
        """

    def overtaken(self, after: Position, last: Position) -> None:
        """Note that another server, on a copy of this journal, writes to the database now: what stands here
        behind ``after``, up to ``last``, is not there. `damages` says so, until an operator accepts it."""

    async def checkpoint(self, owner: OwnerId) -> Checkpoint | None: ...

    async def checkpoint_positions(self, owners: Sequence[OwnerId]) -> dict[OwnerId, Position]:
        """The positions of the checkpoints of those owners that have one."""

    async def forget(self, owner: OwnerId) -> None:
        """Drop an owner's checkpoint with its parts."""

    async def wipe(self) -> None:
        """What was trimmed and forgotten stands in none of its files any more, in no free place either: it
        was of somebody who is erased."""


class JournalReport(msgspec.Struct, frozen=True):
    """``first`` is one more than ``last`` when nothing is held. ``file_bytes``: what it takes on the disk.
    ``proved_from``: later operations were written with the key that is here; None: there is none."""

    id: JournalId
    first: Position
    last: Position
    size_bytes: int
    file_bytes: int
    checkpoints: int
    proved_from: Position | None = None


class Salvage(Protocol):
    """What can still be read of a journal, also behind a bad place."""

    @property
    def id(self) -> JournalId | None:
        """Which journal it was; None where nothing says so."""

    @property
    def ranges(self) -> list[Range]:
        """The positions that can be read."""

    @property
    def changed(self) -> list[Range]:
        """The positions of which somebody else wrote what stands there: it is left out."""

    @property
    def strange(self) -> list[Entry]:
        """What somebody else wrote, to be told and never performed."""

    def entries(self, wanted: Iterable[Range]) -> list[Entry]:
        """Those in ``wanted``, in order."""


class JournalFiles(Protocol):
    """A journal in the folder where it is kept, seen from outside: beside the process that writes it too.

    Its files are called alike (`process.data_directory.JOURNAL_STEM`). What cannot be read raises
    `JournalUnavailable`.
    """

    @property
    def path(self) -> Path:
        """Where it is, for people to read."""

    @property
    def exists(self) -> bool: ...

    def all(self) -> list[Path]:
        """Every file of it, what is left where the journal itself is gone included: a restore moves them."""

    def journal(self, *, durable: bool = True, expected: bool = False) -> Journal:
        """To be opened by its writer. ``expected``: it ought to be there, so a new one is told as a loss.

        ``durable=False`` gives up the sync of each write and is for tests of other things only.
        """

    def inspect(self) -> JournalReport | None:
        """What it holds; None when there is none yet."""

    def vouch(self) -> None:
        """Whoever put it here, as a restore does, says that it is what was written: a new key proves what
        comes."""

    def first_after(self, position: Position) -> Entry | None:
        """The oldest entry beyond ``position``."""

    def check(self) -> JournalReport:
        """Read all of it: each checksum, and that no position is missing. Raises `JournalCorrupt` saying
        where."""

    def copy(self, folder: Path) -> JournalReport | None:
        """A copy of one moment in another folder, in place of one that is there; what the copy holds. None
        when there is nothing to copy."""

    def damages(self) -> Sequence[Damage]:
        """What was found wrong with it and no operator has accepted."""

    def accept(self, reason: str, damages: Iterable[UUID]) -> None:
        """An operator accepts these damages, by their ids, in words."""

    def lost(self) -> list[Range]:
        """What was ever found to be lost, accepted or not."""

    def known(self) -> Sequence[JournalId]:
        """Journals that were kept in this folder, the one of now included."""

    def salvage(self, file: Path | None = None) -> Salvage:
        """What can be read, of another journal of this kind too, by the name of its ``file``. Raises
        `JournalCorrupt` where there is none."""
