"""What was answered during a time: how often, how slowly, and with which refusals."""

from collections import Counter
from dataclasses import dataclass, field

from tests.acceptance.faults.wire import Answer


@dataclass
class Tally:
    acknowledged: int = 0
    """Changes that were answered with success."""
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """503 and 429 by their codes."""
    cut: int = 0
    """Requests whose connection went with the server."""
    slowest_s: float = 0.0

    def note(self, answer: Answer) -> None:
        self.slowest_s = max(self.slowest_s, answer.seconds)

    def add(self, other: "Tally") -> None:
        self.acknowledged += other.acknowledged
        self.read += other.read
        self.refused += other.refused
        self.cut += other.cut
        self.slowest_s = max(self.slowest_s, other.slowest_s)
