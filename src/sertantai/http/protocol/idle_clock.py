"""How long a connection may stay open with nothing to do.

A pause begins behind each answer and mostly ends at once. A timer for each would be set and ended at every
tick; here one is set for many, and looks when it rings whether the pause of then still lasts.
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable


def _nobody_is_there() -> None:
    """What was to be closed is."""


class IdleClock:
    """``close`` is called when a pause has lasted for so many seconds."""

    __slots__ = ("_close", "_loop", "_since", "_timer", "seconds_max")

    def __init__(self, loop: AbstractEventLoop, seconds_max: float, close: Callable[[], None]) -> None:
        self._loop = loop
        self.seconds_max = seconds_max
        self._close = close
        self._since: float | None = None
        """None: there is something to do."""
        self._timer: TimerHandle | None = None

    def begin(self) -> None:
        self._since = self._loop.time()
        if self._timer is None:
            self._set(self.seconds_max)

    def end(self) -> None:
        self._since = None

    def stop(self) -> None:
        """The connection is gone, and known to nobody here any more."""
        timer, self._timer, self._since = self._timer, None, None
        self._close = _nobody_is_there
        if timer is not None:
            timer.cancel()

    def _set(self, seconds: float) -> None:
        self._timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._since is None:
            return
        left = self._since + self.seconds_max - self._loop.time()
        if left > 0:
            self._set(left)
        else:
            self._close()
