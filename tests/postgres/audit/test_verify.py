"""Every list rebuilt from the trail; each kind of damage is planted once and found."""

from uuid import UUID

import asyncpg

from sertantai.audit.verify import Fault, Verification, verify
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from tests.postgres.audit.conftest import Person

Superuser = "asyncpg.Connection[asyncpg.Record]"

DELETE_ROW = "DELETE FROM user_record_selections WHERE user_id = $1 AND record_no = $2"
ADD_ROW = """
INSERT INTO user_record_selections (user_id, record_id, record_no) SELECT $1, id, record_no
  FROM uk_lrt_records WHERE record_no = $2
"""
COPY_TRAIL_ROW = """
INSERT INTO selection_audit_log
       (user_id, record_id, record_no, action, group_id, operation_id, position, created_at)
SELECT user_id, record_id, record_no, action, group_id, operation_id, position + 1, created_at
  FROM selection_audit_log WHERE user_id = $1 AND record_no = $2
"""
DELETE_TRAIL = "DELETE FROM selection_audit_log WHERE user_id = $1 AND record_no = $2"
DELETE_USER = "DELETE FROM users WHERE id = $1"


def faults(found: Verification) -> list[tuple[Fault, list[int]]]:
    return [(difference.fault, list(difference.records)) for difference in found.differences]


async def busy(engine: Engine, somebody: Person) -> None:
    await somebody.bulk_select(1, 2, 3, 4)
    await somebody.deselect(2)
    await somebody.select(2)
    await somebody.note(3, "kept")
    await somebody.clear()
    await somebody.bulk_select(5, 6)
    await engine.flush()


async def test_what_the_engine_wrote_is_clean(
    database: Database, engine: Engine, somebody: Person, another: Person
) -> None:
    await busy(engine, somebody)
    await busy(engine, another)

    found = await verify(database)

    assert found.clean
    assert found.positions == {engine.journal.id: engine.journal.last}
    assert (found.rows, found.trail_rows) == (4, 2 * 12)
    assert found.lists >= 2


async def test_operations_that_still_wait_are_no_difference(
    database: Database, engine: Engine, somebody: Person
) -> None:
    await somebody.select(1)
    found = await verify(database)
    assert found.clean


async def test_a_lost_row_is_found(
    database: Database, engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await busy(engine, somebody)
    await superuser.execute(DELETE_ROW, somebody.id, 5)

    found = await verify(database)
    assert faults(found) == [(Fault.TRAIL_WITHOUT_ROW, [5])]
    assert found.differences[0].group_name == "default"


async def test_a_row_without_trail_is_found_also_in_a_list_that_has_none(
    database: Database,
    engine: Engine,
    somebody: Person,
    another: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await busy(engine, somebody)
    await superuser.execute(ADD_ROW, somebody.id, 9)
    await superuser.execute(ADD_ROW, another.id, 1)

    found = await verify(database)
    assert sorted(faults(found)) == [(Fault.ROW_WITHOUT_TRAIL, [1]), (Fault.ROW_WITHOUT_TRAIL, [9])]


async def test_a_change_written_twice_is_found(
    database: Database, engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await somebody.select(1)
    await engine.flush()
    await superuser.execute(COPY_TRAIL_ROW, somebody.id, 1)

    assert faults(await verify(database)) == [(Fault.CHANGED_TWICE, [1])]


async def test_the_trail_of_somebody_who_is_gone_is_no_difference(
    database: Database, engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await busy(engine, somebody)
    await superuser.execute(DELETE_USER, somebody.id)

    found = await verify(database)
    assert found.clean
    assert found.erased_owners == 1


async def test_damage_in_the_trail_of_somebody_who_is_gone_is_found(
    database: Database,
    engine: Engine,
    somebody: Person,
    another: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await busy(engine, somebody)
    await another.select(7)
    await engine.flush()
    await superuser.execute(DELETE_USER, somebody.id)
    await superuser.execute(DELETE_USER, another.id)
    await superuser.execute(COPY_TRAIL_ROW, another.id, 7)
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute(
        "DELETE FROM selection_audit_log WHERE user_id = $1 AND record_no = 5", somebody.id
    )

    found = await verify(database)
    assert sorted(faults(found)) == [(Fault.CHANGED_TWICE, [7]), (Fault.ROW_WITHOUT_TRAIL, [5])]
    assert found.erased_owners == 2


async def test_a_trail_of_nobody_is_found(
    database: Database, engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await busy(engine, somebody)
    await superuser.execute("ALTER TABLE users DISABLE TRIGGER sertantai_keep_erased_lists")
    await superuser.execute(DELETE_USER, somebody.id)
    assert faults(await verify(database)) == [(Fault.LIST_MISSING, [5, 6])]


async def test_deleted_and_purged_lists_are_clean(
    database: Database, engine: Engine, somebody: Person, records: dict[int, UUID]
) -> None:
    from sertantai.core.bitmaps import bitmap, pack
    from sertantai.core.operations import BulkSelect, DeleteGroup, PurgeGroup, RestoreGroup

    restored, purged = await somebody.make_list("Restored"), await somebody.make_list("Purged")
    for group in (restored, purged):
        await somebody.do(BulkSelect, group, records=pack(bitmap([1, 2])))
        await somebody.do(DeleteGroup, group)
    await somebody.do(RestoreGroup, restored, records=pack(bitmap([1, 2])))
    await somebody.do(PurgeGroup, purged)
    await engine.flush()

    found = await verify(database)
    assert found.clean
    assert found.rows == 2
