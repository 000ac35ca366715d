"""What the sealed log's own files say of it: its heads, and those from elsewhere; and where nothing can be
compared with it, as they cannot be believed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sertantai.audit.comparing.differences import SealDifference, SealFault, SealVerification
from sertantai.sealing.damaged import faults_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.heads import Log, differing, gone, logs_beside
from sertantai.sealing.log import keys_of, newest_log, origin_of
from sertantai.sealing.reached import Reached


def cannot_compare(data_path: Path) -> SealVerification | None:
    """What is damaged, as differences. None: it can be compared."""
    said = [fault.said for fault in faults_in(data_path) if fault.stops]
    if not said:
        return None
    differences = [SealDifference(SealFault.FILE_DAMAGED, one) for one in said]
    return SealVerification(str(newest_log(data_path)), 0, 0, 0, 0, 0, 0, 0, 0, differences)


def said_without_log(data_path: Path, heads: Sequence[str]) -> list[str]:
    """None is here; ``heads``, or the one beside the key, say that there was one, or is elsewhere."""
    reached = Reached(data_path).note()
    return [gone(note) for note in [*([] if reached is None else [reached]), *heads]]


def differing_heads(data_path: Path, folder: Path, others: Sequence[str]) -> Iterator[str | None]:
    """Of each head in ``folder``, and of ``others`` from elsewhere: in what it differs, if it does. The log
    may grow meanwhile, and another key sign it."""
    files, logs = TrailFiles(folder), logs_beside(folder)
    for note in files.notes():
        yield _differing(note, {}, folder, f"A head in {folder / 'heads'}")
    for note in others:
        yield _differing(note, logs, folder, "A head that was kept elsewhere")
    if (said := Reached(data_path).differing(files, keys_of(folder), origin_of(folder))) is not None:
        yield said


def _differing(note: str, logs: Mapping[str, Log], folder: Path, what: str) -> str | None:
    """What the head speaks of was on the disk before it, so the log is looked up after it."""
    files = TrailFiles(folder)
    return differing(note, logs, Log(files, keys_of(folder), files.size), what)
