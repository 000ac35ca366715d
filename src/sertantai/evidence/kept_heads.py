"""Which of the many heads that were signed go into a pack."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import BinaryIO, Final

from sertantai.core.sealing.entries import time_of
from sertantai.core.sealing.notes import Key
from sertantai.evidence.packing import Line, head_of, known_only
from sertantai.sealing.heads_file import END_LINE_BYTES, is_end
from sertantai.sealing.outside.remembered import COSIGNED_FILE
from sertantai.sealing.outside.stamped import STAMPED_FILE, token_path

HEADS_MAX: Final = 60
"""Of each day the last; of a history of more days, of each month; of more still, some."""
KEYS_MAX: Final = 5
"""Of notices of keys the newest: two heads each."""
KEY: Final = "key"
STAMPS_MAX: Final = 20


def heads_for(path: Path, lines: Sequence[Line], below: int) -> list[str]:
    """The head before the first entry, of each day (or month) with entries the first after its last one, and
    those beside what is told of keys.
    ``path``: the file `heads`; ``below``: only of smaller trees."""
    if not lines:
        return []
    wanted = sorted({lines[0].index - 1, *_last_of_each(lines), *_beside_keys(lines)})
    found: dict[int, str] = {}
    with path.open("rb") as file:
        for index in wanted:
            size, note = _first_over(file, index) if index >= 0 else (0, "")
            if 0 < size < below:
                found[size] = note
    return [found[size] for size in sorted(found)]


def all_heads_for(folder: Path, lines: Sequence[Line], below: int, keys: Sequence[Key]) -> list[str]:
    """And those that witnesses have signed, of the same days: they say a time that is not ours. ``keys``:
    whose signatures the pack can show."""
    found = {head_of(note).size: note for note in heads_for(folder / "heads", lines, below)}
    for size, note in _stamped(folder, lines, below):
        found.setdefault(size, note)
    cosigned = folder / COSIGNED_FILE
    if cosigned.exists():
        found |= {head_of(note).size: known_only(note, keys) for note in heads_for(cosigned, lines, below)}
    return [found[size] for size in sorted(found)]


def stamps_for(folder: Path, heads: Sequence[str]) -> dict[str, bytes]:
    """The files of time stamps on some of these heads, as many as a pack may have, by their names in it."""
    sizes = [size for size in (head_of(note).size for note in heads) if token_path(folder, size).exists()]
    step = max(1, -(-len(sizes) // STAMPS_MAX))
    chosen = sorted(sizes[::-1][::step])
    return {f"heads/{size}.tsr": token_path(folder, size).read_bytes() for size in chosen}


def _stamped(folder: Path, lines: Sequence[Line], below: int) -> list[tuple[int, str]]:
    """Heads that were stamped, with their sizes: the newest, and as many others as there is room for."""
    path = folder / STAMPED_FILE
    found = [(head_of(note).size, note) for note in heads_for(path, lines, below)] if path.exists() else []
    step = max(1, -(-len(found) // STAMPS_MAX))
    return found[::-1][::step]


def _beside_keys(lines: Sequence[Line]) -> list[int]:
    """The head over what the log tells of its keys, and the one before it: by them one key is followed to the
    next."""
    told = [line.index for line in lines if line.entry.kind == KEY]
    return [at for index in told[-KEYS_MAX:] for at in (index - 1, index)]


def _last_of_each(lines: Sequence[Line]) -> list[int]:
    chosen: list[int] = []
    for form in ("%Y-%m-%d", "%Y-%m"):
        last = {time_of(line.entry.at).astimezone(UTC).strftime(form): line.index for line in lines}
        chosen = sorted(set(last.values()))
        if len(chosen) < HEADS_MAX:
            return chosen
    step = len(chosen) / (HEADS_MAX - 1)
    return [chosen[int(at * step)] for at in range(HEADS_MAX - 1)]


def _first_over(file: BinaryIO, index: int) -> tuple[int, str]:
    """The first head of a tree that holds leaf ``index``, with its size; size 0 where there is none."""
    low, high = 0, file.seek(0, 2)
    best: tuple[int, str] = (0, "")
    while low < high:
        middle = (low + high) // 2
        found = _at(file, middle, high)
        if found is None:
            high = middle
            continue
        begin, end, size, note = found
        if size > index:
            best = (size, note)
            high = middle
        else:
            low = end
        if begin >= high and size <= index:
            break
    return best


def _at(file: BinaryIO, offset: int, limit: int) -> tuple[int, int, int, str] | None:
    """The first whole head that begins at ``offset`` or behind it, and before ``limit``."""
    file.seek(max(0, offset - END_LINE_BYTES))
    if offset:
        while (line := file.readline()) and not (is_end(line) and file.tell() >= offset):
            pass
        if not line:
            return None
    begin = file.tell()
    if begin >= limit:
        return None
    lines = []
    while not is_end(line := file.readline()):
        if not line:
            return None
        lines.append(line)
    return begin, file.tell(), int(lines[1]), b"".join(lines).decode()
