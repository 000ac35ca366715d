"""A person's history as it is shown: what is not in the database yet is waited for, not missed."""

from sertantai.core.errors import Unavailable
from sertantai.core.ids import OwnerId
from sertantai.engine.engine import Engine
from sertantai.engine.sync_patience import sync_patience_s

SETTLE_S = 2.0
"""What is left of the time for an answer is needed to read a long history."""


async def settle(engine: Engine, owner: OwnerId) -> bool:
    """Wait until what this person was told is done is in PostgreSQL too. False when some is still not."""
    hot = await engine.hot_owner(owner)
    try:
        await engine.reached(hot.last, min(SETTLE_S, sync_patience_s(engine)))
    except Unavailable:
        return False
    return True
