"""How long a request waits until what it was told before is in PostgreSQL too."""

from sertantai.engine.engine import Engine

SYNC_WAIT_S = 4.0


def sync_patience_s(engine: Engine) -> float:
    """Nobody is kept waiting for a PostgreSQL that is known to be away."""
    return SYNC_WAIT_S if engine.status().sync.failing_since is None else 0.0
