"""What an operation did, as the audit tells it, once the audit can: never "nothing" for "I cannot know"."""

from sertantai.core.ids import OperationId, OwnerId, Position
from sertantai.engine.engine import Engine
from sertantai.engine.sync_patience import sync_patience_s
from sertantai.sync.store import Effect


async def effect_of(
    engine: Engine, owner: OwnerId, operation: OperationId, position: Position
) -> Effect | None:
    """What ``operation`` changed, of all that the audit holds up to ``position``; None when nothing.

    Raises `Unavailable` while PostgreSQL does not have everything up to there.
    """
    return await engine.told(
        position, sync_patience_s(engine), lambda: engine.store.effect_of(engine.journal.id, owner, operation)
    )
