"""What was done to a list while it was another owner's, as whoever has it now would have written it."""

from datetime import datetime
from uuid import UUID

import msgspec

from sertantai.audit.effects import Effects
from sertantai.core.effects import Edit, Effect
from sertantai.core.ids import OperationId, UserId
from sertantai.core.notes import SIGNATURES
from sertantai.core.operations import Annotation
from sertantai.core.sharing.hand_over_steps import signed_by, unsigned
from sertantai.core.state import CAME_AT, GroupState
from sertantai.engine.hot_tier import HotOwner


async def effect_before(
    effects: Effects, hot: HotOwner, group: GroupState, operation: OperationId
) -> Effect | None:
    """None also where that history was not given. What was written is signed as a hand-over signs it."""
    effect = (await effects.before(hot.state.owner, group.id, operation, hot.last)).answer
    if effect is None:
        return None
    shared, by = hot.state.access is not None, effect.actor
    return msgspec.structs.replace(
        effect,
        removed={number: as_here(note, group, by, shared=shared) for number, note in effect.removed.items()},
        annotated={
            number: Edit(_edit_as_here(edit.before, group, by, shared=shared), edit.after)
            for number, edit in effect.annotated.items()
        },
    )


def as_here(note: Annotation, group: GroupState, by: UUID | None, *, shared: bool) -> Annotation:
    """As an organization has it (``shared``), or as a person has, who alone writes there."""
    if not shared:
        return dict(unsigned({0: note})[0])
    if by is None or not SIGNATURES.keys().isdisjoint(note):
        return note
    at = datetime.fromisoformat(str(group.metadata[CAME_AT]))
    return dict(signed_by(UserId(by), at, {0: note})[0])


def _edit_as_here(before: Annotation, group: GroupState, by: UUID | None, *, shared: bool) -> Annotation:
    """The same for what stood there before an edit: where nothing did, nobody had written it."""
    made = as_here(
        {key: value for key, value in before.items() if value is not None}, group, by, shared=shared
    )
    nothing: Annotation = {key: None for key, value in before.items() if value is None}
    if shared:
        nothing |= {signature: None for signature, of in SIGNATURES.items() if of in nothing}
    return {**made, **nothing}
