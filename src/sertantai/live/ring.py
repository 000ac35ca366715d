"""The last steps of lists, for who comes back after a moment: bounded in number, in bytes and in time, of one
list and of all together."""

from collections import OrderedDict, deque

from sertantai.live.bounds import RING_BYTES_MAX, RING_MESSAGES_MAX, RINGS_BYTES_MAX
from sertantai.live.steps import KeptStep, Missed, Step, since


class Ring:
    """The last steps of one list; ``others`` are those that it shares the bound of all with."""

    __slots__ = ("_others", "_steps", "size_bytes")

    def __init__(self, others: "Rings | None" = None) -> None:
        self._others = others or Rings()
        self._steps: deque[KeptStep] = deque()
        self.size_bytes = 0

    def add(self, step: Step) -> None:
        if self._steps and self._steps[-1].version != step.before:
            self.clear()  # something happened that nobody told
        kept, before = step.kept, self.size_bytes
        self._steps.append(kept)
        self.size_bytes += kept.size_bytes
        while len(self._steps) > RING_MESSAGES_MAX or self.size_bytes > RING_BYTES_MAX:
            self.size_bytes -= self._steps.popleft().size_bytes
        self._others.has_grown(self, self.size_bytes - before)

    def clear(self) -> None:
        self._others.is_empty(self)
        self._steps.clear()
        self.size_bytes = 0

    def since(self, known: int) -> Missed | None:
        """See `steps.since`."""
        return since(self._steps, known)


class Rings:
    """Of all lists: where they are too large together, that one is emptied to which nothing came for longest.
    Who comes back to it reads the list anew."""

    def __init__(self, bytes_max: int = RINGS_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._filled: OrderedDict[Ring, None] = OrderedDict()
        self.size_bytes = 0

    def has_grown(self, ring: Ring, by_bytes: int) -> None:
        self.size_bytes += by_bytes
        self._filled[ring] = None
        self._filled.move_to_end(ring)
        while self.size_bytes > self._bytes_max:
            next(iter(self._filled)).clear()

    def is_empty(self, ring: Ring) -> None:
        if self._filled.pop(ring, ring) is None:
            self.size_bytes -= ring.size_bytes
