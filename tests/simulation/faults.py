"""Which faults a seed has. Each seed has a few of them (swarm testing), so that none hides another."""

import asyncio
import random
from collections.abc import Callable

import msgspec

CHANCES = {
    "sync_error": 0.06,
    "disk_full": 0.04,
    "disk_slow": 0.05,
    "crash_in_disk": 0.03,
    "answer_lost": 0.15,
    "connection_lost": 0.15,
    "commit_later": 0.1,
    "serialization": 0.15,
    "database_slow": 0.08,
    "crash_in_database": 0.05,
    "poison": 0.08,
}
"""How likely each is at each step, where the seed has it."""

WINDOWS = ("down", "read_only", "failover", "crash", "user_deleted", "wall_clock_steps")
"""Faults that come at a time and go again."""

LATER = ("rotten_bytes",)
"""Windows that came later."""


class Faults(msgspec.Struct):
    active: set[str]
    enabled: bool = True


class Chaos:
    """The seed's dice. ``crash`` kills the server between two steps."""

    def __init__(self, rng: random.Random, faults: Faults) -> None:
        self.rng = rng
        self.faults = faults
        self.crash: Callable[[], None] = lambda: None

    def happens(self, fault: str) -> bool:
        faults = self.faults
        return faults.enabled and fault in faults.active and self.rng.random() < CHANCES[fault]

    def has(self, fault: str) -> bool:
        return self.faults.enabled and fault in self.faults.active

    async def pause(self, longest_s: float, slow: str) -> None:
        """The time one step takes; now and then much more."""
        seconds = self.rng.random() * longest_s
        if self.happens(slow):
            seconds += self.rng.random() * 1.5
        await asyncio.sleep(seconds)

    async def crash_point(self, fault: str) -> None:
        """The server may die here; then this never returns."""
        if self.happens(fault):
            self.crash()
            await asyncio.Event().wait()


def draw(rng: random.Random) -> Faults:
    names = [*CHANCES, *WINDOWS]
    share = rng.choice((0.0, 0.2, 0.4, 0.7))
    active = {name for name in names if rng.random() < share}
    # Drawn beside the others: a seed's story stays what it was until the first byte turns.
    more = random.Random(str(rng.getstate()[1][:5]))  # dice
    return Faults(active | {name for name in LATER if more.random() < share})
