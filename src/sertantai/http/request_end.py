"""What is to be done when a request is over, however it ends: also when its answer was never begun."""

from collections.abc import Callable
from typing import Any, Final

_STATE_KEY: Final = "at_end"


def at_end(scope: Any, work: Callable[[], None]) -> None:
    """``work`` is done once, by the front door."""
    scope["state"].setdefault(_STATE_KEY, []).append(work)


def end(scope: Any) -> None:
    for work in scope["state"].pop(_STATE_KEY, ()):
        work()
