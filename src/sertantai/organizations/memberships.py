"""In which organizations somebody is: where to look, and no right.

What is known of it comes from PostgreSQL once, and from then on from the log itself. It may name an
organization that somebody has left: what they may do there is asked of its state, which is always right.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from itertools import chain, repeat
from typing import Final

from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.core.operations import Admit, ChangeMember, Expel, Operation
from sertantai.core.state import OwnerState
from sertantai.organizations import sql
from sertantai.postgres import Database, Role
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger

log = logger(__name__)

READ_WAIT_S: Final = 2.0
RETRY_S: Final = (0.2, 1.0, 5.0)
YIELD_ROWS: Final = 1_000


class Memberships(BackgroundService):
    """Background service: reads once who is where. The engine tells it of each change, from its start."""

    task_name = "memberships"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._of: dict[int, dict[OwnerId, None]] = {}
        """By the person's id as an integer, which is found faster; in the order in which they came in."""
        self._changed: Counter[int] = Counter()
        self._is_read = asyncio.Event()

    async def of(self, person: UserId) -> Iterable[OwnerId]:
        """Raises `DatabaseUnavailable` while it is not known: nobody takes that for "in none"."""
        if not self._is_read.is_set():
            try:
                async with asyncio.timeout(READ_WAIT_S):
                    await self._is_read.wait()
            except TimeoutError:
                raise DatabaseUnavailable(
                    "It is not known yet in which organisations you are. Try again in a moment.",
                    retry_after_s=2,
                ) from None
        return tuple(self._of.get(person.int, ()))

    def changes_of(self, person: UserId) -> int:
        """How often what somebody is in an organization was changed, or ended, since this process began."""
        return self._changed[person.int]

    def note(self, _position: Position, operation: Operation) -> None:
        """Of each operation that was done."""
        if isinstance(operation, Admit):
            self._add(operation.member, operation.owner)
        elif isinstance(operation, Expel):
            self._of.get(operation.member.int, {}).pop(operation.owner, None)
            self._changed[operation.member.int] += 1
        elif isinstance(operation, ChangeMember):
            self._changed[operation.member.int] += 1

    def forget(self, organization: OwnerId) -> None:
        """It has ended."""
        for known in self._of.values():
            known.pop(organization, None)

    def meet(self, states: Iterable[OwnerState]) -> None:
        """What was done before, and is not in PostgreSQL yet."""
        for state in states:
            if state.access is not None:
                for member in state.access.members:
                    self._add(member, state.owner)

    def _add(self, person: UserId, organization: OwnerId) -> None:
        self._of.setdefault(person.int, {})[organization] = None

    async def _run(self) -> None:
        pauses_s = chain(RETRY_S, repeat(RETRY_S[-1]))
        while not self._is_read.is_set():
            try:
                await self._read()
                self._is_read.set()
            except SertantaiError as error:
                log.info("memberships cannot be read yet", reason=error.message)
                await asyncio.sleep(next(pauses_s))

    async def _read(self) -> None:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.MEMBERSHIPS)
        for number, row in enumerate(rows, 1):
            self._add(row["user_id"], row["organization_id"])
            if number % YIELD_ROWS == 0:
                await asyncio.sleep(0)
