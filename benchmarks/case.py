"""What a benchmark is: a contest of contenders that measure the same thing, us first.

A case is an async context manager that sets everything up and yields the contest:

    @case("read_selected_50", unit="µs", better="lower", target=5)
    @asynccontextmanager
    async def read_selected_50(bench: Bench) -> AsyncIterator[Contest]:
        async with ets_table(bench.pick(10_000, 200_000)) as table:
            yield Contest(ours=measure_us, peers={"ETS": lambda: table.lookup_us(50)})

Each contender returns one round's figure in the case's unit. Rounds take turns, so that a machine that is
busy for a while is busy for everyone.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

Measure = Callable[[], Awaitable[float]]
Better = Literal["higher", "lower"]
Size = TypeVar("Size")


@dataclass(frozen=True)
class Bench:
    """How large this run is. ``directory`` is empty and on the disk that is measured."""

    quick: bool
    directory: Path

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 5

    @property
    def seconds(self) -> float:
        """How long one round of a load lasts."""
        return 0.5 if self.quick else 3.0

    def pick(self, quick: Size, full: Size) -> Size:
        return quick if self.quick else full


@dataclass(frozen=True)
class Contest:
    """``peers`` in order of importance: the first is the one that the case's ratio is about."""

    ours: Measure
    peers: Mapping[str, Measure] = field(default_factory=dict)


Setting = Callable[[Bench], AbstractAsyncContextManager[Contest]]


@dataclass(frozen=True)
class Case:
    """``target`` is the least ratio to the first peer; ``limit`` the worst value of our own, in ``unit``."""

    name: str
    unit: str
    better: Better
    setting: Setting
    target: float | None
    limit: float | None
    in_quick: bool

    def ratio(self, ours: float, peer: float) -> float:
        """How many times better than the peer we are, whichever direction is better."""
        above, below = (ours, peer) if self.better == "higher" else (peer, ours)
        return above / below if below else float("inf")


CASES: dict[str, Case] = {}


def case(
    name: str,
    *,
    unit: str,
    better: Better = "higher",
    target: float | None = None,
    limit: float | None = None,
    in_quick: bool = True,
) -> Callable[[Setting], Setting]:
    """Registers a case under ``name``, the key in `results/latest.json`."""

    def register(setting: Setting) -> Setting:
        if name in CASES:
            raise ValueError(f"two benchmarks are called {name}")
        CASES[name] = Case(name, unit, better, setting, target, limit, in_quick)
        return setting

    return register
