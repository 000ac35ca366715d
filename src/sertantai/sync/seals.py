"""Leaves of the sealed log, worked out from memory and written with what they are leaves of.

A reader of the trail's rows would seal what somebody has changed already. So the hash is made from what is
about to be written, and stands in the same transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

from sertantai.core.audit_words import BULK_DESELECT, BULK_SELECT
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import JournalId, Position, RecordNo
from sertantai.core.operations import of_no_list
from sertantai.core.sealing.entries import OF_THE_LIST, Link
from sertantai.postgres import Connection, Database
from sertantai.postgres.lanes import Lane
from sertantai.postgres.roles import Role
from sertantai.process.ending import end
from sertantai.sealing import sql
from sertantai.sealing.again import WrittenAgain
from sertantai.sealing.blinds import Blind, Blinds, columns_of
from sertantai.sealing.deeds import ChainKey, Deed, SealedBatch, blinds_of, chains_of, sealed
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.links import LastSealed, believed, link_columns
from sertantai.sync.audit_metadata import HANDED_FROM, HANDED_TO
from sertantai.sync.store import AuditedOperation, Batch, MovedList, RowChange, RowsDiffer

NAMES_KEPT_MAX = 250_000
AT_HAND_MAX = 500
"""Rows; more of them are hashed beside the event loop."""


class Seals:
    """Of one journal's server. Names of laws never change, so they are kept. ``again``: what was sealed
    already. ``keeps_entries``: whether the entries themselves stand beside their leaves, to be streamed.
    ``last``: what links are held against that are not known to be our own."""

    def __init__(
        self,
        macs: RowMacs,
        blinds: Blinds,
        again: WrittenAgain | None = None,
        *,
        keeps_entries: bool = False,
        last: LastSealed | None = None,
    ) -> None:
        self._macs = macs
        self._blinds = blinds
        self._again = again
        self._last = last
        self._keeps_entries = keeps_entries
        self._names: dict[int, str] = {}

    @property
    def sealed_upto(self) -> Position:
        """No operation that is new may stand there: the log is beyond it."""
        return Position(0) if self._again is None else self._again.sealed_upto

    async def prepared(self, database: Database, batch: Batch, lane: Lane) -> "Prepared | None":
        """What is needed to seal a batch; None: there is nothing to seal. Keys are made, if need be, in a
        transaction of their own: one that is undone would leave leaves that nobody can open."""
        numbers = _records(batch)
        unknown = [number for number in numbers if number not in self._names]
        if unknown:
            if len(self._names) + len(unknown) > NAMES_KEPT_MAX:
                self._names = {}
                unknown = list(numbers)
            async with database.transaction(Role.SYNC, lane=lane) as connection:
                rows = await connection.fetch(sql.NAMES, unknown)
            self._names.update((row["record_no"], row["name"]) for row in rows)
        try:
            deeds = list(deeds_of(batch, self._names))
        except KeyError as error:
            raise RowsDiffer(f"The law {error.args[0]} is not in the database.") from None
        if not deeds:
            return None
        blinds = {blind for deed in deeds for blind in blinds_of(deed)}
        if self._blinds.missing(blinds):
            async with database.transaction(Role.SYNC, lane=lane) as connection:
                keys = await self._blinds.keys(connection, blinds)
            self._blinds.remember(keys)
        else:
            keys = self._blinds.kept(blinds)
        return Prepared(deeds, keys, len(numbers))

    @asynccontextmanager
    async def sealing(
        self, connection: Connection, batch: Batch, prepared: "Prepared"
    ) -> AsyncIterator[None]:
        """In the transaction of the batch, around what writes all else of it: leaves are worked out while
        PostgreSQL is busy with that, and written last."""
        chains = await self._chains(connection, prepared)
        making = asyncio.create_task(self._made(prepared, chains))
        try:
            yield
        except BaseException:
            await end(making)
            raise
        await self._keep(connection, batch, await making)

    async def _chains(self, connection: Connection, prepared: "Prepared") -> Mapping[ChainKey, Link]:
        """The newest links of the histories that the batch goes on with."""
        wanted = list({key: None for deed in prepared.deeds for key in chains_of(deed)})
        rows = await connection.fetch(
            sql.CHAINS, [key[0] for key in wanted], [key[1] for key in wanted], *columns_of(prepared.keys)
        )
        if any(row["head"] is None and row["number"] < len(prepared.keys) for row in rows):
            self._blinds.doubt(prepared.keys)
            raise DatabaseUnavailable("Keys of what is hidden are missing, and are written again.")
        links = [row for row in rows if row["head"] is not None]
        return await believed(links, wanted, self._macs, self._last)

    async def _keep(self, connection: Connection, batch: Batch, made: SealedBatch) -> None:
        if self._again is not None:
            await self._again.check(made)
        await connection.execute(sql.KEEP_CHAINS, *link_columns(self._macs, made.chains))
        mac = leaves_mac(self._macs, str(batch.journal), made)
        kept = made.entries if self._keeps_entries else None
        await connection.execute(
            sql.KEEP_LEAVES, batch.journal, made.position, made.part, made.places, made.leaves, mac, kept
        )

    async def _made(self, prepared: "Prepared", chains: Mapping[ChainKey, Link]) -> SealedBatch:
        if prepared.rows <= AT_HAND_MAX:
            return sealed(prepared.deeds, prepared.keys, chains)
        return await asyncio.to_thread(sealed, prepared.deeds, prepared.keys, chains)


class Prepared:
    """``rows``: how many laws the deeds are about."""

    def __init__(self, deeds: Sequence[Deed], keys: Mapping[Blind, bytes], rows: int) -> None:
        self.deeds = deeds
        self.keys = keys
        self.rows = rows


def leaves_mac(macs: RowMacs, journal: str, made: SealedBatch) -> bytes:
    return macs.of("leaves", journal, made.position, made.part, made.places, made.leaves)


def _records(batch: Batch) -> Sequence[RecordNo]:
    moved = batch.move_list
    if moved is not None:
        return moved.records
    return [row.record for operation in batch.operations for row in operation.rows]


def deeds_of(batch: Batch, names: Mapping[int, str]) -> Iterator[Deed]:
    """What a batch writes, in the order of the journal. ``names``: of the laws, by their numbers."""
    operations: Iterable[tuple[AuditedOperation, Sequence[RowChange]]]
    operations = [(operation, operation.rows) for operation in batch.operations]
    if batch.move_list is not None:
        operations = [*_moved(batch.move_list), *operations]
    in_order = sorted(operations, key=lambda one: one[0].position)
    for position, same in groupby(in_order, key=lambda one: one[0].position):
        yield _deed(batch.journal, batch.part_of(position), list(same), names)


def _moved(moved: MovedList) -> Iterator[tuple[AuditedOperation, Sequence[RowChange]]]:
    """Both trails of a list that moves have a row of each of its laws."""
    for operation, action, said in (
        (moved.given, BULK_DESELECT, {HANDED_TO: str(moved.owner)}),
        (moved.taken, BULK_SELECT, {HANDED_FROM: str(moved.giver)}),
    ):
        yield operation, [RowChange(record, action, said) for record in moved.records]


def _deed(
    journal: JournalId,
    part: int,
    lines: Sequence[tuple[AuditedOperation, Sequence[RowChange]]],
    names: Mapping[int, str],
) -> Deed:
    operation = lines[-1][0]
    rows: list[tuple[str, int, str, Mapping[str, Any]]] = []
    for line, changes in lines:
        moved = changes is not line.rows
        shared = {} if moved else line.metadata or {}
        rows += [
            (row.action, row.record, names[row.record], {**shared, **(row.metadata or {})}) for row in changes
        ]
        if line.group_action is not None:
            rows.append((line.group_action, OF_THE_LIST, "", line.metadata or {}))
    said = operation.metadata or {}
    return Deed(
        journal,
        operation.position,
        part,
        operation.id,
        operation.owner,
        operation.actor,
        None if operation.group == of_no_list(operation.owner) else operation.group,
        operation.group_name,
        operation.at,
        operation.session,
        operation.ip,
        operation.user_agent,
        said.get("source", "hand"),
        said.get("undoes"),
        operation.count,
        rows,
    )
