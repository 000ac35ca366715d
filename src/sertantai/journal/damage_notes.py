"""What was found wrong with a journal, kept in a file beside it until an operator accepts it in words."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from sertantai.core.ids import Position
from sertantai.journal.damage import Damage, Range, found
from sertantai.process.logs import logger
from sertantai.process.private_files import write_whole

log = logger(__name__)


class Accepted(msgspec.Struct, frozen=True):
    damage: Damage
    at: datetime
    reason: str


class _Notes(msgspec.Struct):
    open: list[Damage] = []
    accepted: list[Accepted] = []


class DamageNotes:
    """The file. A server reads it again when a command has changed it."""

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(f"{journal.name}-damage.json")
        self._seen: tuple[int, int, int] | None = None
        self._open: tuple[Damage, ...] = ()

    def open(self) -> tuple[Damage, ...]:
        """What nobody has accepted yet."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._seen, self._open = None, ()
            return ()
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._open = tuple(self._read().open)
            self._seen = seen
        return self._open

    def add(self, damages: Iterable[Damage]) -> None:
        new = list(damages)
        if new:
            notes = self._read()
            # The same, found by a start that did not get further, is one.
            known = {(damage.what, tuple(map(tuple, damage.missing))) for damage in notes.open}
            for damage in new:
                log.error("the journal was found damaged", damage=damage.text)
            notes.open += [d for d in new if (d.what, tuple(map(tuple, d.missing))) not in known]
            self._write(notes)

    def compare(self, watermark: Position, highest: Position, last: Position, *, is_gone: bool) -> None:
        """Note what PostgreSQL has, where the journal ends at ``last``. ``is_gone``: it was made anew."""
        if watermark > last:
            what = f"PostgreSQL has operations up to {watermark:,}, but the journal ends at {last:,}."
            self.add([found(what, unbounded=True)])
        elif is_gone and highest > last:
            what = (
                f"The journal is new, but PostgreSQL has changes of another one, up to operation {highest:,}."
            )
            self.add([found(what, unbounded=True)])
        notes = self._read()
        if any(damage.watermark is None for damage in notes.open):
            notes.open = [
                damage
                if damage.watermark is not None
                else msgspec.structs.replace(damage, watermark=int(watermark))
                for damage in notes.open
            ]
            self._write(notes)

    def overtaken(self, after: Position, last: Position) -> None:
        """Note what another server, on a copy of the journal, keeps from PostgreSQL: all behind ``after``."""
        what = f"A server with a copy of this journal has written to PostgreSQL since operation {after:,}."
        missing = [(int(after) + 1, int(last))] if last > after else []
        self.add([msgspec.structs.replace(found(what, missing), watermark=int(after))])

    def accept(self, reason: str, ids: Iterable[UUID]) -> None:
        wanted, notes, now = set(ids), self._read(), datetime.now(UTC)
        notes.accepted += [Accepted(d, now, reason) for d in notes.open if d.id in wanted]
        notes.open = [damage for damage in notes.open if damage.id not in wanted]
        self._write(notes)

    def lost(self) -> list[Range]:
        """What was ever found to be lost, accepted or not."""
        notes = self._read()
        damages = [*notes.open, *(accepted.damage for accepted in notes.accepted)]
        return sorted(one for damage in damages for one in damage.lost)

    def _read(self) -> _Notes:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_Notes)
        except FileNotFoundError:
            return _Notes()
        except (msgspec.DecodeError, UnicodeDecodeError):
            found_at = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
            what = f"{self.path.name}, the list of what was found wrong with the journal, cannot be read."
            return _Notes([Damage(UUID(int=0), found_at, what, unbounded=True)])

    def _write(self, notes: _Notes) -> None:
        write_whole(self.path, msgspec.json.format(msgspec.json.encode(notes), indent=1) + b"\n")
