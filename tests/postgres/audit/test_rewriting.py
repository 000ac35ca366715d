"""A month is rewritten as a whole: what is asked to go goes, what is held and all else stays as it is."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from sertantai.audit.rewriting import Rewritten, rewrite
from sertantai.audit.verify import verify
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.engine.engine import Engine
from sertantai.postgres import Connection, Database, Role
from tests.fixtures.tallies import tallied as tallied
from tests.postgres.audit.conftest import Person

pytestmark = pytest.mark.usefixtures("tallied")

NOW = datetime.now(UTC)
THIS_MONTH = f"selection_audit_log_{NOW:%Y_%m}"
# What a part of the product that knows a reason does; nobody else may.
A_REASON = """
SET ROLE sertantai_migrator;
CREATE FUNCTION a_reason(month text, change jsonb) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$ SELECT sertantai_begin_rewrite(month, change) $$;
GRANT EXECUTE ON FUNCTION a_reason(text, jsonb) TO sertantai_sync;
RESET ROLE
"""
ROWS = "SELECT to_jsonb(t) AS row FROM {} t WHERE user_id = $1 ORDER BY created_at, position, t::text"
HOLD = """
INSERT INTO legal_holds (id, scope, target, reason, placed_at)
VALUES ($1, $2, $3, 'A court asked for it', now())
"""
LEFT_BEHIND = """
SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'rewritten%') + (SELECT count(*) FROM audit_rewrites)
"""
GIVEN_UP_S = 30
ORIGINS = ("session_id", "ip_address", "user_agent")

Rewrite = Callable[[dict[str, Any]], Coroutine[Any, Any, Rewritten | None]]


@pytest.fixture
async def both(superuser: Any, engine: Engine, somebody: Person, another: Person) -> tuple[Person, Person]:
    """Two people with the same deeds of this month."""
    await superuser.execute(A_REASON)
    for person in (somebody, another):
        person.clock.step_wall_clock((NOW - person.clock.now()).total_seconds())
        await person.bulk_select(1, 2, 3)
        await person.note(2, "I asked the works council")
        await person.deselect(3)
    await engine.flush()
    return somebody, another


@pytest.fixture
def do(database: Database) -> Rewrite:
    async def do(change: dict[str, Any], month: str = THIS_MONTH) -> Rewritten | None:
        async def begin(connection: Connection) -> bool:
            await connection.execute("SELECT a_reason($1, $2)", month, change)
            return True

        return await rewrite(database, begin)

    return do


async def rows_of(superuser: Any, person: Person) -> list[list[dict[str, Any]]]:
    tables = ("selection_audit_log", "selection_operations")
    return [
        [json.loads(row["row"]) for row in await superuser.fetch(ROWS.format(table), person.id)]
        for table in tables
    ]


async def hold(superuser: Any, scope: str, target: UUID | None) -> None:
    await superuser.execute(HOLD, uuid4(), scope, target)


async def test_nobody_learns_any_more_from_where_and_all_else_is_the_same(
    both: tuple[Person, Person], do: Rewrite, superuser: Any, database: Database
) -> None:
    one, _ = both
    before = [await rows_of(superuser, person) for person in both]
    done = await do({"origins": {"persons": [str(one.id)]}})
    assert done is not None
    assert (done.month, done.rows_gone, done.rows_changed, done.operations_gone) == (THIS_MONTH, 0, 5, 0)
    after = [await rows_of(superuser, person) for person in both]
    assert after[1] == before[1]
    for old, new in zip(before[0][0] + before[0][1], after[0][0] + after[0][1], strict=True):
        assert [new.pop(name) for name in ORIGINS] == [None] * 3
        assert [old.pop(name) for name in ORIGINS] != [None] * 3
        assert new == old
    assert (await verify(database)).clean


async def test_the_words_of_one_persons_lists_go(
    both: tuple[Person, Person], do: Rewrite, superuser: Any, database: Database, engine: Engine
) -> None:
    one, other = both
    await one.make_list("Redundancies")
    await engine.flush()
    await do({"words": {"owners": [str(one.id)]}})
    trail, operations = await rows_of(superuser, one)
    assert "works council" not in str(trail)
    assert "Redundancies" not in str(trail) + str(operations)
    assert [row["metadata"] for row in trail if row["action"] == "annotate"] == [{"redacted": True}]
    assert {row["ip_address"] for row in trail} == {"192.0.2.7"}
    assert "works council" in str(await rows_of(superuser, other))
    assert (await verify(database)).clean


async def test_rows_go_by_rules_and_their_operations_with_them(
    both: tuple[Person, Person], do: Rewrite, superuser: Any
) -> None:
    one, other = both
    done = await do({"without": {"not_owners": [str(one.id)], "actions": ["annotate"]}})
    assert done is not None
    assert (done.rows_gone, done.gone_by_action, done.operations_gone) == (1, {"annotate": 1}, 1)
    assert [len(rows) for rows in await rows_of(superuser, one)] == [5, 3]
    assert [len(rows) for rows in await rows_of(superuser, other)] == [4, 2]


@pytest.mark.parametrize(
    ("scope", "stay"),
    [("installation", 5), ("organization", 5), ("person", 5), ("list", 5), ("law", 4), ("another", 0)],
)
async def test_what_is_held_stays_as_it_is(
    both: tuple[Person, Person],
    do: Rewrite,
    superuser: Any,
    records: dict[int, UUID],
    scope: str,
    stay: int,
) -> None:
    one, _ = both
    targets = {"installation": None, "list": one.group, "law": records[3], "another": uuid4()}
    await hold(superuser, scope if scope != "another" else "person", targets.get(scope, one.id))
    before = (await rows_of(superuser, one))[0]
    rule = {"owners": [str(one.id)]}
    done = await do({"without": rule, "origins": rule, "words": rule})
    assert done is not None
    assert done.rows_gone == 5 - stay
    after = (await rows_of(superuser, one))[0]
    assert len(after) == stay
    assert all(row in before for row in after)


async def test_what_comes_while_it_is_copied_is_not_lost_and_is_changed_alike(
    both: tuple[Person, Person], database: Database, superuser: Any, engine: Engine
) -> None:
    one, _ = both

    async def begin(connection: Connection) -> bool:
        change = {"origins": {"owners": [str(one.id)]}}
        await connection.execute("SELECT a_reason($1, $2)", THIS_MONTH, change)
        for person in both:
            await person.bulk_select(5, 6)
        await engine.flush()
        return True

    done = await rewrite(database, begin)
    assert done is not None
    assert done.rows_changed == 7
    for person, origins in zip(both, ({None}, {"192.0.2.7"}), strict=True):
        trail, operations = await rows_of(superuser, person)
        assert (len(trail), len(operations)) == (7, 4)
        assert {row["ip_address"] for row in trail + operations} == origins
    assert (await verify(database)).clean


async def test_a_hold_that_is_placed_meanwhile_wins(
    both: tuple[Person, Person], database: Database, superuser: Any
) -> None:
    one, _ = both

    async def begin(connection: Connection) -> bool:
        change = {"without": {"owners": [str(one.id)]}}
        await connection.execute("SELECT a_reason($1, $2)", THIS_MONTH, change)
        await hold(superuser, "person", one.id)
        return True

    with pytest.raises(SertantaiError):
        await rewrite(database, begin)
    assert len((await rows_of(superuser, one))[0]) == 5
    assert await superuser.fetchval(LEFT_BEHIND) == 0


async def test_ticks_and_the_synchroniser_are_not_kept_waiting(
    both: tuple[Person, Person], do: Rewrite, superuser: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reads the trail all the time: it gives way after two seconds, and others write meanwhile."""
    monkeypatch.setattr("sertantai.audit.rewriting.UNDER_LOCK_S", 0.4)
    monkeypatch.setattr("sertantai.audit.rewriting.PAUSE_S", 0.1)
    one, other = both
    async with superuser.transaction():
        await superuser.execute("LOCK TABLE ONLY selection_audit_log IN ACCESS SHARE MODE")
        acting = asyncio.create_task(do({"origins": {"owners": [str(one.id)]}}))
        for record in (7, 8, 9):
            await other.select(record)
            async with asyncio.timeout(20):
                await engine.flush()  # gets through between two tries
        with pytest.raises(SertantaiError):
            await acting
    assert await superuser.fetchval(LEFT_BEHIND) == 0
    assert len((await rows_of(superuser, other))[0]) == 8


async def test_what_is_told_of_it_keeps_nobody_waiting_for_long(
    both: tuple[Person, Person], database: Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written under the lock: where that hangs, all of it is given up."""
    monkeypatch.setattr("sertantai.audit.rewriting.UNDER_LOCK_S", 0.3)
    one, _ = both

    async def begin(connection: Connection) -> bool:
        await connection.execute(
            "SELECT a_reason($1, $2)", THIS_MONTH, {"origins": {"owners": [str(one.id)]}}
        )
        return True

    async def tell(_connection: Connection, _done: Rewritten) -> None:
        await asyncio.Event().wait()

    acting = asyncio.create_task(rewrite(database, begin, tell))
    ended, _ = await asyncio.wait([acting], timeout=GIVEN_UP_S)
    acting.cancel()
    assert ended, "it waits for ever"
    with pytest.raises(DatabaseUnavailable):
        await acting
    assert (await rows_of(superuser, one))[1][0]["user_agent"] is not None
    assert await superuser.fetchval(LEFT_BEHIND) == 0


async def test_whatever_fits_no_month_is_rewritten_too(
    both: tuple[Person, Person], database: Database, superuser: Any, engine: Engine, clock: ManualClock
) -> None:
    one, _ = both
    clock.advance(400 * 86_400)
    await one.select(9)
    await engine.flush()

    async def begin(connection: Connection) -> bool:
        change = {"origins": {"all": "true"}}
        await connection.execute("SELECT a_reason('selection_audit_log_default', $1)", change)
        return True

    done = await rewrite(database, begin)
    assert done is not None
    assert done.rows_changed == 1
    assert (await rows_of(superuser, one))[1][-1]["user_agent"] is None
    await one.select(10)
    await engine.flush()
    assert len((await rows_of(superuser, one))[0]) == 7


@pytest.mark.parametrize("change", [{"without": {"owner": []}}, {"origins": {"owners": ["x"]}}])
async def test_a_rule_that_makes_no_sense_changes_nothing(
    both: tuple[Person, Person], do: Rewrite, superuser: Any, change: dict[str, Any]
) -> None:
    with pytest.raises((SertantaiError, asyncpg.PostgresError)):
        await do(change)
    assert await superuser.fetchval(LEFT_BEHIND) == 0


async def test_nobody_begins_one_without_a_reason(both: tuple[Person, Person], database: Database) -> None:
    for role in (Role.SYNC, Role.ACCOUNTS, Role.AUDITOR, Role.APP):
        with pytest.raises(SertantaiError):
            async with database.transaction(role) as connection:
                await connection.execute("SELECT sertantai_begin_rewrite($1, '{}')", THIS_MONTH)
    with pytest.raises(SertantaiError):
        async with database.transaction(Role.SYNC) as connection:
            await connection.execute("SELECT sertantai_finish_rewrite()")


async def test_a_hold_is_placed_once_and_released_once(superuser: Any, database: Database) -> None:
    await hold(superuser, "installation", None)
    release = "UPDATE legal_holds SET released_at = now()"
    for statement in (
        "UPDATE legal_holds SET reason = 'x'",
        "DELETE FROM legal_holds",
        "TRUNCATE legal_holds",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await superuser.execute(statement)
    await superuser.execute(release)
    with pytest.raises(asyncpg.RestrictViolationError):
        await superuser.execute(release)
