"""What differs from what was sealed: told once, kept on the disk, and shown everywhere until somebody accepts
it in words (`audit accept`), which ends the log and begins the next."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sertantai.process.logs import logger
from sertantai.process.private_files import make_private_folder

log = logger(__name__)

FILE: Final = "differs"
KEPT_MAX: Final = 200
"""Sentences; a history that was rewritten differs everywhere."""


class Alarm:
    """Of one log. ``on_raised`` is told of the first thing that differs, once."""

    def __init__(self, folder: Path, on_raised: Callable[[str], None] | None = None) -> None:
        self._path = folder / FILE
        self._on_raised = on_raised
        self._said = _read(self._path)

    @property
    def said(self) -> tuple[str, ...]:
        """All that differs, in the order in which it was found."""
        return tuple(self._said)

    @property
    def fault(self) -> str | None:
        """What was found first; None: nothing differs. Then heads are signed."""
        return self._said[0] if self._said else None

    def tell(self, what: str) -> None:
        """In plain words. What cannot be kept, because the disk is full, is remembered until the end."""
        if what in self._said or len(self._said) >= KEPT_MAX:
            return
        is_first = not self._said
        self._said.append(what)
        log.error("sealed_history_differs", reason=what)
        try:
            _append(self._path, what)
        except OSError as error:
            log.warning("what differs cannot be written down", reason=str(error))
        if is_first and self._on_raised is not None:
            self._on_raised(what)


def _read(path: Path) -> list[str]:
    """A line that a crash cut off says no less that something differed."""
    said: list[str] = []
    if not path.exists():
        return said
    for line in path.read_text(errors="replace").splitlines():
        try:
            what = str(json.loads(line)["said"])
        except (ValueError, TypeError, KeyError):
            what = "Something differed that was not written down whole; `sertantai audit verify` says more."
        if what not in said:
            said.append(what)
    return said[:KEPT_MAX]


def _append(path: Path, what: str) -> None:
    make_private_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps({"at": datetime.now(UTC).isoformat(), "said": what}) + "\n")
        file.flush()
        os.fsync(file.fileno())
