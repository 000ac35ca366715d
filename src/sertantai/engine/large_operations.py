"""What is done with the notes of a large operation beside the event loop, for which everybody waits."""

from collections.abc import Callable, Mapping
from typing import Final, ParamSpec, TypeVar

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.notes import Notes, notes_bytes
from sertantai.core.operations import SINGLE, Annotation, Operation, encode
from sertantai.core.storable import require_storable_operation
from sertantai.core.weight import notes_named
from sertantai.process.own_threads import OwnThreads

NOTES_AT_HAND_MAX: Final = 500
"""So few are looked through at once: the way to a thread and back takes as long."""

_threads: Final = OwnThreads(2, name="prepare")
"""The commit of what belongs together may wait for it, and must not wait for whatever else is done
beside the event loop."""
P = ParamSpec("P")
T = TypeVar("T")


async def prepared_aside(operation: Operation) -> bytes | None:
    """As `require_storable_operation`, for as many notes as there may be. What the journal gets, too; None
    where it is so small that it is encoded when its turn comes."""
    # A tick is told by its type: to match it against what carries notes costs more than to look at it.
    if type(operation) in SINGLE or notes_named(operation) <= NOTES_AT_HAND_MAX:
        require_storable_operation(operation)
        return None
    return await _threads.run(_prepared, operation)


def _prepared(operation: Operation) -> bytes:
    require_storable_operation(operation)
    return encoded(operation)


async def beside(notes: int, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What ``work`` returns, which goes through so many notes and changes nothing."""
    if notes <= NOTES_AT_HAND_MAX:
        return work(*given, **named)
    return await _threads.run(work, *given, **named)


def encoded(operation: Operation) -> bytes:
    """Raises `InvalidInput` for what cannot be written."""
    try:
        return encode(operation)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise InvalidInput(f"This cannot be written to the journal: {error}.") from error


async def measured(annotations: Mapping[int, Annotation]) -> dict[int, Annotation]:
    """With their bytes, where each reader would keep others waiting by counting them anew."""
    if len(annotations) <= NOTES_AT_HAND_MAX:
        return dict(annotations)
    return Notes(annotations, await _threads.run(notes_bytes, annotations))
