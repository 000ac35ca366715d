"""Batches found in the bytes of a journal's files, without SQLite: behind a bad place it reads nothing.

A row of `batch` is recognised by the form of its record in SQLite's file format
(https://www.sqlite.org/fileformat2.html#record_format) and believed only when its body matches its checksum.
Pages of the file and frames of its log are searched alike, also those that SQLite no longer counts; what
is out of date among them is sorted out by the chain.
"""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.core.ids import JournalId
from sertantai.journal.chain import Link, link_of
from sertantai.journal.keyed import entries_in

_WAL_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_INTEGER_BYTES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}
# A row of `batch`: length of the header, NULL (its key is the row's number), two integers, a blob.
_RECORD: Final = re.compile(rb"([\x05-\x0b])\x00([\x01-\x06\x08\x09])([\x01-\x06\x08\x09])", re.DOTALL)
_IDENTITY: Final = re.compile(rb"\x03\x11\x2cid(.{16})", re.DOTALL)


class Found(NamedTuple):
    """A batch whose body matches its checksum."""

    link: Link
    body: bytes


class _Image(NamedTuple):
    number: int
    content: bytes


def carve(journal: Path) -> Iterator[Found]:
    """Every batch that can be read, the same one perhaps often, those found later not before older ones."""
    images = _images(journal)
    places: dict[int, list[int]] = {}
    for index, image in enumerate(images):
        places.setdefault(image.number, []).append(index)
    for index, image in enumerate(images):
        for match in _RECORD.finditer(image.content):
            batch = _batch(images, places, index, match)
            if batch is not None:
                yield batch


def carve_identity(journal: Path) -> JournalId | None:
    """The journal's id, where all places that hold one agree."""
    found = {
        match[1]
        for path in (journal, journal.with_name(f"{journal.name}-wal"))
        if path.exists()
        for match in _IDENTITY.finditer(path.read_bytes())
    }
    return JournalId(UUID(bytes=found.pop())) if len(found) == 1 else None


def _images(journal: Path) -> list[_Image]:
    """The pages of the file, then those in its log, with their numbers."""
    content = journal.read_bytes() if journal.exists() else b""
    wal = journal.with_name(f"{journal.name}-wal")
    log = wal.read_bytes() if wal.exists() else b""
    size = _page_size(content, log)
    pages = [_Image(i // size + 1, content[i : i + size]) for i in range(0, len(content), size)]
    for start in range(_WAL_HEADER, len(log), _FRAME_HEADER + size):
        number = int.from_bytes(log[start : start + 4], "big")
        pages.append(_Image(number, log[start + _FRAME_HEADER : start + _FRAME_HEADER + size]))
    return pages


def _page_size(content: bytes, log: bytes) -> int:
    """As SQLite makes them, 4,096 bytes, unless both files say otherwise."""
    said = int.from_bytes(content[16:18], "big") or int.from_bytes(log[8:12], "big")
    noted = int.from_bytes(log[8:12], "big") if log else said
    return said if said == noted and said in {512 << i for i in range(8)} else 4096


def _batch(
    images: list[_Image], places: dict[int, list[int]], index: int, match: "re.Match[bytes]"
) -> Found | None:
    page = images[index].content
    blob, at = _varint(page, match.end())
    if blob < 12 or blob % 2 or at - match.start() != match[1][0]:
        return None
    size = (blob - 12) // 2
    last, at = _integer(page, at, match[2][0])
    checksum, at = _integer(page, at, match[3][0])
    if last < 1 or checksum < 0 or at > len(page):
        return None
    whole = (at - match.start()) + size
    here = _local(whole, len(page)) - (at - match.start())
    for body in _bodies_from(images, places, index, page[at : at + max(here, 0)], size, at + here):
        link = _checked(last, checksum, body)
        if link is not None and _has_number(page, match.start(), link.first):
            return Found(link, body)
    return None


def _checked(last: int, checksum: int, body: bytes) -> Link | None:
    if zlib.crc32(body) != checksum & 0xFFFF_FFFF:
        return None
    try:
        count = len(entries_in(body))
    except msgspec.DecodeError:
        return None
    return link_of(last - count + 1, last, checksum) if 0 < count <= last else None


def _has_number(page: bytes, at: int, number: int) -> bool:
    """Whether the row's number, the batch's first position, stands before its record."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return page[max(0, at - len(groups)) : at] == bytes(reversed(groups))


def _bodies_from(
    images: list[_Image], places: dict[int, list[int]], index: int, start: bytes, size: int, at: int
) -> Iterator[bytes]:
    """The body that begins with ``start``; where pages it goes on to are there in several forms, some."""
    if len(start) >= size:
        yield start[:size]
        return
    page = images[index].content
    number = int.from_bytes(page[at : at + 4], "big")
    # As the log had them at the end of this transaction, then as they are at last, then as they are at first.
    for choose in (_nearest, _newest, _oldest):
        body, following = bytearray(start), number
        for _ in range(size // (len(page) - 4) + 2):
            if len(body) >= size or following not in places:
                break
            content = images[choose(places[following], index)].content
            following = int.from_bytes(content[:4], "big")
            body += content[4 : 4 + size - len(body)]
        if len(body) == size:
            yield bytes(body)


def _nearest(places: list[int], index: int) -> int:
    return min(places, key=lambda place: (abs(place - index), -place))


def _newest(places: list[int], _index: int) -> int:
    return places[-1]


def _oldest(places: list[int], _index: int) -> int:
    return places[0]


def _local(whole: int, usable: int) -> int:
    """How much of a record stands in its page: "Cell payload" in SQLite's file format."""
    most = usable - 35
    if whole <= most:
        return whole
    least = (usable - 12) * 32 // 255 - 23
    wanted = least + (whole - least) % (usable - 4)
    return wanted if wanted <= most else least


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for byte in page[at : at + 9]:
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, at


def _integer(page: bytes, at: int, kind: int) -> tuple[int, int]:
    if kind in (8, 9):
        return kind - 8, at
    end = at + _INTEGER_BYTES[kind]
    return int.from_bytes(page[at:end], "big", signed=True), end
