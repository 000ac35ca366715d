"""Is a backup whole, and can it be restored?"""

from pathlib import Path

from sertantai.backup import archive, dumping
from sertantai.backup.manifest import DATABASE_NAME, BackupDamaged, BackupFailed, Manifest
from sertantai.journal.chosen import journal_in
from sertantai.journal.protocol import JournalFiles
from sertantai.process.working_folder import working_folder

TABLES = ("users", "uk_lrt_records", "user_record_selections", "selection_audit_log", "sync_watermarks")


async def verify(path: Path) -> Manifest:
    """Checks every checksum, the whole journal, that it covers the database, and what the dump contains.

    Raises `BackupDamaged`.
    """
    manifest = archive.read_manifest(path)
    with working_folder(path.parent, ".verify-") as folder:
        archive.extract(path, manifest, folder)
        _check_journal(manifest, journal_in(folder))
        await _check_dump(manifest, folder / DATABASE_NAME)
    return manifest


def _check_journal(manifest: Manifest, journal: JournalFiles) -> None:
    if manifest.journal_id is None:
        return
    report = journal.check()
    if (report.id, report.first, report.last) != (
        manifest.journal_id,
        manifest.journal_first,
        manifest.journal_last,
    ):
        raise BackupDamaged("The journal in the backup is not the one that its manifest describes.")
    if not manifest.journal_covers_database:
        raise BackupDamaged(
            f"The journal in the backup begins at {manifest.journal_first}, but the database ends at "
            f"{manifest.watermark}: operations between them are missing."
        )


async def _check_dump(manifest: Manifest, dump: Path) -> None:
    try:
        listed = await dumping.contents(dump, manifest.postgres)
    except BackupFailed as error:
        raise BackupDamaged(f"The database in the backup cannot be read. {error.message}") from error
    missing = [table for table in TABLES if f" TABLE public {table} " not in listed]
    if missing:
        raise BackupDamaged(f"The database in the backup lacks {', '.join(missing)}.")
