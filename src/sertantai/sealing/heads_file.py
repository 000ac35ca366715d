"""The file of heads that were signed: notes one after another, each ended by a line that says when.

It grows by a head a second while there is work, so it is thinned, see `core.sealing.lasting_heads`.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from sertantai.core.sealing.lasting_heads import lasting
from sertantai.process.private_files import drop_drafts, write_whole

HEAD_END: Final = "---\n"
"""Of a note without a time, as those of witnesses are kept: they say one themselves."""
_END_WITH_TIME: Final = b"--- "
END_LINE_BYTES: Final = len("--- 2026-11-30T12:00:00Z\n")
END_BYTES: Final = 200_000
"""At the end of the file, more than the longest note has."""


class HeadAt(NamedTuple):
    """Where a head stands, with its last line, and when it was signed (None: that is not said)."""

    begin: int
    end: int
    at: datetime | None


def ended(note: str, at: datetime) -> bytes:
    """A head as it stands in the file."""
    return f"{note}{_END_WITH_TIME.decode()}{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n".encode()


def is_end(line: bytes) -> bool:
    """Whether a head ends with this line; one that was cut off is none."""
    return line.endswith(b"\n") and (line.startswith(_END_WITH_TIME) or line == HEAD_END.encode())


def heads_at(path: Path) -> Iterator[HeadAt]:
    """Every whole one, oldest first."""
    begin = end = 0
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            end += len(line)
            if is_end(line):
                yield HeadAt(begin, end, _time_in(line))
                begin = end


def end_of_whole(path: Path) -> int:
    """Where the last whole one ends."""
    return max((head.end for head in heads_at(path)), default=0)


def last_whole(path: Path) -> str | None:
    """The last one that is on the disk whole."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - END_BYTES))
        found = deque(notes_in(file), maxlen=1)
    return found[0] if found else None


def notes_in(lines: Iterable[bytes]) -> Iterator[str]:
    """Every whole one that ends in these lines of the file."""
    note = b""
    for line in lines:
        if is_end(line):
            yield note.decode(errors="replace")
            note = b""
        else:
            note += line


def thin_heads(path: Path, now: datetime, when: Callable[[str], datetime | None] | None = None) -> int:
    """Leaves those that last, in a new file in place of this one; returns how many went. Nobody may write to
    it meanwhile; whoever reads has the one or the other. ``when``: the time of a note whose last line says
    none. Raises `OSError`: then it is as it was."""
    heads = list(heads_at(path) if when is None else _timed(path, when))
    kept = [heads[number] for number in lasting([head.at for head in heads], now)]
    if len(kept) == len(heads):
        return 0
    drop_drafts(path)
    write_whole(path, _cut_out(path, kept))
    return len(heads) - len(kept)


def _timed(path: Path, when: Callable[[str], datetime | None]) -> Iterator[HeadAt]:
    with path.open("rb") as file:
        for head in heads_at(path):
            at = head.at
            if at is None:
                file.seek(head.begin)
                lines = file.read(head.end - head.begin).splitlines(keepends=True)
                at = when(next(notes_in(lines), ""))
            yield HeadAt(head.begin, head.end, at)


def _cut_out(path: Path, kept: list[HeadAt]) -> bytes:
    data = bytearray()
    with path.open("rb") as file:
        for head in kept:
            file.seek(head.begin)
            data += file.read(head.end - head.begin)
    return bytes(data)


def _time_in(line: bytes) -> datetime | None:
    try:
        at = datetime.fromisoformat(line.removeprefix(_END_WITH_TIME).strip().decode())
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
