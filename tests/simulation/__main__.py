"""``python -m tests.simulation --seed N`` replays one; ``--minutes M`` tries new ones until then."""

import argparse
import random
import sys
import time
import traceback

from tests.simulation.scenario import Outcome, simulate


def main() -> int:
    arguments = _arguments()
    if arguments.seed is not None:
        print(_told(arguments.seed, arguments))  # noqa: T201  # what it is run for
        return 0
    first = arguments.first if arguments.first is not None else random.SystemRandom().randrange(2**40)
    ends = time.monotonic() + arguments.minutes * 60
    seed, broken = first, 0
    while seed < first + arguments.seeds and time.monotonic() < ends:
        broken += _try(seed, arguments)
        seed += 1
        if (seed - first) % 1000 == 0:
            _say(f"{seed - first} seeds, {broken} broken")
    _say(f"{seed - first} seeds from {first}, {broken} broken")
    return 1 if broken else 0


def _told(seed: int, arguments: argparse.Namespace) -> Outcome:
    how = {"organization": arguments.organization, "watched": arguments.watched}
    how |= {"sealed": arguments.sealed, "apart": arguments.apart}
    return simulate(seed, arguments.steps, **how)


def _try(seed: int, arguments: argparse.Namespace) -> int:
    try:
        _told(seed, arguments)
    except Exception:  # noqa: BLE001  # every failure of a seed is a finding
        steps, also = arguments.steps, " --organization" if arguments.organization else ""
        also += " --watched" if arguments.watched else ""
        also += " --sealed" if arguments.sealed else ""
        also += " --apart" if arguments.apart else ""
        _say(f"seed {seed} broke; replay: python -m tests.simulation --seed {seed} --steps {steps}{also}")
        traceback.print_exc(limit=-3)
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this one")
    parser.add_argument("--first", type=int, help="the first of the seeds (default: random)")
    parser.add_argument("--seeds", type=int, default=10**9, help="how many at most")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--steps", type=int, default=6, help="how long a story is")
    parser.add_argument(
        "--organization",
        action="store_const",
        const=True,
        help="several people have lists together in each (else in every sixth)",
    )
    parser.add_argument("--watched", action="store_true", help="people look on over live channels")
    parser.add_argument(
        "--sealed", action="store_true", help="what is done is sealed, and held against the log"
    )
    parser.add_argument(
        "--apart", action="store_true", help="the synchroniser has a process of its own, which dies"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
