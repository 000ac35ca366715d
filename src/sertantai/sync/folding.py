"""The fold of an operation that goes through many notes, beside the event loop.

A fold changes nothing that anybody has: it makes the next state of the one that it is given. So a thread may
make it while others read on, and who called publishes what came out.
"""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from sertantai.core.fold import Change, fold
from sertantai.core.ids import Position
from sertantai.core.operations import SINGLE, Operation, decode
from sertantai.core.state import OwnerState
from sertantai.core.weight import notes_gone_through
from sertantai.process.own_threads import OwnThreads

NOTES_AT_HAND_MAX = 500
"""So few are folded at once: the way to a thread and back takes as long."""
BYTES_AT_HAND_MAX: Final = 100_000
FOLDING_AT_ONCE: Final = 2
"""The commit's and the synchroniser's: nothing else of the server keeps them waiting for a thread."""

P = ParamSpec("P")
T = TypeVar("T")
Folded = tuple[OwnerState, Change]

_threads: Final = OwnThreads(FOLDING_AT_ONCE, name="fold")


def goes_through_many(operation: Operation, state: OwnerState) -> bool:
    """Whether everybody would notice that the event loop folds it. Raises as `fold` does."""
    return type(operation) not in SINGLE and notes_gone_through(operation, state) > NOTES_AT_HAND_MAX


async def fold_beside(state: OwnerState, position: Position, operation: Operation) -> Folded:
    """As `fold`. Until it ends, nobody else may publish a state of this owner."""
    if not goes_through_many(operation, state):
        return fold(state, position, operation)
    return await _threads.run(fold, state, position, operation)


async def decoded(body: bytes) -> Operation:
    """As `decode`; a large one beside the event loop."""
    if len(body) <= BYTES_AT_HAND_MAX:
        return decode(body)
    return await _threads.run(decode, body)


async def beside(notes: int, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What ``work`` returns, which goes through so many notes and changes nothing."""
    if notes <= NOTES_AT_HAND_MAX:
        return work(*given, **named)
    return await _threads.run(work, *given, **named)
