"""What operations did, and how laws came into a list: never "nothing" for "I cannot know".

PostgreSQL tells it; each answer is `Told` with the position that it is true for.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from pyroaring import BitMap

from sertantai.audit.patience import Patience
from sertantai.core.effects import Effect
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordId, RecordNo, UserId
from sertantai.core.told import Told
from sertantai.engine.engine import Engine
from sertantai.records.ranks import Numbers


class RecentOperations(NamedTuple):
    """Operations, newest first, each with what it undoes. Older ones stand before ``goes_on_before``; None:
    there are none."""

    operations: Sequence[tuple[OperationId, OperationId | None]]
    goes_on_before: Position | None


class ListChanges(NamedTuple):
    """What is different in a list at ``version`` from an earlier one: ``added`` are selected at ``version``
    and were not before, ``removed`` the other way round."""

    version: Position
    added: BitMap
    removed: BitMap


class Coming(NamedTuple):
    """When, by what means, and by whom a record came into a list."""

    record: RecordNo
    at: datetime
    source: str
    actor: UserId | None = None


class EffectStore(Protocol):
    """Asks PostgreSQL, as it is now; ``journal`` is the one whose watermark an answer is true for.

    All methods raise `DatabaseUnavailable`. `postgres_effects` asks PostgreSQL; simulations simulate it.
    """

    async def effect_of(
        self, journal: JournalId, owner: OwnerId, operation: OperationId
    ) -> Told[Effect | None]: ...

    async def effect_before(
        self, journal: JournalId, owner: OwnerId, group: GroupId, operation: OperationId
    ) -> Told[Effect | None]: ...

    async def recent_operations(
        self,
        journal: JournalId,
        owner: OwnerId,
        group: GroupId,
        actor: UserId,
        before: Position | None,
        walked: int,
    ) -> Told[RecentOperations]: ...

    async def changed_by_others(
        self, journal: JournalId, owner: OwnerId, group: GroupId, since: Position, actor: UserId
    ) -> Told[bool]: ...

    async def changed_since(
        self, journal: JournalId, owner: OwnerId, group: GroupId, version: Position
    ) -> Told[ListChanges]: ...

    async def details(
        self, journal: JournalId, owner: OwnerId, group: GroupId, records: Sequence[RecordId]
    ) -> Told[Sequence[Coming]]: ...

    async def in_order_of_coming(
        self, journal: JournalId, owner: OwnerId, group: GroupId
    ) -> Told[Numbers]: ...


class Effects:
    """What is asked with a position is told once it is true for that; else `Unavailable` is raised."""

    def __init__(self, engine: Engine, store: EffectStore) -> None:
        self.engine = engine
        self._store = store
        self._patience = Patience(engine)

    async def of(self, owner: OwnerId, operation: OperationId, position: Position) -> Told[Effect | None]:
        """What an operation changed; None when none up to ``position`` is it, or it changed nothing."""
        return await self._patience.until(
            owner, position, lambda journal: self._store.effect_of(journal, owner, operation)
        )

    async def before(
        self, owner: OwnerId, group: GroupId, operation: OperationId, position: Position
    ) -> Told[Effect | None]:
        """What an operation changed in a list while it was another owner's, where that history was given."""
        return await self._patience.until(
            owner, position, lambda journal: self._store.effect_before(journal, owner, group, operation)
        )

    async def newest(
        self,
        owner: OwnerId,
        group: GroupId,
        actor: UserId,
        position: Position,
        *,
        before: Position | None,
        walked: int,
    ) -> Told[RecentOperations]:
        """Of the last ``walked`` operations ``before`` a position (None: of all) that changed records of a
        list: those of ``actor``, and whoever's undos."""
        return await self._patience.until(
            owner,
            position,
            lambda journal: self._store.recent_operations(journal, owner, group, actor, before, walked),
        )

    async def changed_by_others(
        self, owner: OwnerId, group: GroupId, since: Position, actor: UserId, position: Position
    ) -> Told[bool]:
        """Whether anybody but ``actor`` has done anything to a list since a position."""
        return await self._patience.until(
            owner,
            position,
            lambda journal: self._store.changed_by_others(journal, owner, group, since, actor),
        )

    async def changed_since(
        self, owner: OwnerId, group: GroupId, version: Position, position: Position
    ) -> Told[ListChanges]:
        """What is different since ``version``, in the list as PostgreSQL has it: at ``position`` or later.
        Raises `BeforeTheTrail` where the trail of that time has been dropped."""
        return await self._patience.until(
            owner, position, lambda journal: self._store.changed_since(journal, owner, group, version)
        )

    async def details(
        self, owner: OwnerId, group: GroupId, records: Sequence[RecordId]
    ) -> Told[Sequence[Coming]]:
        """How each of ``records`` came into a list, as it is known now."""
        return await self._patience.now(
            owner, lambda journal: self._store.details(journal, owner, group, records)
        )

    async def in_order_of_coming(self, owner: OwnerId, group: GroupId) -> Told[Numbers]:
        """All records of a list, those that came in first first; the latest are waited for a little."""
        return await self._patience.soon(
            owner, lambda journal: self._store.in_order_of_coming(journal, owner, group)
        )
