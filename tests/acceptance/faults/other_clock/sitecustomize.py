"""Read by Python itself when a process starts with this folder on its path: its time of day is then off by as
many seconds as the file in `SERTANTAI_TEST_CLOCK` says. The monotonic clock goes on as it does.

libfaketime does the same for a whole process, but stalls the event loop of ours for seconds.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sertantai.process.system_clock import SystemClock

FILE = Path(os.environ["SERTANTAI_TEST_CLOCK"])
_true_time, _true_time_ns = time.time, time.time_ns


def offset_s() -> int:
    return int(FILE.read_text())


time.time = lambda: _true_time() + offset_s()
time.time_ns = lambda: _true_time_ns() + offset_s() * 1_000_000_000
SystemClock.now = lambda self: datetime.now(UTC) + timedelta(seconds=offset_s())  # type: ignore[method-assign]  # the seam
