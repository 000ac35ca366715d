"""What is done with the notes of a large operation beside the event loop, for which everybody waits."""

import asyncio
from collections.abc import Mapping
from typing import Final

from sertantai.core.notes import Notes, notes_bytes
from sertantai.core.operations import SINGLE, Annotation, Operation
from sertantai.core.storable import require_storable_operation
from sertantai.core.weight import notes_named

NOTES_AT_HAND_MAX: Final = 500
"""So few are looked through at once: the way to a thread and back takes as long."""


async def require_storable_aside(operation: Operation) -> None:
    """As `require_storable_operation`, for as many notes as there may be."""
    # A tick is told by its type: to match it against what carries notes costs more than to look at it.
    if type(operation) in SINGLE or notes_named(operation) <= NOTES_AT_HAND_MAX:
        require_storable_operation(operation)
    else:
        await asyncio.to_thread(require_storable_operation, operation)


async def measured(annotations: Mapping[int, Annotation]) -> dict[int, Annotation]:
    """With their bytes, where each reader would keep others waiting by counting them anew."""
    if len(annotations) <= NOTES_AT_HAND_MAX:
        return dict(annotations)
    return Notes(annotations, await asyncio.to_thread(notes_bytes, annotations))
