"""A closed loop: so many clients, each with one request under way at any time, for so many seconds."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter

Request = Callable[[int], Awaitable[object]]
"""Does one request as client number n."""


@dataclass(frozen=True)
class Load:
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


async def closed_loop(request: Request, clients: int, seconds: float) -> Load:
    """Raises what a request raises: a benchmark of failures measures nothing."""
    latencies: list[float] = []
    gc.collect()
    started = perf_counter()
    end = started + seconds

    async def client(number: int) -> None:
        before = perf_counter()
        while before < end:
            await request(number)
            after = perf_counter()
            latencies.append(after - before)
            before = after

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(number))
    took = perf_counter() - started
    latencies.sort()
    return Load(len(latencies), took, percentile_ms(latencies, 50), percentile_ms(latencies, 99))


def percentile_ms(ascending: list[float], percent: float) -> float:
    """The nearest-rank percentile of ``ascending`` seconds, in milliseconds."""
    if not ascending:
        return float("nan")
    rank = max(0, -(-len(ascending) * percent // 100) - 1)
    return ascending[int(rank)] * 1000
