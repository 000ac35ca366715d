"""Which small files of the sealed log, and of its keys, are damaged or missing: each in a sentence that names
it, and says what to do."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from sertantai.core.sealing.notes import Head, Key, NotANote, is_signed, parse_head, parse_note
from sertantai.core.sealing.tree import HASH_BYTES, leaf_hash
from sertantai.process.secret_file import LOST, read_secret
from sertantai.process.summed_files import FileDamaged, read_summed
from sertantai.sealing.accepted import ACCEPTED_FILE, accepted_in
from sertantai.sealing.accepted import MADE_AGAIN as ACCEPTED_AGAIN
from sertantai.sealing.blinds import FILE as BLINDS_FILE
from sertantai.sealing.blinds import KEPT_AGAIN, damaged_lines
from sertantai.sealing.dropped import leaf_of
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.heads_file import notes_in
from sertantai.sealing.keys import (
    KEYS_FOLDER,
    MAC_FILE,
    NEXT_FILE,
    REACHED_FILE,
    RULES_FILE,
    SIGNING_FILE,
    key_before,
    verifies,
)
from sertantai.sealing.log import (
    FIRST,
    JOURNALS_FILE,
    MADE_AGAIN,
    ORIGIN_FILE,
    journals_of,
    keys_of,
    logs_in,
    origin_of,
)

STATES: Final = ("patrol.json", "witnesses", "stamping", "streaming")
"""What is known of who looks again, and who remembers heads: without them it begins anew."""
BEGUN_ANEW: Final = "Remove it, as the next start does: what it says is found out again."
HEADS_AGAIN: Final = "The next start writes it again from the newest head that is there."
NOTICES_AGAIN: Final = (
    "The next start writes the file again from the database, if that leads to the last head; until then "
    "nothing is compared with what the log tells."
)
BELIEVED: Final = "The next start believes what it finds in the database."
HEADLESS_ENTRIES_MAX: Final = 256
"""There is a head two seconds behind them at the latest."""
SAID_MAX: Final = 20
"""Notices that are named one by one."""


class Fault(msgspec.Struct, frozen=True):
    """``said``: a sentence. ``stops``: until it is mended nothing can be compared with the log."""

    said: str
    stops: bool = False


def faults_in(data_path: Path) -> list[Fault]:
    """Of all logs, the newest first, and of the keys; nothing where none was begun. Changes nothing."""
    begun = [folder for folder in reversed(logs_in(data_path)) if is_begun(TrailFiles(folder))]
    found = [
        fault for folder in begun for fault in (*of_log(folder), *_of_notices(folder), *_of_blinds(folder))
    ]
    return [*found, *of_keys(data_path)] if begun else found


def is_begun(files: TrailFiles) -> bool:
    """It has entries, or heads said that it had."""
    return files.size > 0 or shows_heads(files)


def shows_heads(files: TrailFiles) -> bool:
    """Else whoever wrote its first entries was killed before there was a head of them; of more than so many
    there was one, and it is gone."""
    here = files.newest_note() is not None or files.last_note() is not None
    return here or files.size > HEADLESS_ENTRIES_MAX


def of_log(folder: Path) -> Iterator[Fault]:
    """All but notices, which are the larger part."""
    files = TrailFiles(folder)
    yield from _tried(partial(require_origin, folder), stops=True)
    yield from _tried(partial(keys_of, folder), stops=True)
    yield from _tried(partial(_journals, folder), stops=True)
    if shows_heads(files) or (folder.parents[1] / KEYS_FOLDER / REACHED_FILE).exists():
        yield from _heads(files)
    yield from _tried(partial(accepted_in, folder))
    if folder.name != FIRST and not (folder / ACCEPTED_FILE).exists() and "accepted" in first_said(files):
        yield Fault(f"{folder / ACCEPTED_FILE} is missing. {ACCEPTED_AGAIN}")
    for name in STATES:
        yield from _tried(partial(require_json, folder / name, BEGUN_ANEW))
    for name in ("cosigned", "stamped"):
        yield from _notes(folder / name)


def _of_notices(folder: Path) -> Iterator[Fault]:
    """As far as the checkpoint reaches, read before the rest, which may grow meanwhile."""
    files = TrailFiles(folder)
    upto = _size_of(files.newest_note())
    yield from (Fault(said, True) for said in differing_notices(files, upto))


def _of_blinds(folder: Path) -> Iterator[Fault]:
    if (count := damaged_lines(folder)) is not None:
        what = "is missing, or empty" if count == 0 else f"has damaged lines, {count:,} of them"
        yield Fault(f"{folder / BLINDS_FILE} {what}. {KEPT_AGAIN}")


def require_origin(folder: Path) -> None:
    """That the log is called what its keys are. Raises `FileDamaged`."""
    origin, keys = origin_of(folder), list[Key]()
    with suppress(FileDamaged):
        keys = keys_of(folder)
    if keys and all(key.name != origin for key in keys):
        what = f"calls the log {origin}, but its keys are of {keys[-1].name}"
        raise FileDamaged(folder / ORIGIN_FILE, what, MADE_AGAIN)


def _journals(folder: Path) -> None:
    if not journals_of(folder):
        raise FileDamaged(folder / JOURNALS_FILE, "is missing", MADE_AGAIN)


def _heads(files: TrailFiles) -> Iterator[Fault]:
    checkpoint, heads = files.folder / "checkpoint", files.folder / "heads"
    shown = files.newest_note()  # before the rest, which may grow meanwhile
    size, keys = _size_of(shown), list[Key]()
    with suppress(FileDamaged):
        keys = keys_of(files.folder)
    if shown is None:
        yield Fault(f"{checkpoint} is missing. {HEADS_AGAIN}")
    elif size is None:
        yield Fault(f"{checkpoint} is no signed head. {HEADS_AGAIN}")
    elif keys and not any(is_signed(parse_note(shown), key, verifies) for key in keys):
        yield Fault(f"{checkpoint} is not signed with a key of this log. {HEADS_AGAIN}")
    last = _size_of(files.last_note())
    if last is None or (size is not None and last < size):
        yield Fault(
            f"{heads} does not end with the newest head: it was cut, damaged or removed. {HEADS_AGAIN}"
        )


def differing_notices(files: TrailFiles, size: int | None) -> Iterator[str]:
    """Lines of `notices.ndjson` that are not what the first ``size`` leaves (None: all) say, in sentences."""
    path, lines, told, missing = files.folder / "notices.ndjson", files.notice_lines(), 0, 0
    upto = files.size if size is None else min(size, files.size)
    with files.reading("hashes.0") as leaves:
        for number, at in enumerate(files.notice_indexes(), 1):
            if at >= upto:
                break
            leaves.seek(at * HASH_BYTES)
            line = next(lines, None)
            if line is None:
                missing += 1
            elif leaf_of(line) != leaves.read(HASH_BYTES) and (told := told + 1) <= SAID_MAX:
                yield f"Line {number:,} of {path} differs from entry {at:,} of hashes.0. {NOTICES_AGAIN}"
    if told > SAID_MAX:
        yield f"{told - SAID_MAX:,} more lines of {path} differ from hashes.0. {NOTICES_AGAIN}"
    if missing:
        yield f"The last {missing:,} lines of {path} are missing. {NOTICES_AGAIN}"


def _notes(path: Path) -> Iterator[Fault]:
    if not path.exists():
        return
    mending = "Put it back from a copy, or remove it: what others signed is then not counted."
    with path.open("rb") as file:
        for number, note in enumerate(notes_in(file), 1):
            try:
                size = parse_head(parse_note(note).text).size
            except NotANote:
                yield Fault(f"Head {number:,} of {path} cannot be read. {mending}")
                continue
            if path.name == "stamped" and not (token := path.with_name("stamps") / f"{size}.tsr").is_file():
                yield Fault(f"{token} is missing. {mending}")


def of_keys(data_path: Path) -> Iterator[Fault]:
    keys = data_path / KEYS_FOLDER
    for name in (SIGNING_FILE, MAC_FILE, NEXT_FILE):
        if (keys / name).exists():
            yield from _tried(partial(read_secret, keys / name), stops=name == MAC_FILE)
        elif name != NEXT_FILE:
            yield Fault(f"{keys / name} is missing. {LOST}", name == MAC_FILE)
    yield from _tried(partial(key_before, data_path))
    yield from _tried(partial(require_json, keys / RULES_FILE, BELIEVED))


def _tried(read: Callable[[], object], *, stops: bool = False) -> Iterator[Fault]:
    try:
        read()
    except FileDamaged as error:
        yield Fault(error.message, stops)


def require_json(path: Path, mending: str) -> None:
    """Where it is there, that it is what was written. Raises `FileDamaged`."""
    if not path.exists():
        return
    try:
        msgspec.json.decode(read_summed(path, mending))
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise FileDamaged(path, f"cannot be read ({error})", mending) from None


def _size_of(note: str | None) -> int | None:
    head = head_of(note)
    return None if head is None else head.size


def head_of(note: str | None) -> Head | None:
    try:
        return None if note is None else parse_head(parse_note(note).text)
    except NotANote:
        return None


def first_said(files: TrailFiles) -> dict[str, Any]:
    """What the first notice says; nothing where it cannot be read."""
    return next(bodies(files), {})


def bodies(files: TrailFiles, mark: str = "") -> Iterator[dict[str, Any]]:
    """What notices say whose lines have ``mark`` in them, and are what was sealed."""
    for line, at in zip(files.notice_lines(), files.notice_indexes(), strict=False):
        if mark in line and at < files.size and files.leaf(at) == leaf_hash(line.encode()):
            said = msgspec.json.decode(line)
            yield said["body"] | {"at": said["at"], "by": said["by"]}
