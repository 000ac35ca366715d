"""Who was erased, in a file of the data directory that no backup holds and no restore takes away.

A restored database may have somebody again; what is here says that they are to be erased once more.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sertantai.core.errors import SertantaiError
from sertantai.process.data_directory import ERASED_FILE


class ErasedDamaged(SertantaiError):
    code = "erased_damaged"


class Erased:
    def __init__(self, data_path: Path) -> None:
        self._path = data_path / ERASED_FILE

    def all(self) -> dict[UUID, datetime]:
        """Raises `ErasedDamaged`. A last line that was cut off was told to nobody: the database has it."""
        text = self._path.read_text() if self._path.exists() else ""
        found: dict[UUID, datetime] = {}
        for line in text[: text.rfind("\n") + 1].splitlines():
            person, _, at = line.partition(" ")
            try:
                found[UUID(person)] = datetime.fromisoformat(at)
            except ValueError:
                raise ErasedDamaged(f"{self._path} is damaged: {line[:80]!r} is no line of it.") from None
        return found

    def add(self, people: Mapping[UUID, datetime]) -> None:
        """On the disk when it returns."""
        if not people:
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            kept = file.read()
            file.truncate(kept.rfind(b"\n") + 1)
            file.write("".join(f"{person} {at.isoformat()}\n" for person, at in people.items()).encode())
            file.flush()
            os.fsync(file.fileno())
