"""What a backup says about itself."""

from datetime import datetime
from typing import Final

import msgspec

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import JournalId, Position

FORMAT: Final = 1
MANIFEST_NAME: Final = "manifest.json"
DATABASE_NAME: Final = "database.dump"
KEYS_FOLDER: Final = "keys"
TRAIL_FOLDER: Final = "trail"
NEVER_KEPT: Final = ("trail", "trail-next", "trail-before", "trail-reached", "database-rules", "journal-*")
"""Of the keys: those that sign heads of the sealed log, and that of the journal. A copy of the one could sign
another history, and of the other write operations into it."""


class BackupFailed(SertantaiError):
    """No backup was made; the message says why."""

    code = "backup_failed"


class BackupDamaged(SertantaiError):
    """The file is not a whole backup; the message says what is wrong with it."""

    code = "backup_damaged"


class RestoreRefused(SertantaiError):
    """Nothing was changed; the message says what to do first."""

    code = "restore_refused"


class Part(msgspec.Struct, frozen=True):
    """A file in the backup. ``mode`` are its permission bits."""

    name: str
    bytes: int
    sha256: str
    mode: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``watermark``: the database has every operation of the journal up to it; the journal has the rest."""

    format: int
    made_at: datetime
    sertantai: str
    postgres: int
    schema_revision: str
    journal_id: JournalId | None
    journal_first: Position
    journal_last: Position
    watermark: Position
    parts: list[Part]

    @property
    def journal_covers_database(self) -> bool:
        return self.journal_id is None or self.watermark + 1 >= self.journal_first
