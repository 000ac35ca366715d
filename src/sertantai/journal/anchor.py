"""The anchor: a small file beside the journal that says a second time how far the journal goes.

It holds two records in two places of their own and writes them in turns, so the last good one is never
written over. A record says where the journal ends and what its chain's value is there, and holds the newest
batch itself if that is not too large. The record is written and synced beside the batch's commit, and both
are awaited before anybody is told: so whatever was acknowledged is in the anchor, and a journal that ends
earlier has lost something. A batch that the anchor has and the journal lacks is written again from it.
"""

import os
import queue
import struct
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.ids import JournalId
from sertantai.process.private_files import sync_directory

SLOT_BYTES: Final = 1024 * 1024
HEADER_BYTES: Final = 128
BODY_BYTES_MAX: Final = SLOT_BYTES - HEADER_BYTES
"""A larger batch is not kept twice: it is committed first, and the anchor is written after it."""
_MAGIC: Final = b"Anchor01"
_FIELDS: Final = struct.Struct("<8sQI16sqqqqqqII")
_CRC: Final = struct.Struct("<I")
_WRITES_SYNCED: Final[int] = getattr(os, "O_DSYNC", 0)
"""With it a write returns once it is on the disk. A sync of its own would let go of the interpreter and
ask for it once more at each commit, while the event loop holds it: a tenth of what a tick costs."""


class End(msgspec.Struct, frozen=True):
    """Where a journal ends. ``before`` is the chain's value before the newest batch, which begins at
    ``first``."""

    id: JournalId
    version: int
    first: int
    last: int
    chain: int
    before: int
    trimmed: int
    trimmed_chain: int


class Record(msgspec.Struct, frozen=True):
    """``body`` is the newest batch; None when it is kept in the journal only."""

    serial: int
    end: End
    body: bytes | None


class AnchorFile(msgspec.Struct, frozen=True):
    """What stands in an anchor. ``damaged``: how many of its two places hold no whole record."""

    newest: Record | None
    damaged: int


def anchor_path(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}-anchor")


def read_anchor(path: Path) -> AnchorFile | None:
    """None when there is no anchor. A torn record is what a power cut leaves: the other one is whole."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    slots = [content[start : start + SLOT_BYTES] for start in (0, SLOT_BYTES)]
    records = [_decode(slot) for slot in slots]
    whole = [record for record in records if record is not None]
    damaged = sum(
        (record is None and any(slot)) or len(slot) < SLOT_BYTES
        for record, slot in zip(records, slots, strict=True)
    )
    newest = max(whole, key=lambda record: record.serial, default=None)
    return AnchorFile(newest, damaged)


def _encode(record: Record, crc: int) -> bytes:
    end = record.end
    head = _FIELDS.pack(
        _MAGIC,
        record.serial,
        end.version,
        end.id.bytes,
        end.first,
        end.last,
        end.chain,
        end.before,
        end.trimmed,
        end.trimmed_chain,
        len(record.body) if record.body is not None else 0,
        crc,
    )
    head += _CRC.pack(zlib.crc32(head))
    return head.ljust(HEADER_BYTES, b"\0") + (record.body or b"")


def _decode(slot: bytes) -> Record | None:
    if len(slot) < HEADER_BYTES or not slot.startswith(_MAGIC):
        return None
    head = slot[: _FIELDS.size]
    if zlib.crc32(head) != _CRC.unpack_from(slot, _FIELDS.size)[0]:
        return None
    _, serial, version, identity, first, last, chain, before, trimmed, trimmed_chain, size, crc = (
        _FIELDS.unpack(head)
    )
    body = slot[HEADER_BYTES : HEADER_BYTES + size] if size else None
    if body is not None and (len(body) != size or zlib.crc32(body) != crc):
        return None
    identifier = JournalId(UUID(bytes=identity))
    end = End(identifier, version, first, last, chain, before, trimmed, trimmed_chain)
    return Record(serial, end, body)


class Anchor:
    """Writes the anchor for a journal's writer thread, from a thread of its own.

    `begin` starts a record and `settle` waits for it; between them the journal commits. `take_back` writes
    over a record whose batch was refused.
    """

    def __init__(self, path: Path, *, sync: bool = True) -> None:
        self._path = path
        self._sync = sync
        self._descriptor: int | None = None
        self._slot = 0
        self._serial = 0
        self._under_way: Record | None = None
        self._late: tuple[Record, int] | None = None
        """A record that has to wait for the commit: its batch is not in it."""
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[OSError | None] = queue.SimpleQueue()
        """One for each record, once it is on the disk or failed. Python's own semaphore would ask for the
        interpreter's lock several times, while the event loop holds it."""
        self._thread: threading.Thread | None = None

    def open(self, end: End, since: int) -> None:
        """Make the file if need be, and begin with ``end``, numbered beyond ``since``. Raises `OSError`."""
        self._make()
        self._serial = since
        known = read_anchor(self._path)
        if known is not None and known.newest is not None:
            self._serial = max(since, known.newest.serial)
            self._slot = self._place_of(known.newest)
        self._thread = threading.Thread(target=self._run, name="journal-anchor", daemon=True)
        self._thread.start()
        self.write(end)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def begin(self, end: End, body: bytes, crc: int) -> None:
        self._serial += 1
        if len(body) > BODY_BYTES_MAX:
            self._late = Record(self._serial, end, None), 0
        else:
            self._put(Record(self._serial, end, body), crc)

    def settle(self) -> None:
        """Returns once the record is on the disk; raises `OSError`."""
        late, self._late = self._late, None
        if late is not None:
            self._put(*late)
        if self._under_way is None:
            return
        self._under_way = None
        failure = self._answers.get()
        if failure is not None:
            raise failure
        self._slot = 1 - self._slot

    def write(self, end: End) -> None:
        """A record without a batch."""
        self._serial += 1
        self._put(Record(self._serial, end, None), 0)
        self.settle()

    def wipe(self, end: End) -> None:
        """Nothing is left of any batch, in neither place."""
        for _ in range(2):
            self._serial += 1
            self._put(Record(self._serial, end, None), 0, padded_to=SLOT_BYTES)
            self.settle()

    def take_back(self, end: End) -> None:
        """The batch that was begun is refused: the journal ends at ``end`` again."""
        self._late = None
        if self._under_way is not None:
            begun = self._slot
            with suppress(OSError):
                self.settle()
            self._slot = begun  # the record that was last true is not written over
        self.write(end)

    def _put(self, record: Record, crc: int, padded_to: int = 0) -> None:
        self._under_way = record
        self._queue.put(_encode(record, crc).ljust(padded_to, b"\0"))

    def _run(self) -> None:
        while (content := self._queue.get()) is not None:
            try:
                assert self._descriptor is not None
                os.pwrite(self._descriptor, content, (1 - self._slot) * SLOT_BYTES)
                if self._sync and not _WRITES_SYNCED:
                    os.fsync(self._descriptor)
            except OSError as error:
                self._answers.put(error)
            else:
                self._answers.put(None)

    def _place_of(self, newest: Record) -> int:
        assert self._descriptor is not None
        first = _decode(os.pread(self._descriptor, SLOT_BYTES, 0))
        return 0 if first is not None and first.serial == newest.serial else 1

    def _make(self) -> None:
        """Two places of real blocks: a later sync writes data only, and a full disk cannot stop it."""
        synced = _WRITES_SYNCED if self._sync else 0
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | synced, 0o600)
        missing = 2 * SLOT_BYTES - os.fstat(self._descriptor).st_size
        if missing <= 0:
            return
        os.pwrite(self._descriptor, bytes(missing), 2 * SLOT_BYTES - missing)
        if self._sync:
            os.fsync(self._descriptor)
            sync_directory(self._path.parent)
