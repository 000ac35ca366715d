"""What a run leaves behind: a table on the terminal, and results/browser.json."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.browser.promises import Figure
from benchmarks.reporting import RESULTS, figure, machine


class Others:
    """How much of the machine was busy with something that is neither the server nor this browser."""

    def __init__(self, server: int) -> None:
        self._ours = [psutil.Process(), psutil.Process(server)]
        self._began = (perf_counter(), _busy_s(), self._own_s())

    def cores_used(self) -> float:
        began, busy, own = self._began
        taken = perf_counter() - began
        return max(0.0, (_busy_s() - busy) - (self._own_s() - own)) / taken

    def _own_s(self) -> float:
        """Browsers come and go: what those that are gone have used is kept by whoever started them."""
        return sum(_tree_s(process) for process in self._ours)


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def _tree_s(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def write_results(figures: Sequence[Figure], register: str, others: float, *, quick: bool) -> Path:
    path = RESULTS / "browser.json"
    results: dict[str, Any] = {
        "machine": machine(),
        "cores_used_by_others": round(others, 2),
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "register": register,
        "figures": {one.promise.name: one.as_result() for one in figures},
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    return path


def print_table(figures: Sequence[Figure], others: float) -> None:
    table = Table(title="The register's page in Chromium", caption=_caption(others))
    for heading in ("what", "is", "", "promised", "median", "p95", "samples"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for one in figures:
        table.add_row(*_cells(one))
    Console(width=130 if not Console().is_terminal else None).print(table)


def _caption(others: float) -> str:
    return f"other programs used {others:.2f} cores meanwhile: on a machine of its own it is faster"


def _cells(one: Figure) -> tuple[str, ...]:
    result, promise = one.as_result(), one.promise
    colour = {True: "[green]", False: "[yellow]", None: ""}[one.kept]
    limit = "" if promise.limit is None else f"{'≥' if promise.at_least else '≤'} {promise.limit:g}"
    statistic = "" if promise.statistic == "median" else promise.statistic
    return (
        promise.what,
        colour + figure(one.value),
        f"{promise.unit} {statistic}".strip(),
        colour + limit,
        figure(result["median"]),
        figure(result["p95"]),
        str(result["samples"]),
    )
