"""The time as the machine has it."""

import time
from datetime import UTC, datetime


class SystemClock:
    """A `core.clock.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
