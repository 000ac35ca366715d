"""When and how laws came into a list, asked by its id: it has a new name before the database has it."""

from typing import Any

import pytest

from sertantai.audit.effects import Effects
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import RecordId, RecordNo, UserId
from sertantai.core.operations import Origin, Select, UpdateGroup
from sertantai.engine.engine import Engine
from sertantai.lists.access import Access, Allowed, Asking, Right
from sertantai.lists.listing import selection_details
from sertantai.sync.postgres_store import PostgresStore
from tests.postgres.audit.conftest import Person


async def list_of(engine: Engine, person: Person, group: Any) -> Allowed:
    return await Access(engine).list_of(Asking(Origin(UserId(person.id))), group, Right.READ)


def hold_back(patch: pytest.MonkeyPatch) -> None:
    async def away(*_given: object) -> None:
        raise DatabaseUnavailable("PostgreSQL takes nothing at the moment.")

    patch.setattr(PostgresStore, "apply", away)


async def test_a_new_name_that_is_not_synchronised_yet_hides_nothing(
    engine: Engine,
    effects: Effects,
    somebody: Person,
    records: dict[int, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = await somebody.make_list("First name")
    for record in (3, 1, 2):
        await somebody.do(Select, group, record=RecordNo(record))
    await engine.release(somebody.id)  # memory, too, would tell the latest
    ids = {RecordNo(number): RecordId(records[number]) for number in (1, 2, 3)}
    before = await selection_details(effects, await list_of(engine, somebody, group), ids)
    assert len(before) == 3
    with monkeypatch.context() as patch:
        hold_back(patch)
        renamed = await somebody.do(UpdateGroup, group, name="Second name")
        found = await list_of(engine, somebody, group)
        assert found.group.name == "Second name"
        assert await selection_details(effects, found, ids) == before
        told = await effects.in_order_of_coming(somebody.id, group)
        assert told.answer.tolist() == [3, 1, 2]
        assert not told.settled, "the new name is still to come, and the answer says so"
        assert told.upto < renamed.position
    await engine.flush()
    told = await effects.in_order_of_coming(somebody.id, group)
    assert (told.settled, told.answer.tolist()) == (True, [3, 1, 2])
