"""Read by Python itself when a process starts with this folder on its path: it is killed just before the
second operation whose origin is the word that stands in the file `SERTANTAI_TEST_END`."""

import os
import signal
from pathlib import Path

from sertantai.core.fold import Change
from sertantai.core.operations import Operation
from sertantai.engine.engine import Engine

FILE = Path(os.environ["SERTANTAI_TEST_END"])
_perform = Engine.perform
_done: list[Operation] = []


async def _perform_or_end(self: Engine, operation: Operation) -> Change:
    if FILE.exists() and operation.origin.source == FILE.read_text():
        if _done:
            FILE.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        _done.append(operation)
    return await _perform(self, operation)


Engine.perform = _perform_or_end  # type: ignore[method-assign]  # the seam
