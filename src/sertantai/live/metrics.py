"""What is measured of live channels."""

from typing import Final

from prometheus_client import Counter, Gauge

from sertantai.process.metrics import REGISTRY, TickCounts, TickTimes
from sertantai.process.sampling import OfLive

SCREENS: Final = Gauge("sertantai_live_screens", "Sockets, long-poll sessions and streams", registry=REGISTRY)
CHANNELS: Final = Gauge("sertantai_live_channels", "Topics that they have joined", registry=REGISTRY)
LAGGING: Final = Gauge("sertantai_live_lagging", "Screens that do not read", registry=REGISTRY)
_WRITES: Final = TickCounts("sertantai_live_writes", "Messages handed to a screen", ())
WRITES: Final = _WRITES.of()
JOINS: Final = Counter(
    "sertantai_live_joins", "Joins by how they were answered", ["answer"], registry=REGISTRY
)
CLOSED: Final = Counter("sertantai_live_closed", "Screens that were closed by us", ["why"], registry=REGISTRY)
HANDSHAKES: Final = Counter(
    "sertantai_live_handshakes", "Handshakes by their status", ["status"], registry=REGISTRY
)
COMMIT_TO_WRITE: Final = TickTimes(
    "sertantai_live_commit_to_write_seconds",
    "From when a change was folded until it was written to the first socket",
    (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0),
)
SAMPLED: Final = OfLive(SCREENS, CHANNELS, LAGGING, _WRITES, HANDSHAKES, COMMIT_TO_WRITE)
"""What the page of performance shows."""
