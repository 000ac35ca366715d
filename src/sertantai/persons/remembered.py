"""Who was erased, in a file of the data directory that no backup holds and no restore takes away.

A restored database may have somebody again; what is here says that they are to be erased once more.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sertantai.core.errors import SertantaiError
from sertantai.process.data_directory import ERASED_FILE
from sertantai.process.private_files import write_whole


class ErasedDamaged(SertantaiError):
    code = "erased_damaged"


class Erased:
    def __init__(self, data_path: Path) -> None:
        self._path = data_path / ERASED_FILE

    def all(self) -> dict[UUID, datetime]:
        """When each was erased. Raises `ErasedDamaged`."""
        found: dict[UUID, datetime] = {}
        for line in self._path.read_text().splitlines() if self._path.exists() else ():
            person, _, at = line.partition(" ")
            try:
                found[UUID(person)] = datetime.fromisoformat(at)
            except ValueError:
                raise ErasedDamaged(f"{self._path} is damaged: {line[:80]!r} is no line of it.") from None
        return found

    def add(self, people: Mapping[UUID, datetime]) -> None:
        """On the disk when it returns."""
        if people:
            lines = [f"{person} {at.isoformat()}\n" for person, at in {**self.all(), **people}.items()]
            write_whole(self._path, "".join(lines).encode())
