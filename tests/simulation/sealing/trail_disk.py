"""The disk below the sealed log's files: what was not synced is lost in a crash, or torn.

The files are real ones; between them and the product stands what `os` gives it.
"""

import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import msgspec

from sertantai.process import private_files
from sertantai.sealing.dropped import Stub, is_access, leaf_of, stub_in, stub_line
from sertantai.sealing.files import TrailFiles
from tests.simulation.faults import Faults

CRASH_CHANCE = 0.01
FAULT_CHANCE = 0.02


class TrailDisk:
    """``crash`` kills the server. Stands in for the module `os` of `sealing.files`, and for what that writes
    with: `append_bytes` and `write_whole`."""

    def __init__(self, folder: Path, rng: random.Random, faults: Faults, crash: Callable[[], None]) -> None:
        self.folder = folder
        self._rng = rng
        self._faults = faults
        self._crash = crash
        self._on_disk: dict[str, bytes] = {}
        self._open: dict[int, Path] = {}
        self._left_open: set[int] = set()
        """By a server that died."""
        share = rng.choice((0.0, 1.0, 1.0))
        self._crash_chance, self._fault_chance = share * CRASH_CHANCE, share * FAULT_CHANCE

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def synced(self, name: str) -> bytes:
        """What a power cut leaves of a file for sure."""
        return self._on_disk.get(name, b"")

    # ------------------------------------------------------------------------------------- as `os`

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = os.open(path, flags, mode)
        self._open[descriptor] = path
        return descriptor

    def write(self, descriptor: int, data: memoryview) -> int:
        if self._happens(self._crash_chance):
            os.write(descriptor, data)
            self._left_open.add(descriptor)
            self._die()
        if self._happens(self._fault_chance):
            os.write(descriptor, data[: self._rng.randrange(len(data))])
            raise OSError("No space left on device.")
        return os.write(descriptor, data)

    def fdatasync(self, descriptor: int) -> None:
        if self._happens(self._fault_chance):
            raise OSError("Input/output error.")
        path = self._open[descriptor]
        self._on_disk[path.name] = path.read_bytes()
        if self._happens(self._crash_chance):
            self._left_open.add(descriptor)
            self._die()

    def ftruncate(self, descriptor: int, size: int) -> None:
        if descriptor in self._left_open:
            raise OSError("the server is dead")  # and takes nothing away any more
        os.ftruncate(descriptor, size)

    def close(self, descriptor: int) -> None:
        self._open.pop(descriptor, None)
        self._left_open.discard(descriptor)
        os.close(descriptor)

    # ------------------------------------------------------------------------- as `private_files`

    def append_bytes(self, path: Path, data: bytes) -> None:
        with mock.patch.object(private_files, "os", self):  # of the product's own
            private_files.append_bytes(path, data)

    def write_whole(self, path: Path, data: bytes) -> None:
        if self._happens(self._crash_chance):
            self._die()
        if self._happens(self._fault_chance):
            raise OSError("No space left on device.")
        private_files.write_whole(path, data)
        self._on_disk[path.name] = data
        if self._happens(self._crash_chance):
            self._die()

    def writing_whole(self, path: Path, pieces: Iterable[bytes]) -> None:
        self.write_whole(path, b"".join(pieces))

    # ------------------------------------------------------------------------------------- power

    def put(self, name: str, data: bytes) -> None:
        """Somebody writes a file."""
        (self.folder / name).write_bytes(data)
        self._on_disk[name] = data

    def power_cut(self) -> None:
        """Of what was appended and not synced the beginning may be there, or all."""
        for name in ("hashes.0", "hashes.1", "places", "notices.ndjson", "heads"):
            path, kept = self.folder / name, self.synced(name)
            if not path.exists():
                continue
            found = path.read_bytes()
            if found == kept:
                continue
            if found.startswith(kept):
                kept = found[: self._rng.choice((len(kept), self._rng.randint(len(kept), len(found))))]
            path.write_bytes(kept)
            self._on_disk[name] = kept

    def _happens(self, chance: float) -> bool:
        return self._faults.enabled and self._rng.random() < chance

    def _die(self) -> None:
        self._crash()
        raise OSError("the server is dead")  # nobody is there to hear of it


def with_a_stub(files: TrailFiles) -> tuple[UUID, bytes] | None:
    """Its notices, of which one says nothing any more; and which. None: none could have gone."""
    lines = list(files.notice_lines())
    for number, line in enumerate(lines, 1):
        if is_access(line) and stub_in(line) is None:
            id = UUID(msgspec.json.decode(line)["id"])
            lines[number - 1] = stub_line(Stub(leaf_of(line).hex(), id, number)).decode()
            return id, "".join(f"{one}\n" for one in lines).encode()
    return None
