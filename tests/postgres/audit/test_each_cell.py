"""Each cell of the trail changed, of one row of each kind, and each such row deleted, copied and moved to
another month, as somebody does it who may do everything in the database: all of it is found."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from sertantai.audit.verify import verify
from tests.fixtures.postgres import TEMPLATE, DatabaseUnderTest, ServerUnderTest, new_database
from tests.postgres.audit.test_seals import Story
from tests.postgres.audit.test_seals import story as story

NOT_SEALED: Final = {"id"}
"""Numbers a line for the database alone; nothing is shown of it, and nothing refers to it."""
COLUMNS: Final = """
SELECT column_name::text AS name, udt_name::text AS type FROM information_schema.columns
 WHERE table_name = 'selection_audit_log' AND table_schema = 'public'
"""
OTHER: Final = {
    "uuid": ("gen_random_uuid()",),
    "text": ("coalesce({0}, '') || 'x'",),
    "varchar": ("coalesce({0}, '') || 'x'",),
    "int4": ("coalesce({0}, 0) + 1",),
    "int8": ("coalesce({0}, 0) + 1",),
    "inet": ("'198.51.100.9'::inet",),
    "jsonb": ("""coalesce({0}, '{{}}') || '{{"x": 1}}'""", "'{{}}'"),
    "timestamptz": ("{0} + interval '1 microsecond'", "{0} - interval '40 days'"),
}
OF_ACTIONS: Final = ("'select'", "'annotate'", "'clear_all'")
ONE_OF_EACH: Final = "SELECT action, min(id::text)::uuid AS id FROM selection_audit_log GROUP BY action"
MOVED: Final = "UPDATE selection_audit_log SET created_at = created_at - interval '40 days' WHERE id = $1"
TWICE: Final = """
INSERT INTO selection_audit_log
SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()))).*
  FROM selection_audit_log l WHERE id = $1
"""
ROWS: Final = {"deleted": "DELETE FROM selection_audit_log WHERE id = $1", "copied": TWICE, "moved": MOVED}
BACK: Final = (
    "DELETE FROM selection_audit_log WHERE id = $1 OR id NOT IN (SELECT id FROM saved)",
    "INSERT INTO selection_audit_log SELECT * FROM saved WHERE id = $1",
)
REFUSED: Final = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)


class Tampering:
    """With a copy of the trail, from which all is as it was after each change."""

    def __init__(self, story: Story) -> None:
        self._story = story

    async def begin(self) -> None:
        await self._story.tamper("CREATE TABLE saved AS SELECT * FROM selection_audit_log")
        assert await self.is_clean()

    async def is_found(self, statement: str, id: object) -> bool:
        """Of that line; True too where the database refuses it."""
        superuser = self._story.superuser
        try:
            done = await superuser.execute(statement, id)
        except REFUSED:
            return True
        assert done.endswith(" 1"), done
        clean = await self.is_clean()
        for back in BACK:
            await superuser.execute(back, id)
        return not clean

    async def is_clean(self) -> bool:
        if (await self._story.verified()).differences:
            return False
        return (await verify(self._story.database)).clean

    async def rows(self) -> dict[str, object]:
        return {row["action"]: row["id"] for row in await self._story.superuser.fetch(ONE_OF_EACH)}


@pytest.fixture
async def cloned(embedded_server: ServerUnderTest) -> AsyncIterator[DatabaseUnderTest]:
    """Of one server: what is compared is the same on any."""
    async for database in new_database(embedded_server, TEMPLATE):
        yield database


@pytest.fixture
async def tampering(story: Story) -> AsyncIterator[Tampering]:
    made = Tampering(story)
    await made.begin()
    yield made
    assert await made.is_clean()


async def test_each_cell_that_is_changed_is_found(tampering: Tampering, story: Story) -> None:
    missed = []
    columns = {row["name"]: row["type"] for row in await story.superuser.fetch(COLUMNS)}
    for action, id in (await tampering.rows()).items():
        for name, type in columns.items():
            values = OF_ACTIONS if name == "action" else OTHER[type]
            for value in (*values, "NULL") if action == "select" else values[:1]:
                change = f"SET {name} = {value.format(name)} WHERE id = $1"
                is_same = f"SELECT {name} IS NOT DISTINCT FROM {value.format(name)} FROM saved WHERE id = $1"
                if name in NOT_SEALED or await story.superuser.fetchval(is_same, id):
                    continue
                if not await tampering.is_found(f"UPDATE selection_audit_log {change}", id):
                    missed.append((action, name, value))
    assert missed == []


async def test_each_row_that_is_deleted_copied_or_moved_is_found(tampering: Tampering) -> None:
    rows = await tampering.rows()
    assert len(rows) == 6
    missed = [
        (what, action)
        for what, statement in ROWS.items()
        for action, id in rows.items()
        if not await tampering.is_found(statement, id)
    ]
    assert missed == []
