"""Owners are kept apart in memory and in the journal, with no help from PostgreSQL or from the web.

The engine is the real one, on a real journal; the database is a simulated one that asks nobody who they are.
"""

import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest

from sertantai.core.bitmaps import bitmap, numbers, pack
from sertantai.core.errors import NotFound
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import (
    ACCESS_KINDS,
    MOVING_KINDS,
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CreateGroup,
    Decide,
    DeleteGroup,
    Deselect,
    ExportList,
    Operation,
    Origin,
    PurgeGroup,
    RestoreGroup,
    Select,
    SetGrant,
    Suggest,
    UpdateGroup,
    Withdraw,
    decode,
)
from sertantai.core.rights import Level
from sertantai.core.stored_state import decode_state
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.journal.sqlite import SqliteJournal
from sertantai.process.new_ids import new_id
from sertantai.process.system_clock import SystemClock
from tests.simulation.database import Database, SimulatedStore
from tests.simulation.faults import Chaos, Faults

ANN, BEN = OwnerId(UUID(int=1)), OwnerId(UUID(int=2))
LIST_OF = {ANN: GroupId(UUID(int=11)), BEN: GroupId(UUID(int=12))}
OWN = {ANN: 100, BEN: 200}
"""Records that only this owner ever ticks begin here."""
AT = datetime(2026, 1, 1, tzinfo=UTC)


class House:
    """Two owners, one engine; it may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.sqlite"
        self._dice = random.Random(1)  # a test that can be repeated
        self.database = Database(self._dice)
        for owner, group in LIST_OF.items():
            self.database.add_user(owner, group)

    async def open(self) -> None:
        self.journal = SqliteJournal(self._path, sync=False)
        store = SimulatedStore(self.database, Chaos(self._dice, Faults(set())))
        self.engine = Engine(self.journal, store, SystemClock(), Bounds(sync_interval_s=0))
        await self.engine.start()

    async def close(self) -> None:
        await self.engine.stop()

    async def ticked(self, owner: OwnerId) -> set[int]:
        state = await self.engine.state(owner)
        assert state.owner == owner
        assert set(state.groups) == {LIST_OF[owner]}
        return set(numbers(state.groups[LIST_OF[owner]].records))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    await made.open()
    yield made
    await made.close()


def by(owner: OwnerId, group: GroupId) -> dict[str, Any]:
    return {
        "id": OperationId(new_id()),
        "owner": owner,
        "group": group,
        "at": AT,
        "origin": Origin(UserId(owner)),
    }


SOME = pack(bitmap([7]))
Make = Callable[[dict[str, Any]], Operation]
ATTACKS: dict[str, Make] = {
    "select": lambda common: Select(record=RecordNo(7), **common),
    "deselect": lambda common: Deselect(record=RecordNo(7), **common),
    "bulk select": lambda common: BulkSelect(records=SOME, **common),
    "bulk deselect": lambda common: BulkDeselect(records=SOME, **common),
    "clear": lambda common: ClearAll(**common),
    "amend": lambda common: Amend(add=SOME, remove=SOME, **common),
    "annotate": lambda common: Annotate(records=SOME, changes={"note": "mine"}, **common),
    "update": lambda common: UpdateGroup(name="mine", **common),
    "delete": lambda common: DeleteGroup(**common),
    "restore": lambda common: RestoreGroup(records=SOME, **common),
    "purge": lambda common: PurgeGroup(**common),
    "suggest": lambda common: Suggest(add=SOME, remove=SOME, **common),
    "decide": lambda common: Decide(suggestion=common["id"], accepted=True, records=SOME, **common),
    "withdraw": lambda common: Withdraw(suggestion=common["id"], **common),
    "export": lambda common: ExportList(version=Position(1), laws=1, form="csv", **common),
    "grant": lambda common: SetGrant(grantee=BEN, level=Level.MANAGE, **common),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_operation_reaches_a_list_of_another_owner_nor_the_journal(
    house: House, attack: str
) -> None:
    await house.engine.perform(Select(record=RecordNo(7), **by(ANN, LIST_OF[ANN])))
    before = house.journal.last
    with pytest.raises(NotFound):
        await house.engine.perform(ATTACKS[attack](by(BEN, LIST_OF[ANN])))
    assert house.journal.last == before
    assert await house.ticked(ANN) == {7}
    assert await house.ticked(BEN) == set()


def test_every_kind_of_operation_on_a_list_is_tried() -> None:
    tried = {type(make(by(ANN, LIST_OF[ANN]))) for make in ATTACKS.values()}
    assert tried == set(get_args(Operation)) - {CreateGroup} - MOVING_KINDS - ACCESS_KINDS | {
        SetGrant,
        ExportList,
    }


async def test_a_list_made_under_anothers_id_is_ones_own(house: House) -> None:
    """Ids are chosen by whoever asks, so two owners may choose the same; nothing is shared by it."""
    shared = GroupId(UUID(int=99))
    for owner in LIST_OF:
        await house.engine.perform(CreateGroup(name="same", **by(owner, shared)))
    await house.engine.perform(Select(record=RecordNo(7), **by(ANN, shared)))
    of_ben = (await house.engine.state(BEN)).groups[shared]
    assert not of_ben.records


async def test_the_id_of_anothers_operation_gives_nothing_away(house: House) -> None:
    """An operation that was done before answers with what it did: to its owner."""
    mine = Select(record=RecordNo(7), **by(ANN, LIST_OF[ANN]))
    await house.engine.perform(mine)
    same_id = {**by(BEN, LIST_OF[BEN]), "id": mine.id}
    change = await house.engine.perform(Select(record=RecordNo(8), **same_id))
    assert change.operation.owner == BEN
    assert set(numbers(change.added)) == {8}


async def test_nothing_passes_between_owners_through_memory_journal_or_restart(house: House) -> None:
    """Ticks of two people in turns, while one leaves memory and comes back, and through restarts."""
    dice = random.Random(2)  # a test that can be repeated
    wanted: dict[OwnerId, set[int]] = {ANN: set(), BEN: set()}
    for turn in range(300):
        owner = dice.choice([ANN, BEN])
        record = OWN[owner] + dice.randrange(50)
        await house.engine.perform(Select(record=RecordNo(record), **by(owner, LIST_OF[owner])))
        wanted[owner].add(record)
        if turn % 50 == 25:
            await house.engine.release(ANN)
        if turn % 100 == 75:
            await house.close()
            await house.open()
    for owner, records in wanted.items():
        assert await house.ticked(owner) == records
    for entry in await house.journal.read(Position(house.journal.first - 1), 1_000):
        operation = decode(entry.body)
        assert operation.group == LIST_OF[operation.owner]
        assert operation.origin.actor == operation.owner


async def test_a_checkpoint_holds_its_owner_and_nobody_else(house: House) -> None:
    for owner, group in LIST_OF.items():
        await house.engine.perform(Select(record=RecordNo(OWN[owner]), **by(owner, group)))
    await house.close()
    await house.open()
    for owner, group in LIST_OF.items():
        checkpoint = await house.journal.checkpoint(owner)
        assert checkpoint is not None
        state = decode_state(checkpoint.state)
        assert (state.owner, set(state.groups)) == (owner, {group})
        assert set(numbers(state.groups[group].records)) == {OWN[owner]}
