"""A topic that somebody listens to."""

from sertantai.core.ids import OwnerId
from sertantai.live.bounds import IDS_MAX
from sertantai.live.ring import Ring, Rings
from sertantai.live.screens import Channel
from sertantai.live.steps import Step, joined
from sertantai.live.topics import Topic


class Watched:
    """Who listens, in the order in which they came, and what they have not been told yet."""

    __slots__ = (
        "_members",
        "_told",
        "is_due",
        "left_at",
        "owner",
        "paid_until",
        "pending",
        "ring",
        "since",
        "topic",
    )

    def __init__(self, topic: Topic, owner: OwnerId | None, rings: Rings | None = None) -> None:
        self.topic = topic
        self.owner = owner
        self._members: dict[Channel, None] = {}
        self._told: tuple[Channel, ...] | None = ()
        self.pending: list[Step] = []
        self.since = 0.0
        """Of what is pending, when the oldest happened."""
        self.ring = Ring(rings)
        self.paid_until = float("-inf")
        """When as much time has gone by as its flushes so far may take; see `wait_s`."""
        self.is_due = False
        """A flush is on its way."""
        self.left_at: float | None = None
        """When the last one went; None: somebody is here."""

    def __len__(self) -> int:
        return len(self._members)

    @property
    def members(self) -> tuple[Channel, ...]:
        """Those of now, whoever comes or goes."""
        if self._told is None:
            self._told = tuple(self._members)
        return self._told

    def add(self, channel: Channel) -> None:
        self._members[channel] = None
        self._told = self.left_at = None

    def remove(self, channel: Channel, now: float) -> bool:
        if channel not in self._members:
            return False
        del self._members[channel]
        self._told = None
        if not self._members:
            self.left_at = now
        return True

    def put(self, step: Step, now: float) -> None:
        """To be told with the next flush; with what is pending as one, where it is of the same."""
        self.ring.add(step)
        if not self._members:
            return
        if not self.pending:
            self.since = now
        merged = joined(self.pending[-1], step) if self.pending else None
        if merged is not None and len(merged.operations) <= IDS_MAX:
            self.pending[-1] = merged
        else:
            self.pending.append(step)

    def wait_s(self, now: float, every_s: float, at_once: int = 1) -> float:
        """How long the next flush has to wait, where there may be one each ``every_s``, and after a rest so
        many at once."""
        return max(0.0, self.paid_until - (at_once - 1) * every_s - now)

    def flushed(self, now: float, every_s: float, at_once: int = 1) -> None:
        # Those that nothing waited for, as somebody joined, make the next wait no longer than one does.
        self.paid_until = min(max(self.paid_until, now) + every_s, now + at_once * every_s)
