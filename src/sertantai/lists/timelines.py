"""A person's history as it is shown: what is not in the database yet is waited for, not missed."""

from sertantai.audit.patience import SETTLE_S, Patience
from sertantai.core.errors import Unavailable
from sertantai.core.ids import OwnerId
from sertantai.engine.engine import Engine


async def settle(engine: Engine, owner: OwnerId) -> bool:
    """Wait until what this person was told is done is in PostgreSQL too. False when some is still not."""
    hot = await engine.hot_owner(owner)
    try:
        await engine.reached(hot.last, Patience(engine).most_s(SETTLE_S))
    except Unavailable:
        return False
    return True
