"""What the synchroniser writes of one batch, whatever kinds of operations come together in it."""

import asyncpg

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import fold
from sertantai.core.ids import Position, RecordNo
from sertantai.core.operations import BulkSelect, Deselect, Operation, Select
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.sync.batching import BatchBuilder
from tests.postgres.audit.conftest import Person

TRAIL = """
SELECT record_no, action, position, metadata::text AS metadata, record_name, host(ip_address) AS ip
  FROM selection_audit_log ORDER BY position, record_no
"""
ADD_ROW = """
INSERT INTO user_record_selections (user_id, record_id, record_no) SELECT $1, id, record_no
  FROM uk_lrt_records WHERE record_no = $2
"""
IDS_OF_STATEMENTS = """
SELECT array_agg(DISTINCT left(id::text, 33)) AS beginnings FROM user_record_selections
 UNION ALL
SELECT array_agg(DISTINCT left(id::text, 33)) FROM selection_audit_log GROUP BY action = 'bulk_select'
"""
"""All but the last 12 bits."""
OF_A_SPAN = """
EXPLAIN SELECT record_no FROM selection_audit_log
 WHERE user_id = '11111111-1111-4111-8111-111111111111'
   AND created_at >= '2026-11-01' AND created_at < '2026-11-02'
"""


async def test_ticks_and_larger_operations_of_one_batch_each_leave_their_rows(
    engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await engine.flush()
    store = engine.store
    position = (await store.watermark(engine.journal.id)).position
    state = (await store.load([somebody.id], engine.journal.id)).states[somebody.id]
    operations: list[Operation] = [
        somebody.operation(Select, record=RecordNo(1)),
        somebody.operation(BulkSelect, records=pack(bitmap([2, 3])), source="filter"),
        somebody.operation(Select, record=RecordNo(4), source="import"),
        somebody.operation(Deselect, record=RecordNo(2)),
    ]
    builder = BatchBuilder(engine.journal.id, position, 0)
    for number, operation in enumerate(operations, position + 1):
        state, change = fold(state, Position(number), operation)
        builder.add(change, 0)
    await store.apply(builder.build())
    rows = [tuple(row) for row in await superuser.fetch(TRAIL)]
    assert [(record, action, at - position) for record, action, at, *_ in rows] == [
        (1, "select", 1),
        (2, "bulk_select", 2),
        (3, "bulk_select", 2),
        (4, "select", 3),
        (2, "deselect", 4),
    ]
    assert [row[3] for row in rows] == [
        "{}",
        '{"source": "filter"}',
        '{"source": "filter"}',
        '{"source": "import"}',
        "{}",
    ]
    assert {row[4:] for row in rows} == {(f"UK_test_{n}", "192.0.2.7") for n in range(1, 5)}
    for beginnings in [row["beginnings"] for row in await superuser.fetch(IDS_OF_STATEMENTS)]:
        assert [beginning[14] for beginning in beginnings] == ["7"], "Ids of a statement are not neighbours."


async def test_a_row_that_somebody_else_wrote_is_found_and_nothing_is_set_aside(
    engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await somebody.select(2)
    await engine.flush()
    await superuser.execute(ADD_ROW, somebody.id, 1)
    await somebody.select(1)
    await somebody.select(3)
    await engine.flush()
    found = await superuser.fetch("SELECT record_no FROM user_record_selections ORDER BY record_no")
    assert [row["record_no"] for row in found] == [1, 2, 3]
    assert await superuser.fetchval("SELECT count(*) FROM sync_rejections") == 0


async def test_a_span_of_somebodys_trail_is_found_by_its_key(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute("SET enable_seqscan = off")
    plan = "\n".join(row[0] for row in await superuser.fetch(OF_A_SPAN))
    assert "pkey" in plan, plan
    assert "Index Cond: ((user_id = " in plan, plan
    assert "(created_at >= " in plan, plan
