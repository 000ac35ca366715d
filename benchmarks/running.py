"""Runs cases: one warm-up round, then rounds in turns."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.case import Bench, Case, Measure

OURS = "sertantai"


@dataclass(frozen=True)
class Outcome:
    """Every round's figure of every contender; ours under `OURS`."""

    case: Case
    runs: Mapping[str, list[float]] = field(default_factory=dict)
    took_s: float = 0.0
    error: str | None = None

    @property
    def value(self) -> float:
        return median(self.runs[OURS])

    @property
    def peers(self) -> dict[str, float]:
        return {name: median(runs) for name, runs in self.runs.items() if name != OURS}

    @property
    def ratio(self) -> float | None:
        """To the first peer; the median of the rounds' own ratios, so that a slow minute counts for both."""
        rivals = [runs for name, runs in self.runs.items() if name != OURS]
        if not rivals:
            return None
        return median(
            self.case.ratio(ours, peer) for ours, peer in zip(self.runs[OURS], rivals[0], strict=True)
        )

    @property
    def reached(self) -> bool | None:
        """Whether the case's own targets hold; None when it has none."""
        verdicts = []
        if self.case.target is not None and self.ratio is not None:
            verdicts.append(self.ratio >= self.case.target)
        if self.case.limit is not None:
            higher = self.case.better == "higher"
            verdicts.append(self.value >= self.case.limit if higher else self.value <= self.case.limit)
        return all(verdicts) if verdicts else None


async def run_case(case: Case, *, quick: bool) -> Outcome:
    """Sets the case up, lets its contenders take turns, and takes it down. An error ends this case only."""
    started = perf_counter()
    runs: dict[str, list[float]] = {}
    error = None
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as directory:
        bench = Bench(quick=quick, directory=Path(directory))
        try:
            async with case.setting(bench) as contest:
                runs = await take_turns({OURS: contest.ours, **contest.peers}, bench.rounds)
        except Exception as failure:  # noqa: BLE001  # one case's failure must not hide the others' figures
            error = _reason(failure)
    return Outcome(case, runs, perf_counter() - started, error)


def _reason(failure: BaseException) -> str:
    """The innermost cause in one line: task groups wrap what went wrong."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return f"{type(failure).__name__}: {failure}"


async def take_turns(contenders: Mapping[str, Measure], rounds: int) -> dict[str, list[float]]:
    """Every contender once to warm up, then ``rounds`` times, each round beginning with another one."""
    names = list(contenders)
    runs: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        await contenders[name]()
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            runs[name].append(await contenders[name]())
    return runs
