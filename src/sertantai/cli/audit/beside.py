"""What `sertantai audit verify` finds beside the trail: damaged small files, what was
written into the journal, and people who were erased."""

from pathlib import Path

from sertantai.audit.comparing.differences import SealVerification
from sertantai.audit.comparing.forged import forged_in_journal
from sertantai.persons.remembered import erased_back
from sertantai.postgres import Database
from sertantai.sealing.damaged import faults_in


async def beside(database: Database, data_path: Path, seals: SealVerification) -> list[str]:
    """In sentences; nothing that ``seals`` says already. Raises `DatabaseUnavailable`."""
    told = {one.said for one in seals.differences}
    damaged = [fault.said for fault in faults_in(data_path) if fault.said not in told]
    forged = await forged_in_journal(database, data_path)
    return damaged + forged + await erased_back(database, data_path)
