"""The sealed log's files held against their own heads: hashes, places, notices and signatures. Asks nobody
and changes nothing; whether the database still says what was sealed is another question (`audit verify`)."""

import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.sealing.notes import Head, Key, NotANote, is_signed, parse_head, parse_note
from sertantai.core.sealing.tree import HASH_BYTES, ZERO, Frontier
from sertantai.process.summed_files import FileDamaged
from sertantai.sealing.damaged import of_log
from sertantai.sealing.dropped import Going, leaf_of, stub_in
from sertantai.sealing.files import NOTICE, TILE, TILE_LEVELS, TrailFiles, full_root
from sertantai.sealing.heads import LastHead, last_head
from sertantai.sealing.keys import verifies
from sertantai.sealing.log import keys_of, origin_of
from sertantai.sealing.reached import Reached

FAULTS_MAX: Final = 1_000
LEAVES_AT_ONCE: Final = 512
WRITTEN_WITHIN_S: Final = 0.2
"""A head is in one place before it is in the other."""
HEAD_COUNTS_AS: Final = 20
"""Entries: its signature is checked."""
WITHOUT_HEADS: Final = (
    "Put the file back from a copy, or remove it: the next start begins it again with the newest head."
)


class Files(msgspec.Struct, frozen=True):
    """What was found of the log called ``origin``: entries under its last head, heads and notices."""

    origin: str
    size: int
    heads: int
    notices: int
    faults: list[str]

    @property
    def clean(self) -> bool:
        return not self.faults


def fsck(folder: Path, reached: Reached | None = None) -> Files:
    """``reached``: how far the log that is written came. Raises `OSError`
    where files cannot be read at all."""
    looking = look(folder, reached)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            found: Files = end.value
            return found


def look(folder: Path, reached: Reached | None = None) -> Generator[int, None, Files]:
    """The same, a piece at a time, of a millisecond or a few: yields how many entries or heads it was."""
    files, faults = TrailFiles(folder), [fault.said for fault in of_log(folder)]
    try:
        origin, keys = origin_of(folder), keys_of(folder)
        last, unlike = _ends(files, keys)
    except (NotANote, FileDamaged, OSError):
        return Files(folder.name, 0, 0, 0, faults or ["Its last head cannot be read."])
    size = 0 if last is None else last.head.size
    faults += unlike
    heads = []
    for head in _heads(files, origin, keys, faults):
        heads.append(head)
        yield HEAD_COUNTS_AS
    if reached is not None and (said := reached.differing(files, keys, origin)):
        faults.append(said)
    if files.size < size:
        faults.append(f"Files end at entry {files.size:,}, but {size:,} are under the last head.")
    upto = min(size, files.size)
    yield from _roots(files, upto, [head for head in heads if head.size <= files.size], faults)
    yield from _tiles(files, upto, faults)
    notices = yield from _notices(files, upto, faults)
    return Files(origin, size, len(heads), notices, faults[:FAULTS_MAX])


def _ends(files: TrailFiles, keys: Sequence[Key]) -> tuple[LastHead | None, list[str]]:
    """The newest head, and in which its two places are not alike. Before anything else, as a server signs
    more of them meanwhile. Raises `NotANote`."""
    last = last_head(files)
    unlike = [] if last is None else [*_unlike(last, files, keys)]
    if unlike:  # it may just be written
        time.sleep(WRITTEN_WITHIN_S)
        last = last_head(files)
        unlike = [] if last is None else [*_unlike(last, files, keys)]
    return last, unlike


def _unlike(last: LastHead, files: TrailFiles, keys: Sequence[Key]) -> Iterator[str]:
    shown, kept = files.newest_note(), files.last_note()
    if not (last.is_in(shown) and _is_ours(shown, keys)):
        yield "The checkpoint is not the newest head."
    if not (last.is_in(kept) and _is_ours(kept, keys)):
        yield "The newest head is not the last of `heads`."


def _heads(files: TrailFiles, origin: str, keys: Sequence[Key], faults: list[str]) -> Iterator[Head]:
    before: Head | None = None
    for number, text in enumerate(files.notes(), 1):
        try:
            note = parse_note(text)
            head = parse_head(note.text)
        except NotANote as error:
            faults.append(f"Head {number} of `heads` cannot be read: {error}. {WITHOUT_HEADS}")
            continue
        what = f"Head {number}, of {head.size:,} entries,"
        if head.origin != origin:
            faults.append(f"{what} is of another log: {head.origin}.")
        if not _is_ours(text, keys):
            faults.append(f"{what} is not signed with a key of this log. {WITHOUT_HEADS}")
        if before is not None and head.size < before.size:
            faults.append(f"{what} comes after one of {before.size:,}.")
        if before is not None and head.size == before.size and head.root != before.root:
            faults.append(f"{what} has another root than the one before, of as many.")
        before = head
        yield head


def _is_ours(text: str | None, keys: Sequence[Key]) -> bool:
    try:
        note = parse_note(text or "")
    except NotANote:
        return False
    return any(is_signed(note, key, verifies) for key in keys)


def _roots(files: TrailFiles, size: int, heads: Sequence[Head], faults: list[str]) -> Iterator[int]:
    """Each head's root, from the leaves alone."""
    roots: dict[int, set[bytes]] = {}
    for head in heads:
        roots.setdefault(head.size, set()).add(head.root)
    frontier = Frontier()
    for begin in range(0, size, LEAVES_AT_ONCE):
        data = files.leaves(begin, min(size, begin + LEAVES_AT_ONCE))
        for at in range(0, len(data), HASH_BYTES):
            frontier.append(data[at : at + HASH_BYTES])
            if frontier.size in roots and roots[frontier.size] != {frontier.root()}:
                said = f"Entries do not lead to the head of {frontier.size:,}: one up to there was changed."
                faults.append(said)
        yield len(data) // HASH_BYTES


def _tiles(files: TrailFiles, size: int, faults: list[str]) -> Iterator[int]:
    """Roots of full subtrees, each level from the one before."""
    for level in range(1, TILE_LEVELS):
        for index in range(size >> 8 * level):
            below = files.hashes(level - 1, index * TILE, (index + 1) * TILE)
            hashes = [below[at : at + HASH_BYTES] for at in range(0, len(below), HASH_BYTES)]
            if len(hashes) != TILE or files.hashes(level, index, index + 1) != full_root(hashes):
                faults.append(f"hashes.{level} does not have the root of subtree {index:,}.")
            yield TILE


def _notices(files: TrailFiles, size: int, faults: list[str]) -> Generator[int, None, int]:
    """Places rise, and each notice has its line, whose hash is its leaf, and which names the one before; of
    those that went a stub, and an act of retention that tells of it."""
    lines, count, previous, last = files.notice_lines(), 0, ZERO.hex(), (0, -1)
    going = Going(files.covered(files.notices_before(size)))
    for at, (position, part) in enumerate(files.places(0, size)):
        if at % LEAVES_AT_ONCE == 0:
            yield LEAVES_AT_ONCE
        if part != NOTICE:
            if (position, part) <= last or (part and last != (position, part - 1)):
                faults.append(f"Entry {at:,} is of operation {position}, and comes after {last[0]}.")
            last = (position, part)
            continue
        count += 1
        if position < last[0] or (position > last[0] and last != (0, -1)):
            faults.append(f"Entry {at:,}, a notice, does not stand where it says.")
        line = next(lines, None)
        if line is None:
            faults.append(f"Notice {count:,} (entry {at:,}) is missing.")
            continue
        leaf = leaf_of(line)
        if files.leaf(at) != leaf:
            faults.append(f"Notice {count:,} (entry {at:,}) is not what was sealed.")
        elif (wrong := going.wrong_with(count, line, leaf)) is not None:
            faults.append(f"Notice {count:,} (entry {at:,}) {wrong}.")
        elif stub_in(line) is not None:
            pass
        elif (said := msgspec.json.decode(line))["number"] != count or said["previous"] != previous:
            faults.append(f"Notice {count:,} (entry {at:,}) does not follow the one before it.")
        previous = leaf.hex()
    faults += going.at_end()
    return count
