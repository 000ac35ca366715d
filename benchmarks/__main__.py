"""`python -m benchmarks [--quick] [CASE …]`; exits with 1 if a case could not be measured."""

import argparse
import sys

import uvloop
from rich.console import Console

from benchmarks.case import CASES, Case
from benchmarks.cases import load_cases
from benchmarks.plots import write_plot
from benchmarks.reporting import RESULTS, print_table, write_results
from benchmarks.running import Outcome, run_case
from sertantai.process import logs

progress = Console(stderr=True)


def main() -> int:
    logs.configure_logs("error", "console")
    load_cases()
    arguments = _arguments()
    if arguments.list:
        for case in CASES.values():
            print(f"{case.name:24} {case.unit}")
        return 0
    chosen = _chosen(arguments.cases, quick=arguments.quick)
    outcomes = uvloop.run(_measure(chosen, quick=arguments.quick))
    print_table(outcomes)
    path = write_results(outcomes, quick=arguments.quick)
    if not arguments.quick:
        for outcome in outcomes:
            if outcome.error is None:
                write_plot(outcome, RESULTS)
    print(f"Written to {path}")
    return 1 if any(outcome.error for outcome in outcomes) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help="names of cases; all of them if none is given"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes; all cases within 50 s")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    return parser.parse_args()


def _chosen(names: list[str], *, quick: bool) -> list[Case]:
    unknown = [name for name in names if name not in CASES]
    if unknown:
        sys.exit(f"No case is called {', '.join(unknown)}. There are: {', '.join(CASES)}")
    if names:
        return [CASES[name] for name in names]
    return [case for case in CASES.values() if case.in_quick or not quick]


async def _measure(cases: list[Case], *, quick: bool) -> list[Outcome]:
    outcomes = []
    for case in cases:
        progress.print(f"{case.name} …", style="dim")
        outcomes.append(await run_case(case, quick=quick))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
