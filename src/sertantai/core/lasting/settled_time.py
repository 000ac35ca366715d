"""By which time things are destroyed: never by one reading of a clock. Pure."""

import msgspec

CONFIRMED_AFTER_S = 24 * 3600.0
"""So long must the server run with a clock that went ahead before what that clock says is believed."""


class Settled(msgspec.Struct, frozen=True):
    """``at`` is believed, in seconds of the epoch. The clock is ``ahead_s`` beyond it since ``waited_s``."""

    at: float
    ahead_s: float = 0.0
    waited_s: float = 0.0


def advance(known: Settled, wall: float, elapsed_s: float) -> Settled:
    """What is believed now: ``elapsed_s`` have passed by the monotonic clock, and the clock says ``wall``.

    Time that passes while we look is believed at once, a clock that steps back too: less is destroyed by it.
    What a clock is ahead, after a step or after the server was off, is marked, and believed a day later if
    the clock still says so.
    """
    at = known.at + elapsed_s
    ahead = wall - at
    if ahead <= 0:
        return Settled(wall)
    if known.ahead_s <= 0:
        return Settled(at, ahead)
    marked, waited = min(known.ahead_s, ahead), known.waited_s + elapsed_s
    if waited < CONFIRMED_AFTER_S:
        return Settled(at, marked, waited)
    return Settled(min(wall, at + marked), ahead - marked)
