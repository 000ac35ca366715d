"""Files with what is held about somebody, until they are fetched: seven days, in the data directory, in no
backup.

One for each who asked and whom it is about: a new one takes the place of the last. Whom a file is about, by
whom it was asked for and when stand in its name; it is its owner's alone (mode 0600, in a folder of 0700).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from sertantai.core.ids import UserId
from sertantai.persons.held import UNFINISHED
from sertantai.process.data_directory import GIVEN_FOLDER
from sertantai.process.new_ids import new_id
from sertantai.process.private_files import make_private_folder

KEPT_FOR: Final = timedelta(days=7)
FILES_MAX: Final = 1_000
"""The oldest go for it."""
DRAFTS_KEPT: Final = timedelta(days=1)
"""Of a process that was killed."""


class GivenFile(NamedTuple):
    """``whose`` may fetch it: the person it is ``about``, or an administrator."""

    path: Path
    whose: UUID
    about: UUID
    made_at: datetime
    id: UUID

    @property
    def until(self) -> datetime:
        return self.made_at + KEPT_FOR

    @property
    def size(self) -> int:
        """In bytes; 0 where it has just gone."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


class Given:
    def __init__(self, data_path: Path) -> None:
        self._folder = data_path / GIVEN_FOLDER

    def new(self, whose: UserId, about: UserId, at: datetime) -> GivenFile:
        """Where the next one is to be written; `only` once it is."""
        make_private_folder(self._folder)
        id = new_id()
        name = f"{whose}.{about}.{int(at.timestamp())}.{id}.zip"
        return GivenFile(self._folder / name, whose, about, at.replace(microsecond=0), id)

    def only(self, file: GivenFile) -> None:
        """Every other one of the same goes, and the oldest of all where there are too many."""
        found = sorted(self._all(), key=lambda one: (one.made_at, one.id))
        of_this = [one for one in found if (one.whose, one.about) == (file.whose, file.about)]
        too_many = found[: max(0, len(found) - FILES_MAX)]
        _remove(one for one in {*of_this, *too_many} if one.id != file.id)

    def of(self, whose: UserId, about: UserId, now: datetime) -> GivenFile | None:
        """The newest, if its time is not over."""
        found = [one for one in self._all() if (one.whose, one.about) == (whose, about) and now < one.until]
        return max(found, key=lambda one: one.made_at, default=None)

    def find(self, whose: UserId, id: UUID, now: datetime) -> GivenFile | None:
        """None: there is none, it is another's, or its time is over."""
        found = (one for one in self._all() if (one.whose, one.id) == (whose, id) and now < one.until)
        return next(found, None)

    def forget(self, person: UserId) -> None:
        """All that is about them, and what they were given."""
        _remove(one for one in self._all() if person in (one.whose, one.about))

    def sweep(self, now: datetime) -> None:
        _remove(one for one in self._all() if one.until <= now)
        for draft in self._folder.glob(f".*{UNFINISHED}"):
            if draft.stat().st_mtime < (now - DRAFTS_KEPT).timestamp():
                draft.unlink(missing_ok=True)

    def _all(self) -> list[GivenFile]:
        return [one for path in self._folder.glob("[!.]*.zip") if (one := _named(path)) is not None]


def _named(path: Path) -> GivenFile | None:
    try:
        whose, about, at, id, _ = path.name.split(".")
        return GivenFile(path, UUID(whose), UUID(about), datetime.fromtimestamp(int(at), UTC), UUID(id))
    except ValueError:
        return None


def _remove(files: Iterator[GivenFile]) -> None:
    for file in files:
        file.path.unlink(missing_ok=True)
