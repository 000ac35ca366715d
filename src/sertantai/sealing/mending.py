"""What of the sealed log's small files was damaged or lost, made again at a start from what the log itself
says; and told."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.core.sealing.entries import time_of
from sertantai.core.sealing.notes import Head, Key, NotANote, is_signed, parse_key, parse_note
from sertantai.process.logs import logger
from sertantai.process.private_files import write_whole
from sertantai.process.secret_file import read_secret
from sertantai.process.summed_files import FileDamaged, write_summed
from sertantai.sealing.accepted import ACCEPTED_FILE, Accepted, accepted_in
from sertantai.sealing.accepted import MADE_AGAIN as ACCEPTED_AGAIN
from sertantai.sealing.damaged import (
    BEGUN_ANEW,
    STATES,
    bodies,
    faults_in,
    first_said,
    head_of,
    is_begun,
    require_json,
    require_origin,
    shows_heads,
)
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import KEYS_FOLDER, REACHED_FILE, SIGNING_FILE, HeadSigner, key_before, verifies
from sertantai.sealing.log import (
    JOURNALS_FILE,
    KEYS_FILE,
    MADE_AGAIN,
    ORIGIN_FILE,
    carried_in,
    journals_of,
    keys_of,
    newest_log,
    origin_of,
)
from sertantai.sealing.reached import Reached

log = logger(__name__)

WORDS_GONE: Final = "These words are gone: the file with them was damaged. The sealed log has a hash of them."


class _Mending(NamedTuple):
    """``read`` raises `FileDamaged`. ``again``: what is to be in it; empty: it can go; None: nobody knows."""

    name: str
    read: Callable[[Path], object]
    again: Callable[[], bytes | None]


def mend(data_path: Path, journal: UUID | None) -> list[str]:
    """What the log that is written says again, or can do without; told in the log of the server, and returned
    in sentences. ``journal``: this directory's. Before the log is opened. Raises `OSError`."""
    folder = newest_log(data_path)
    files = TrailFiles(folder)
    if not folder.is_dir() or not is_begun(files):
        return []
    said = [fault.said for fault in faults_in(data_path)]
    for one in said:
        log.error("file_damaged", reason=one)
    for one in filter(None, (_mend(folder, mending) for mending in _mendings(data_path, files, journal))):
        said.append(one)
        log.warning("file_mended", reason=one)
    for one in filter(None, [_of_reached(data_path, folder), _of_patrol(folder, files)]):
        said.append(one)
        log.warning("file_mended", reason=one)
    return said


def _of_patrol(folder: Path, files: TrailFiles) -> str | None:
    """That what the patrol found last is not known any more; None: it is, or it has not looked yet."""
    path = folder / STATES[0]
    try:
        carried = carried_in(files)
    except msgspec.DecodeError:  # the first line is damaged, of which others tell
        carried = 0
    told_here = islice(files.notice_lines(), carried, None)
    if path.exists() or not any('"kind":"checked"' in line for line in told_here):
        return None
    return f"{path} is missing: the next turn of the patrol looks at everything again."


def _of_reached(data_path: Path, folder: Path) -> str | None:
    """What is wrong with the head beside the key, which the sealer writes anew; None: nothing."""
    path, reached = data_path / KEYS_FOLDER / REACHED_FILE, Reached(data_path)
    if not path.exists():
        return f"{path} is missing, and is written again." if shows_heads(TrailFiles(folder)) else None
    note = reached.note() or ""
    return None if _is_ours(note, folder) else f"{path} is no head of this log, or is damaged."


def _mendings(data_path: Path, files: TrailFiles, journal: UUID | None) -> Iterator[_Mending]:
    yield _Mending(ORIGIN_FILE, require_origin, partial(_origin, data_path, files))
    yield _Mending(KEYS_FILE, keys_of, partial(_keys, data_path, files))
    yield _Mending("checkpoint", _checkpoint, partial(_newest, data_path, files))
    yield _Mending(JOURNALS_FILE, _journals_there, partial(_journals, files, journal))
    yield _Mending(ACCEPTED_FILE, _accepted_there, partial(_accepted, files))
    for name in STATES:
        yield _Mending(name, partial(_state, name), bytes)


def _mend(folder: Path, mending: _Mending) -> str | None:
    """What was done, if anything, as a sentence."""
    try:
        mending.read(folder)
    except FileDamaged:
        data, path = mending.again(), folder / mending.name
    else:
        return None
    if data is None:
        return None
    if not data:
        path.unlink(missing_ok=True)
        return f"{path} was damaged, and was removed."
    (write_summed if mending.name == ACCEPTED_FILE else write_whole)(path, data)
    return f"{path} was damaged or missing, and was written again from what the sealed log says."


def _checkpoint(folder: Path) -> None:
    note = TrailFiles(folder).newest_note()
    if note is None or not _is_ours(note, folder):
        raise FileDamaged(folder / "checkpoint", "is missing, or is no head of this log", MADE_AGAIN)


def _newest(data_path: Path, files: TrailFiles) -> bytes | None:
    """Of the heads that are on the disk elsewhere. Without any the sealer says what is wrong."""
    reached = data_path / KEYS_FOLDER / REACHED_FILE
    notes = [files.last_note(), reached.read_text(errors="replace") if reached.exists() else None]
    ours = [
        (head.size, note)
        for note in notes
        if note and (head := head_of(note)) and _is_ours(note, files.folder)
    ]
    return max(ours)[1].encode() if ours else None


def _is_ours(note: str, folder: Path) -> bool:
    try:
        return any(is_signed(parse_note(note), key, verifies) for key in keys_of(folder))
    except (NotANote, FileDamaged):
        return False


def _journals_there(folder: Path) -> None:
    if not journals_of(folder):
        raise FileDamaged(folder / JOURNALS_FILE, "is missing", MADE_AGAIN)


def _state(name: str, folder: Path) -> None:
    require_json(folder / name, BEGUN_ANEW)


def _accepted_there(folder: Path) -> None:
    if accepted_in(folder) is None and "accepted" in first_said(TrailFiles(folder)):
        raise FileDamaged(folder / ACCEPTED_FILE, "is missing", ACCEPTED_AGAIN)


def _origin(data_path: Path, files: TrailFiles) -> bytes | None:
    """As a head says it that our key has signed. None: there is none."""
    seed = _seed(data_path)
    reached = data_path / KEYS_FOLDER / REACHED_FILE
    notes = (
        reached.read_text(errors="replace") if reached.exists() else None,
        files.newest_note(),
        files.last_note(),
    )
    for text in notes:
        head = head_of(text)
        if text is None or head is None or seed is None:
            continue
        if is_signed(parse_note(text), HeadSigner(head.origin, seed).key, verifies):
            return f"{head.origin}\n".encode()
    return None


def _keys(data_path: Path, files: TrailFiles) -> bytes | None:
    """Those that are still there, those that the log told of, and those that sign. None: what the log is
    called is not known."""
    try:
        origin = origin_of(files.folder)
    except FileDamaged:
        return None
    path = files.folder / KEYS_FILE
    told = [
        text for body in bodies(files, '"kind":"key"') for text in (body.get("vouched_for"), body.get("key"))
    ]
    there = path.read_text(errors="replace").splitlines() if path.exists() else []
    known = [key for text in [*there, *told] if (key := _key(text)) is not None and key.name == origin]
    try:
        before = key_before(data_path)
    except FileDamaged:
        before = None
    seeds = (None if before is None else before[0], _seed(data_path))
    known += [HeadSigner(origin, seed).key for seed in seeds if seed is not None]
    return "".join(f"{key}\n" for key in dict.fromkeys(known)).encode() or None


def _journals(files: TrailFiles, journal: UUID | None) -> bytes | None:
    path = files.folder / JOURNALS_FILE
    there = path.read_text(errors="replace").split() if path.exists() else []
    told = [
        text
        for body in bodies(files, '"kind":"restore"')
        for text in (body.get("before"), body.get("journal"))
    ]
    own = [] if journal is None else [str(journal)]
    found = [text for text in dict.fromkeys([*told, *there, *own]) if text not in own and _is_uuid(text)]
    return "".join(f"{one}\n" for one in [*found, *own]).encode() or None


def _accepted(files: TrailFiles) -> bytes | None:
    body = first_said(files)
    try:
        ended, by = body["ended"], body["by"]
        head = None if ended is None else Head(ended["origin"], ended["size"], bytes.fromhex(ended["root"]))
        return msgspec.json.encode(
            Accepted(
                at=time_of(body["at"]),
                by=None if by is None else UUID(by),
                reason=WORDS_GONE,
                differences=body["accepted"]["count"],
                said=[],
                ended=None if head is None else head.text,
                origin=origin_of(files.folder),
                key=str(keys_of(files.folder)[0]),
            )
        )
    except (KeyError, TypeError, ValueError, FileDamaged):
        return None


def _seed(data_path: Path) -> bytes | None:
    try:
        return read_secret(data_path / KEYS_FOLDER / SIGNING_FILE)
    except (FileDamaged, OSError):
        return None


def _key(text: object) -> Key | None:
    try:
        return parse_key(text) if isinstance(text, str) else None
    except NotANote:
        return None


def _is_uuid(text: object) -> bool:
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False
