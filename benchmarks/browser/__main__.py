"""`python -m benchmarks.browser [--quick] [--data-dir DIR]`; exits with 1 if something could not be measured.

A promise that is not kept is shown, and is no failure: on a machine that has other things to do it says more
about the machine. What others used of it meanwhile stands below the table and in the results.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.browser.first_view import first_views
from benchmarks.browser.following import following
from benchmarks.browser.new_rows import new_rows
from benchmarks.browser.promises import LAYOUT_SHIFT, Figure
from benchmarks.browser.reporting import Others, print_table, write_results
from benchmarks.browser.scrolling import scrolling
from benchmarks.browser.stage import Stage, stage
from benchmarks.browser.ticking import all_matching, ticks

COLD, WARM, TICKS, ALL, SCROLLS = 11, 15, 100, 7, 5
"""Two rounds of ticks over a page at most: a box that is ticked again there is not a tick but an undo."""
RUN_S_MAX = 600
QUICK = (3, 3, 24, 2, 3)


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="bench-browser-", ignore_cleanup_errors=True) as directory:
        data_dir = Path(arguments.data_dir or Path(directory) / "data")
        asyncio.run(_run(data_dir, quick=arguments.quick))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few samples, for while you work")
    parser.add_argument("--data-dir", help="kept from run to run, so that the register is filled only once")
    return parser.parse_args()


async def _run(data_dir: Path, *, quick: bool) -> None:
    async with asyncio.timeout(RUN_S_MAX), stage(data_dir) as ready:
        others = Others(ready.server.pid)
        figures = await measure(ready, quick=quick)
        busy = others.cores_used()
    print_table(figures, busy)
    print(f"Written to {write_results(figures, ready.register, busy, quick=quick)}")


async def measure(ready: Stage, *, quick: bool) -> list[Figure]:
    cold, warm, ticked, all_at_once, scrolls = QUICK if quick else (COLD, WARM, TICKS, ALL, SCROLLS)
    views = await first_views(ready, cold, warm)
    rows = await new_rows(ready, quick=quick)
    figures = [*views, *rows, *await ticks(ready, ticked), await following(ready, ticked)]
    figures += [await all_matching(ready, all_at_once), await scrolling(ready, scrolls)]
    return _with_shifts_together(figures)


def _with_shifts_together(figures: list[Figure]) -> list[Figure]:
    shifts = [sample for figure in figures if figure.promise is LAYOUT_SHIFT for sample in figure.samples]
    others = [figure for figure in figures if figure.promise is not LAYOUT_SHIFT]
    return [*others, Figure(LAYOUT_SHIFT, shifts)]


if __name__ == "__main__":
    sys.exit(main())
