"""What a run leaves behind: a table on the terminal, and results/latest.json."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.running import OURS, Outcome

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What the figures were taken on, without naming it."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _kind(taken_on: dict[str, Any]) -> dict[str, Any]:
    """A machine as the guide names it: with another build of its system it is still the same."""
    return {**taken_on, "system": str(taken_on.get("system")).partition(" ")[0]}


def figures(outcome: Outcome) -> dict[str, Any]:
    """A case in the shape that others rely on, and what more there is to say."""
    if outcome.error is not None:
        return {"value": None, "unit": outcome.case.unit, "peer": None, "ratio": None, "runs": []} | {
            "error": outcome.error
        }
    peers = outcome.peers
    return {
        "value": outcome.value,
        "unit": outcome.case.unit,
        "peer": next(iter(peers.values()), None),
        "ratio": outcome.ratio,
        "runs": outcome.runs[OURS],
        "better": outcome.case.better,
        "target": outcome.case.target,
        "limit": outcome.case.limit,
        "reached": outcome.reached,
        "peers": {
            name: {
                "value": value,
                "ratio": outcome.case.ratio(outcome.value, value),
                "runs": outcome.runs[name],
            }
            for name, value in peers.items()
        },
    }


def write_results(outcomes: Sequence[Outcome], *, quick: bool) -> Path:
    """Writes results/latest.json; the cases of a partial run replace their own figures only."""
    path = RESULTS / "latest.json"
    cases: dict[str, Any] = {}
    if path.exists():
        earlier = msgspec.json.decode(path.read_bytes())
        if earlier.get("quick") == quick and _kind(earlier.get("machine", {})) == _kind(machine()):
            cases = earlier["cases"]
    cases |= {outcome.case.name: figures(outcome) for outcome in outcomes}
    results = {
        "machine": machine(),
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "cases": cases,
    }
    RESULTS.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    return path


def print_table(outcomes: Sequence[Outcome]) -> None:
    table = Table(title="Benchmarks", caption="ratio: how many times better than the first peer")
    for heading in ("case", "sertantai", "unit", "peers", "ratio", "target", "took"):
        table.add_column(heading, justify="left" if heading in ("case", "unit", "peers") else "right")
    for outcome in outcomes:
        table.add_row(*_cells(outcome))
    Console(width=140 if not Console().is_terminal else None).print(table)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    case, took = outcome.case, f"{outcome.took_s:.0f} s"
    if outcome.error is not None:
        return (case.name, "[red]failed", "", f"[red]{escape(outcome.error)}", "", "", took)
    peers = "\n".join(f"{name} {figure(value)}" for name, value in outcome.peers.items())
    ratio = "" if outcome.ratio is None else f"{outcome.ratio:.2f}×"
    targets = [f"{case.target:g}×"] if case.target is not None else []
    if case.limit is not None:
        targets.append(f"{'≥' if case.better == 'higher' else '≤'} {figure(case.limit)}")
    colour = {True: "[green]", False: "[yellow]", None: ""}[outcome.reached]
    return (
        case.name,
        figure(outcome.value),
        case.unit,
        peers,
        colour + ratio,
        colour + ", ".join(targets),
        took,
    )


def figure(value: float) -> str:
    """Three significant digits, thousands apart."""
    if value and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"
