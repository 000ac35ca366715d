"""Operations that PostgreSQL refused and that somebody wants tried again: performed by the running server."""

from uuid import UUID

from sertantai.core.effects import EffectOf
from sertantai.core.errors import Conflict, NotFound
from sertantai.core.ids import Position
from sertantai.core.operations import decode
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.postgres import Database, Role
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.sync import rejections_sql as sql

log = logger(__name__)


POLL_INTERVAL_S = 3.0
BATCH_MAX = 100


class RejectionRetries(RegularTurns):
    """The server's part of a retry: it alone writes the journal, so it alone performs the operation again.

    An operation keeps its id. One that the trail knows by now (the server died between performing it and
    saying so) is not performed a second time.
    """

    task_name = "rejection-retries"
    first_after_s = every_s = retry_s = POLL_INTERVAL_S

    def __init__(self, database: Database, engine: Engine, effect_of: EffectOf) -> None:
        self._database = database
        self._engine = engine
        self._effect_of = effect_of

    async def retry_requested(self) -> int:
        """Perform what is asked for now; how many operations were performed."""
        async with self._database.transaction(Role.SYNC) as connection:
            requested = await connection.fetch(sql.REQUESTED, BATCH_MAX)
        if requested:
            await self._engine.flush()
        performed = 0
        for row in requested:
            performed += await self._retry(row["id"], row["payload"], Position(row["position"]))
        return performed

    async def turn(self) -> None:
        await self.retry_requested()

    async def _retry(self, rejection: UUID, payload: bytes, rejected_at: Position) -> bool:
        operation = decode(payload)
        try:
            newest = (await self._engine.hot_owner(operation.owner)).last
            effect = (await self._effect_of(operation.owner, operation.id, newest)).answer
            # A part of it may have been written before the rest was refused: that is not the retry.
            if effect is None or effect.position <= rejected_at:
                await self._engine.perform(operation)
        except KeptElsewhere:
            return False  # the server that keeps this person's lists does it
        except (NotFound, Conflict) as error:
            async with self._database.transaction(Role.SYNC) as connection:
                await connection.execute(sql.REFUSED_AGAIN, rejection, error.message, error.code)
            log.warning("rejection_refused_again", rejection=str(rejection), reason=error.message)
            return False
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.RESOLVE, [rejection], "retried")
        log.info("rejection_retried", rejection=str(rejection), operation_id=str(operation.id))
        return True
