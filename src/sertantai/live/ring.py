"""The last steps of one list, for who comes back after a moment: bounded in number, in bytes and in time."""

from collections import deque

from sertantai.live.bounds import RING_BYTES_MAX, RING_MESSAGES_MAX
from sertantai.live.steps import KeptStep, Missed, Step, since


class Ring:
    __slots__ = ("_steps", "size_bytes")

    def __init__(self) -> None:
        self._steps: deque[KeptStep] = deque()
        self.size_bytes = 0

    def add(self, step: Step) -> None:
        if self._steps and self._steps[-1].version != step.before:
            self.clear()  # something happened that nobody told
        kept = step.kept
        self._steps.append(kept)
        self.size_bytes += kept.size_bytes
        while len(self._steps) > RING_MESSAGES_MAX or self.size_bytes > RING_BYTES_MAX:
            self.size_bytes -= self._steps.popleft().size_bytes

    def clear(self) -> None:
        self._steps.clear()
        self.size_bytes = 0

    def since(self, known: int) -> Missed | None:
        """See `steps.since`."""
        return since(self._steps, known)
