"""What an operation changed, as it is told afterwards: for undo, for requests sent again, and for readers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import Annotation
from sertantai.core.told import Told


class Edit(msgspec.Struct, frozen=True):
    """What an operation changed in an annotation: values by key, None where there is none."""

    before: Annotation
    after: Annotation


class Effect(msgspec.Struct, frozen=True):
    """What an operation changed, as the audit tells it; removed records with the annotations they had.
    ``position`` is the last that it stood at: one that was retried has stood at two."""

    group: GroupId
    action: str
    added: Sequence[RecordNo]
    removed: Mapping[RecordNo, Annotation]
    annotated: Mapping[RecordNo, Edit] = {}
    position: Position = Position(0)
    undoes: OperationId | None = None
    actor: UserId | None = None
    reason: str | None = None
    """Why the removed ones went, where somebody has said so."""

    @property
    def changed(self) -> int:
        return len(self.added) + len(self.removed) + len(self.annotated)


EffectOf = Callable[[OwnerId, OperationId, Position], Awaitable[Told[Effect | None]]]
"""Tells what an operation changed, once all up to a position is known: then None is nothing. Raises
`Unavailable` while it is not."""
