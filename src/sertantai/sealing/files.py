"""The sealed log on disk: flat files that only grow.

A C2SP tile is a slice of them: 256 hashes of 32 bytes. What lies in them beyond the last signed head is
written again after a crash, so no write here has to be whole: leaves are on the disk before a head says so.

| file | holds |
|---|---|
| ``hashes.0`` | the leaves, 32 bytes each |
| ``hashes.1``, ``hashes.2`` … | the root of each full 256 of the file before |
| ``places`` | of each leaf its operation's position (8 bytes) and part (4), or `NOTICE` |
| ``notices.ndjson`` | the entry of each notice, a line each, in the order of the log, see `dropped` |
| ``heads`` | heads that were signed, each followed by a line that says when, see `heads_file` |
| ``checkpoint`` | the newest head, with what witnesses have signed of it |
"""

import os
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice, takewhile
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from sertantai.core.sealing.notes import Head, parse_head, parse_note
from sertantai.core.sealing.tree import HASH_BYTES, Frontier, node_hash, root_of
from sertantai.process.private_files import (
    append_bytes,
    drop_drafts,
    make_private_folder,
    write_whole,
    writing_whole,
)
from sertantai.sealing.dropped import Covered, Going, acts_in, leaf_of, without_bodies
from sertantai.sealing.heads_file import (
    HEAD_END,
    end_of_whole,
    ended,
    heads_at,
    last_whole,
    notes_in,
    thin_heads,
)

TILE_BITS: Final = 8
TILE: Final = 1 << TILE_BITS
PLACE = struct.Struct(">QI")
NOTICE: Final = 0xFFFF_FFFF
"""In place of a part: the leaf is a notice."""
TILE_LEVELS: Final = 8
READ_PLACES: Final = 4_096
COLUMNS_AT_ONCE: Final = 65_536
FEW_PLACES: Final = 8
"""More than most operations have parts."""
_PART_BYTES: Final = 4
_PLACE_COLUMNS: Final = np.dtype([("position", ">u8"), ("part", ">u4")])


class TrailFiles:
    """One log's files. One process writes; any may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rewritten = 0
        """How often bodies of notices were dropped by this one: places in their file are others then."""

    def make(self) -> None:
        make_private_folder(self.folder)
        for name in ("hashes.0", "places", "notices.ndjson", "heads"):
            (self.folder / name).touch(mode=0o600)

    # ------------------------------------------------------------------------------------------ reading

    @property
    def size(self) -> int:
        """How many leaves are here; the last of them may not be under a head yet."""
        return min(self._length("hashes.0") // HASH_BYTES, self._length("places") // PLACE.size)

    def leaf(self, index: int) -> bytes:
        return self._at("hashes.0", index)

    def leaves(self, begin: int, end: int) -> bytes:
        return self.hashes(0, begin, end)

    def hashes(self, level: int, begin: int, end: int) -> bytes:
        """Of leaves, or of full subtrees of 256^level of them."""
        with self.reading(f"hashes.{level}") as file:
            file.seek(begin * HASH_BYTES)
            return file.read((end - begin) * HASH_BYTES)

    def places(self, begin: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Position and part of each leaf."""
        end = self.size if end is None else end
        with self.reading("places") as file:
            file.seek(begin * PLACE.size)
            left = (end - begin) * PLACE.size
            while left > 0 and (data := file.read(min(left, PLACE.size * READ_PLACES))):
                left -= len(data)
                yield from PLACE.iter_unpack(data)

    def notice_indexes(self) -> Iterator[int]:
        """Which leaves are notices, in their order."""
        begin = 0
        with self.reading("places") as file:
            while data := file.read(READ_PLACES * PLACE.size):
                whole = len(data) // PLACE.size
                places = np.frombuffer(data, dtype=_PLACE_COLUMNS, count=whole)
                yield from (begin + np.flatnonzero(places["part"] == NOTICE)).tolist()
                begin += whole

    def last_place(self) -> tuple[int, int]:
        """Of the last leaf that is no notice; zeros where there is none."""
        for end in range(self.size, 0, -READ_PLACES):
            found = [one for one in self.places(max(0, end - READ_PLACES), end) if one[1] != NOTICE]
            if found:
                return found[-1]
        return (0, 0)

    def notices_before(self, size: int) -> int:
        """How many of the first ``size`` leaves are notices."""
        return sum(int(np.count_nonzero(some["part"] == NOTICE)) for some in self.place_columns(size))

    def place_columns(self, size: int) -> Iterator[Any]:
        """Of the first ``size`` leaves, some at a time, as columns of numpy: ``position`` and ``part``."""
        with self.reading("places") as file:
            for begin in range(0, size, COLUMNS_AT_ONCE):
                data = file.read(min(COLUMNS_AT_ONCE, size - begin) * PLACE.size)
                yield np.frombuffer(data, dtype=_PLACE_COLUMNS)

    def index_of(self, position: int, part: int) -> int | None:
        """Which leaf it is; None: there is none of that operation, or part of it. Notices may stand between
        its parts, so parts are in order, but places are not."""
        at, wanted, many = self.first_from(position), PLACE.pack(position, part), FEW_PLACES
        with self.reading("places") as file:
            file.seek(at * PLACE.size)
            while len(data := file.read(many * PLACE.size)) >= PLACE.size:
                data = data[: len(data) // PLACE.size * PLACE.size]
                for found in range(0, len(data), PLACE.size):
                    if data[found : found + PLACE.size] == wanted:
                        return at + found // PLACE.size
                if data[-PLACE.size : -_PART_BYTES] > wanted[:-_PART_BYTES]:
                    return None
                at += len(data) // PLACE.size
                many = READ_PLACES
        return None

    def first_from(self, position: int) -> int:
        """The first leaf of an operation at that position or later; the number of leaves: there is none."""
        low, high = 0, self.size
        with self.reading("places") as file:
            while low < high:
                middle = (low + high) // 2
                file.seek(middle * PLACE.size)
                if PLACE.unpack(file.read(PLACE.size)) < (position, 0):
                    low = middle + 1
                else:
                    high = middle
        return low

    def node(self, level: int, index: int) -> bytes:
        """The root of the full subtree of 2^level leaves at ``index``, as `core.sealing.tree.Node`."""
        tile_level, above = divmod(level, TILE_BITS)
        if above == 0:
            return self._at(f"hashes.{tile_level}", index)
        first, count = index << above, 1 << above
        with self.reading(f"hashes.{tile_level}") as file:
            file.seek(first * HASH_BYTES)
            data = file.read(count * HASH_BYTES)
        if len(data) != count * HASH_BYTES:
            raise ValueError(f"the log has no subtree {index} of level {level}")
        return root_of([data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])

    def frontier(self, size: int) -> Frontier:
        """The right edge of the tree of the first ``size`` leaves."""
        peaks, begin = [], 0
        for bit in range(size.bit_length() - 1, -1, -1):
            if size >> bit & 1:
                peaks.append(self.node(bit, begin >> bit))
                begin += 1 << bit
        return Frontier(size, peaks)

    def root(self, size: int) -> bytes:
        return self.frontier(size).root()

    def is_whole(self, head: Head) -> bool:
        """Whether all that the head says is here: hashes that lead to its root, and each notice, or what is
        left of it where the log itself tells that it went."""
        if self.size < head.size:
            return False
        try:
            return self.root(head.size) == head.root and self._has_notices(head.size)
        except ValueError:
            return False

    def _has_notices(self, size: int) -> bool:
        indexes = list(takewhile(lambda at: at < size, self.notice_indexes()))
        lines, going = self.notice_lines(), Going(self.covered(len(indexes)))
        with self.reading("hashes.0") as file:
            for number, at in enumerate(indexes, 1):
                file.seek(at * HASH_BYTES)
                line, leaf = next(lines, None), file.read(HASH_BYTES)
                if line is None or leaf_of(line) != leaf or going.wrong_with(number, line, leaf) is not None:
                    return False
        return next(going.at_end(), None) is None

    def covered(self, notices: int | None = None) -> Covered:
        """Which of the first so many notices (None: all) went by retention, as they tell themselves."""
        return Covered(acts_in(islice(self.notice_lines(), notices)))

    def newest_head(self) -> Head | None:
        """None: none was signed yet. Raises `NotANote` where the file is damaged."""
        text = self.newest_note()
        return None if text is None else parse_head(parse_note(text).text)

    def newest_note(self) -> str | None:
        path = self.folder / "checkpoint"
        return path.read_text(errors="replace") if path.exists() else None

    def notes(self) -> Iterator[str]:
        """Every head that is kept, oldest first; the last may have been cut off and is left out then."""
        with self.reading("heads") as file:
            yield from notes_in(file)

    def notice_lines(self) -> Iterator[str]:
        path = self.folder / "notices.ndjson"
        if not path.exists():
            return
        with path.open(errors="replace") as file:
            for line in file:
                if line.endswith("\n"):
                    yield line[:-1]

    def reading(self, name: str) -> IO[bytes]:
        """One that is missing has nothing in it: whoever needs more of it says so."""
        path = self.folder / name
        return path.open("rb") if path.exists() else BytesIO()

    def _at(self, name: str, index: int) -> bytes:
        with (self.folder / name).open("rb") as file:
            file.seek(index * HASH_BYTES)
            found = file.read(HASH_BYTES)
        if len(found) != HASH_BYTES:
            raise ValueError(f"{name} has no hash {index}")
        return found

    def _length(self, name: str) -> int:
        path = self.folder / name
        return path.stat().st_size if path.exists() else 0

    # ------------------------------------------------------------------------------------------ writing

    def cut(self, size: int) -> None:
        """Take away what lies beyond ``size`` leaves: no head says it yet; and copies of notices that a crash
        left, which would outlast what is to go by retention."""
        drop_drafts(self.folder / "notices.ndjson")
        notices = self.notices_before(size)
        _truncate(self.folder / "hashes.0", size * HASH_BYTES)
        _truncate(self.folder / "places", size * PLACE.size)
        for level in range(1, TILE_LEVELS):
            _truncate(self.folder / f"hashes.{level}", (size >> TILE_BITS * level) * HASH_BYTES)
        _truncate(self.folder / "notices.ndjson", self.end_of_notices(notices))
        _truncate(self.folder / "heads", end_of_whole(self.folder / "heads"))

    def append(
        self, leaves: Sequence[bytes], places: Sequence[tuple[int, int]], notices: Sequence[bytes]
    ) -> None:
        """Puts them behind what is there, and on the disk before it returns."""
        before = self.size
        _append(self.folder / "hashes.0", b"".join(leaves))
        _append(self.folder / "places", b"".join(PLACE.pack(*place) for place in places))
        if notices:
            _append(self.folder / "notices.ndjson", b"".join(line + b"\n" for line in notices))
        self._raise(before, before + len(leaves))

    def drop_bodies(self) -> bool:
        """Leaves stubs of those notices that the log tells to have gone; False: there is nothing to do. All
        of it has to be under a head. What is read meanwhile is as it was, or as it is then."""
        path, covered = self.folder / "notices.ndjson", self.covered()
        going = Going(covered)
        for number, line in enumerate(self.notice_lines() if covered.acts else (), 1):
            going.wrong_with(number, line, leaf_of(line))
        if not going.has_bodies or next(going.at_end(), None) is not None:
            return False
        with path.open("rb") as lines:
            writing_whole(path, without_bodies(lines, covered))
        self.rewritten += 1
        return True

    def raise_anew(self) -> None:
        """The roots of all that is full, from the leaves."""
        for level in range(1, TILE_LEVELS):
            (self.folder / f"hashes.{level}").unlink(missing_ok=True)
        self._raise(0, self.size)

    def _raise(self, before: int, after: int) -> None:
        """The roots of what became full."""
        for level in range(1, TILE_LEVELS):
            first, last = before >> TILE_BITS * level, after >> TILE_BITS * level
            if first == last:
                return
            below = self.folder / f"hashes.{level - 1}"
            roots = bytearray()
            with below.open("rb") as file:
                file.seek(first * TILE * HASH_BYTES)
                for _ in range(first, last):
                    data = file.read(TILE * HASH_BYTES)
                    roots += full_root([data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])
            _append(self.folder / f"hashes.{level}", bytes(roots))

    def last_note(self) -> str | None:
        """The last head that is on the disk whole; a crash may have come before it was the checkpoint."""
        return last_whole(self.folder / "heads")

    def last_note_before(self, moment: datetime) -> str | None:
        """The last head that was signed before then; None: there is none whose time is known."""
        path = self.folder / "heads"
        found = None
        for head in heads_at(path):
            if head.at is not None and head.at < moment:
                found = head
        if found is None:
            return None
        with path.open("rb") as file:
            file.seek(found.begin)
            return next(notes_in(file.read(found.end - found.begin).splitlines(keepends=True)), None)

    def keep_head(self, note: str, at: datetime | None = None) -> None:
        """On the disk before it returns, and before anybody is told of it. ``at``: when it was signed; None:
        just now."""
        _append(self.folder / "heads", ended(note, datetime.now(UTC) if at is None else at))
        self.show_head(note)

    def thin_heads(self, now: datetime) -> int:
        """See `heads_file`; not while one is kept."""
        return thin_heads(self.folder / "heads", now)

    def show_head(self, note: str) -> None:
        """As the checkpoint."""
        write_whole(self.folder / "checkpoint", note.encode())

    def notices_from(self, begin: int, count: int) -> list[bytes]:
        """So many lines from that byte on."""
        with self.reading("notices.ndjson") as file:
            file.seek(begin)
            return [file.readline().rstrip(b"\n") for _ in range(count)]

    def end_of_notices(self, count: int) -> int:
        """At which byte the first of them end."""
        end = 0
        with self.reading("notices.ndjson") as file:
            for _ in range(count):
                end += len(file.readline())
        return end


def append_whole(path: Path, note: str) -> None:
    """One note more in a file of notes, on the disk before it returns."""
    _append(path, f"{note}{HEAD_END}".encode())


def full_root(hashes: list[bytes]) -> bytes:
    """Of a tile. Raises `ValueError` where it is not full."""
    if len(hashes) != TILE:
        raise ValueError("a full tile has 256 hashes")
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _append(path: Path, data: bytes) -> None:
    append_bytes(path, data)


def _truncate(path: Path, size: int) -> None:
    if path.exists() and path.stat().st_size > size:
        os.truncate(path, size)
