"""One fault after the other, each under load, each followed by recovery and the verdict."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tests.acceptance.faults.crowd import Crowd
from tests.acceptance.faults.site import Site
from tests.acceptance.faults.tally import Tally
from tests.acceptance.faults.verdict import everything_holds

WORK_S: Final = 1.0
"""How long everybody works before something breaks, at least half of it and at most one and a half."""

SiteT = TypeVar("SiteT", bound=Site)
Fault = Callable[[SiteT, random.Random], Awaitable[None]]


@dataclass(frozen=True)
class Trial:
    """One fault: what people met while it lasted, and how long the server took to be well again."""

    fault: str
    recovery_s: float
    tally: Tally


async def suffer(site: SiteT, crowd: Crowd, name: str, fault: Fault[SiteT], rng: random.Random) -> Trial:
    """Let ``fault`` happen while everybody works. Raises what somebody met, or what does not hold."""
    loop = asyncio.get_running_loop()
    crowd.resume()
    await site.lasts(WORK_S * rng.uniform(0.5, 1.5))
    await fault(site, rng)
    healed_at = loop.time()
    await site.recovered()
    recovery_s = loop.time() - healed_at
    tally = await crowd.pause()
    await site.caught_up()
    await everything_holds(site, crowd)
    return Trial(name, recovery_s, tally)


async def suffer_all(
    site: SiteT, crowd: Crowd, faults: Mapping[str, Fault[SiteT]], names: Iterable[str], rng: random.Random
) -> list[Trial]:
    """Raises what the first fault that is not borne shows, with what was borne before it."""
    trials: list[Trial] = []
    for name in names:
        try:
            trials.append(await suffer(site, crowd, name, faults[name], rng))
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}\n{table(trials)}") from error
    return trials


def table(trials: Iterable[Trial]) -> str:
    """Per fault: how often it happened, what was answered, the slowest answer, the longest recovery."""
    by_fault: dict[str, list[Trial]] = {}
    for trial in trials:
        by_fault.setdefault(trial.fault, []).append(trial)
    lines = [_line("fault", "times", "changes", "reads", "503/429", "cut", "slowest", "recovery", "refusals")]
    for fault, same in by_fault.items():
        whole = Tally()
        for trial in same:
            whole.add(trial.tally)
        slowest, recovery = f"{whole.slowest_s:.2f} s", f"{max(trial.recovery_s for trial in same):.1f} s"
        answered = (whole.acknowledged, whole.read, whole.refused.total(), whole.cut)
        lines.append(_line(fault, len(same), *answered, slowest, recovery, _codes(whole.refused)))
    return "\n".join(lines)


def _codes(refused: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in refused.most_common(3))


def _line(fault: str, *cells: object) -> str:
    *numbers, codes = cells
    return " ".join([f"{fault:<32}", *(f"{cell:>8}" for cell in numbers), "", str(codes)]).rstrip()
