"""Where nothing can be compared with the sealed log, as its own files cannot be believed."""

from pathlib import Path

from sertantai.audit.comparing.differences import SealDifference, SealFault, SealVerification
from sertantai.sealing.damaged import faults_in
from sertantai.sealing.log import newest_log


def cannot_compare(data_path: Path) -> SealVerification | None:
    """What is damaged, as differences. None: it can be compared."""
    said = [fault.said for fault in faults_in(data_path) if fault.stops]
    if not said:
        return None
    differences = [SealDifference(SealFault.FILE_DAMAGED, one) for one in said]
    return SealVerification(str(newest_log(data_path)), 0, 0, 0, 0, 0, 0, 0, 0, differences)
