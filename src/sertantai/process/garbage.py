"""When Python looks for garbage. Its own rule suits scripts; a server that holds much and drops little pays
for it with pauses.
"""

import gc
from typing import Final

YOUNG_OBJECTS_MAX: Final = 10_000
"""So many new objects, instead of 700, before the young ones are looked at: a tick makes some ten, and what
it makes is freed by its reference count. It takes a millisecond or two."""

MIDDLE_ROUNDS: Final = 5
"""So many times before those that stayed are looked at once more, together: all of it in the same pause. With
Python's own ten, or more, ten thousand sockets that come are a pause of a quarter of a second."""

OLD_ROUNDS: Final = 100
"""So many times of those before everything may be looked at, which Python does only where there is a quarter
more of it than the last time."""

LOADED_OBJECTS_MAX: Final = 200_000
"""So many while the program is still being loaded: nearly all of them stay."""


def load_quickly() -> None:
    """To be called before anything is imported: looking for garbage in it takes a tenth of a start, and finds
    nothing.
    """
    gc.set_threshold(LOADED_OBJECTS_MAX, 20, 20)


def collect_rarely() -> None:
    """To be called once, when everything is loaded: what is there now stays, and is never looked at again.

    A full collection over the register, the routes and the templates takes tens of milliseconds, in which
    nobody's tick is answered, and finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, MIDDLE_ROUNDS, OLD_ROUNDS)
