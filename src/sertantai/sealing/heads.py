"""Heads held against the files, and the newest that is on the disk, wherever it stands: a head that was shown
once is never forgotten."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sertantai.core.sealing.notes import Head, Key, NotANote, is_signed, parse_head, parse_note
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.heads_file import heads_at
from sertantai.sealing.keys import verifies
from sertantai.sealing.log import keys_of, origin_of


class LastHead(NamedTuple):
    note: str
    head: Head

    def is_in(self, note: str | None) -> bool:
        """Whether ``note`` is of this head, whoever signed it beside us."""
        return note is not None and note.startswith(self.head.text)


def last_head(files: TrailFiles) -> LastHead | None:
    """Of all that were signed, and of the checkpoint: either may have been cut off, damaged or put back.
    None: none was signed yet. Raises `NotANote` where neither can be read."""
    found, damaged = [], None
    for note in (files.last_note(), files.newest_note()):
        if note is None:
            continue
        try:
            found.append(LastHead(note, parse_head(parse_note(note).text)))
        except NotANote as error:
            damaged = error
    if not found and damaged is not None:
        raise damaged
    return max(found, key=lambda one: one.head.size, default=None)


class Log(NamedTuple):
    """As far as it is compared."""

    files: TrailFiles
    keys: list[Key]
    size: int


def logs_beside(folder: Path) -> dict[str, Log]:
    """By what they are called: the one in ``folder``, last, and those that ended before it."""
    folders = [path for path in folder.parent.iterdir() if path.name.isdigit() and path != folder]
    logs = {}
    for path in [*folders, folder]:
        files = TrailFiles(path)
        logs[origin_of(path)] = Log(files, keys_of(path), files.size)
    return logs


def differing(text: str, logs: Mapping[str, Log], own: Log, what: str) -> str | None:
    """In which a head is none of its log, as a sentence that begins with ``what``; None: it is one."""
    try:
        note = parse_note(text)
        head = parse_head(note.text)
    except NotANote as error:
        return f"{what} cannot be read: {error}."
    log = logs.get(head.origin, own)
    if not any(is_signed(note, key, verifies) for key in log.keys):
        return f"{what}, of {head.size:,} entries, is not signed with our key."
    if head.size > log.size:
        said = f"{what} is of {head.size:,} entries, but the log has {log.size:,}: it is older."
        missing = f"Entries that are missing, of whichever lists: {head.size - log.size:,}."
        return f"{said}{_ends(log.files)} {missing}"
    if not _has(log.files, head):
        return f"{what}, of {head.size:,} entries, is of another history than the log that is here."
    return None


def _ends(files: TrailFiles) -> str:
    """When the log as it is here was last signed; nothing where that is not known."""
    times = [head.at for head in heads_at(files.folder / "heads") if head.at is not None]
    return f" It ends on {times[-1]:%Y-%m-%d %H:%M} UTC." if times else ""


def gone(text: str) -> str:
    """That there is no log where a head says that there was one, as a sentence."""
    try:
        head = parse_head(parse_note(text).text)
    except NotANote as error:
        return f"This data directory has no sealed log, and a head of one cannot be read: {error}."
    return (
        f"This data directory has no sealed log, but a head says that {head.origin} had "
        f"{head.size:,} entries: its files were removed, or are elsewhere."
    )


def _has(files: TrailFiles, head: Head) -> bool:
    try:
        return files.root(head.size) == head.root
    except ValueError:  # hashes are missing
        return False


def text_of(note: str | None) -> str | None:
    """Without signatures, of which a head may have been given more."""
    return None if note is None else parse_note(note).text
